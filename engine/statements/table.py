"""From a text to a table: the separator, the line of the column names, and rows that know their line."""

import csv
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from engine.statements.faults import refuse
from engine.statements.words import columns, plain

MOST_ROWS = 5000
MOST_COLUMNS = 60
LONGEST_CELL = 500
_PREAMBLE = 40
"""Lines in which the column names are looked for: some banks write a letter head above them."""
_SEPARATORS = ",;\t|"
_LONGEST_LINE = 20_000
_LEAST = 2
"""Columns that must be known for a line to be the one of the names."""


class Row(msgspec.Struct, frozen=True):
    """One row: its line in the file, and what stands under each known column."""

    line: int
    cells: dict[str, str]

    def get(self, field: str) -> str:
        """Give a cell, "" where there is none."""
        return self.cells.get(field, "")


class Cut(msgspec.Struct, frozen=True):
    """A table: the known fields with the names they have in the file, and its rows."""

    names: dict[str, str]
    rows: tuple[Row, ...]

    def has(self, *fields: str) -> bool:
        """Say whether the table has these fields."""
        return all(field in self.names for field in fields)


def cut(text: str) -> Cut:
    """Cut a text into a table; raises Refused."""
    separator, header_line, names = _head(text)
    found = {field: names[at] for field, at in _places(names).items()}
    places = _places(names)
    rows: list[Row] = []
    for line, cells in _records(text, separator, header_line):
        if not any(cells) or (len(cells) == 1 and len(names) > 1) or _is_rule(cells):
            continue  # an empty line, a note beneath the table, a line of dashes
        if len(cells) < max(places.values()) + 1:
            raise refuse("ragged", line, found=separator.join(cells), most=len(names))
        if len(rows) == MOST_ROWS:
            raise refuse("long", line, most=MOST_ROWS)
        rows.append(Row(line, {field: cells[at] for field, at in places.items()}))
    if not rows:
        raise refuse("empty", header_line)
    return Cut(found, tuple(rows))


def _head(text: str) -> tuple[str, int, list[str]]:
    """Find the separator and the line of the column names: the line with the most names that are known."""
    best: tuple[int, str, int, list[str]] = (0, "", 0, [])
    for number, line in enumerate(_first_lines(text), 1):
        for separator in _SEPARATORS:
            if separator not in line:
                continue
            names = [name.strip(" \t'\"") for name in line.split(separator)]
            if names and names[-1] == "":  # a separator at the end of each line
                names = names[:-1]
            known = len(_places(names)) if len(names) <= MOST_COLUMNS else 0
            if known > best[0]:
                best = known, separator, number, names
            elif len(names) > MOST_COLUMNS and not best[0]:
                best = 0, "", number, names
    known, separator, number, names = best
    if known < _LEAST:
        if len(names) > MOST_COLUMNS:
            raise refuse("wide", number, most=MOST_COLUMNS)
        raise refuse("columns", example="date, description, amount, balance")
    return separator, number, names


def _first_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(islice(_lines(text, 0), _PREAMBLE), 1):
        if len(line) > _LONGEST_LINE:
            raise refuse("wide", number, most=MOST_COLUMNS)
        yield line.rstrip("\n")


def _lines(text: str, start: int) -> Iterator[str]:
    """Give line after line without another copy of the text."""
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _places(names: list[str]) -> dict[str, int]:
    """Give where each known field stands; of two names of one field, the first."""
    places: dict[str, int] = {}
    known: Mapping[str, str] = columns()
    for at, name in enumerate(names):
        field = known.get(_bare(name))
        if field is not None:
            places.setdefault(field, at)
    return places


def _bare(name: str) -> str:
    if len(name) > LONGEST_CELL:
        return ""
    bare = plain(name).replace("_", " ").rstrip(":： *")
    head, _, unit = bare.partition("(")
    return head.strip() if unit.endswith(")") and columns().get(bare) is None else bare


def _records(text: str, separator: str, header_line: int) -> Iterator[tuple[int, list[str]]]:
    """Give each record beneath the names with the line it begins on."""
    start = 0
    for _ in range(header_line):  # what stands above the names need not be a table
        start = text.find("\n", start) + 1
        if not start:
            return
    reader = csv.reader(_lines(text, start), delimiter=separator, strict=True)
    before = header_line
    try:
        for cells in reader:
            line, before = before + 1, header_line + reader.line_num
            if len(cells) > MOST_COLUMNS:
                raise refuse("wide", line, most=MOST_COLUMNS)
            bare = [cell.strip(" \t\u00a0\ufeff'`") for cell in cells]
            if any(len(cell) > LONGEST_CELL for cell in bare):
                raise refuse("cell", line, found=max(bare, key=len), most=LONGEST_CELL)
            yield line, bare
    except csv.Error:
        raise refuse("quote", before + 1) from None


def _is_rule(cells: list[str]) -> bool:
    return all(set(cell) <= set("-=_*#") for cell in cells)
