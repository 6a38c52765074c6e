"""From a sheet to rows with a meaning: what each column is, and what each cell says."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from engine.feeds.sheet import Sheet, head, sheet
from engine.statements.amounts import numbers
from engine.statements.days import dates
from engine.statements.faults import Fault, Refused, refuse
from engine.statements.words import plain
from engine.watch import KINDS

EVENTS: Final = "events"
LOANS: Final = "loans"
FeedKind = Literal["events", "loans"]
REQUIRED: Mapping[str, tuple[str, ...]] = {
    EVENTS: ("loan", "kind", "on"),
    LOANS: ("reference", "borrower", "opened_on", "ends_on", "amount"),
}
"""What a file cannot do without; an event without a name of its own is called by what it says."""
MOST_FAULTS = 1000
FAR = dt.date(2190, 1, 1)
_DATES = {EVENTS: ("on", "due", "until"), LOANS: ("opened_on", "ends_on")}
_AHEAD = frozenset({"due", "until", "ends_on", "opened_on"})
"""Dates that may lie ahead; those that may not in the end are known to who takes the rows."""
_SUMS = {EVENTS: ("amount", "limit", "balance"), LOANS: ("amount", "instalment")}
_WHOLES = {EVENTS: ("days", "version"), LOANS: ("instalments",)}
_SIGNS = re.compile(r"[^\w]+|_+")
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0+)?", re.ASCII)
_PARTS = re.compile(r"[;,/|\s]+")


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lender says of its files: kind, columns by field, words by field, and what is the same in every row."""

    kind: FeedKind | None = None
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    constants: dict[str, str] = {}


class Feed(msgspec.Struct, frozen=True):
    """What a file says: rows as (line, values by field), what is wrong in others, and by which columns it was read."""

    kind: FeedKind
    columns: dict[str, str]
    rows: list[tuple[int, dict[str, Any]]]
    faults: list[Fault]


def headers(content: bytes) -> tuple[str, ...]:
    """Give the names of a file's columns; () where it is no table."""
    try:
        return head(content)
    except Refused:
        return ()


def guessed(names: Sequence[str], told: Told | None = None) -> tuple[FeedKind, dict[str, str]]:
    """Say what a table is most likely, and which column is which field."""
    told = told or Told()
    found = {kind: _columns(kind, names, told) for kind in (EVENTS, LOANS)}
    score = {
        kind: sum(field in found[kind] for field in REQUIRED[kind]) / len(REQUIRED[kind]) for kind in found
    }
    likely: FeedKind = "loans" if score[LOANS] > score[EVENTS] else "events"
    kind = told.kind or likely
    return kind, found[kind]


def missing(kind: FeedKind, columns: Mapping[str, str], told: Told | None = None) -> tuple[str, ...]:
    """Name the fields that a file cannot do without and does not have."""
    constants = told.constants if told else {}
    return tuple(field for field in REQUIRED[kind] if field not in columns and field not in constants)


def read(content: bytes, today: dt.date, told: Told | None = None) -> Feed | Fault:
    """Read a file; gives a Fault where it is none that can be read at all."""
    told = told or Told()
    try:
        found = sheet(content)
        kind, columns = guessed(found.names, told)
        absent = missing(kind, columns, told)
        if absent:
            raise refuse("columns", 1, example=", ".join(absent))
    except Refused as mistake:
        return mistake.fault
    return _Reading(kind, columns, told, today).read(found)


class _Reading:
    def __init__(self, kind: FeedKind, columns: dict[str, str], told: Told, today: dt.date) -> None:
        self.kind, self.columns, self.told, self.today = kind, columns, told, today
        self.faults: dict[int, Fault] = {}  # the first of each line

    def read(self, found: Sheet) -> Feed:
        places = {field: found.names.index(name) for field, name in self.columns.items()}
        constants = {field: text for field, text in self.told.constants.items() if field not in places}
        cells = {
            line: constants | {field: self._said(field, row[at]) for field, at in places.items()}
            for line, row in found.rows
        }
        values: dict[int, dict[str, Any]] = {line: {} for line in cells}
        for field in (*places, *constants):
            for line, value in self._column(field, {line: row[field] for line, row in cells.items()}).items():
                values[line][field] = value
        for line, row in values.items():
            self._need(line, row)
        faults = sorted(self.faults.values(), key=lambda fault: fault.line)
        rows = [(line, self._named(row)) for line, row in values.items() if line not in self.faults]
        return Feed(self.kind, self.columns, rows, faults[:MOST_FAULTS])

    def _said(self, field: str, text: str) -> str:
        return self.told.values.get(field, {}).get(text, text)

    def _column(self, field: str, texts: Mapping[int, str]) -> dict[int, Any]:
        full = {line: text for line, text in texts.items() if text}
        if field in _DATES[self.kind]:
            today = FAR if field in _AHEAD else self.today
            return self._together(field, full, lambda cells: dates(cells, today), "date_order")
        if field in _SUMS[self.kind]:
            return self._together(field, full, numbers, "amount_style")
        reader = self._reader(field)
        found = {line: reader(text) for line, text in full.items()}
        for line, value in found.items():
            if value is None:
                example = "12" if field in _WHOLES[self.kind] else _examples(field)
                self._fault(line, "shape", field, full[line], example)
        return {line: value for line, value in found.items() if value is not None}

    def _together(
        self,
        field: str,
        texts: Mapping[int, str],
        reader: Callable[[Any], dict[tuple[int, str], Any]],
        open_: str,
    ) -> dict[int, Any]:
        """Read a column whose way of writing holds for all of it; what is wrong by itself is found first."""
        name, wrong = self.columns.get(field, field), {}
        for text in set(texts.values()):
            try:
                reader([(0, name, text)])
            except Refused as mistake:
                if mistake.fault.key != open_:
                    wrong[text] = mistake.fault
        for line, text in texts.items():
            if text in wrong:
                self.faults.setdefault(line, msgspec.structs.replace(wrong[text], line=line))
        try:
            found = reader([(line, name, text) for line, text in texts.items() if text not in wrong])
        except Refused as mistake:
            self.faults.setdefault(mistake.fault.line, mistake.fault)
            return {}
        return {line: value for (line, _), value in found.items()}

    def _reader(self, field: str) -> Callable[[str], Any]:
        if field in _WHOLES[self.kind]:
            return _whole
        if field == "kind":
            return _kind
        if field == "void":
            return _yes
        return _parts if field == "measures" else _word

    def _need(self, line: int, row: Mapping[str, Any]) -> None:
        for field in REQUIRED[self.kind]:
            if field not in row and line not in self.faults:
                self._fault(line, "missing", field, "", _examples(field))

    def _fault(
        self, line: int, key: Literal["missing", "shape"], field: str, found: str, example: str
    ) -> None:
        column = self.columns.get(field, field)
        self.faults.setdefault(line, refuse(key, line, column=column, found=found, example=example).fault)

    def _named(self, row: dict[str, Any]) -> dict[str, Any]:
        """Give an event that has no name one made of what it says: the same row is the same event."""
        if self.kind == EVENTS and not row.get("ref"):
            said = repr(
                sorted(
                    (field, str(value)) for field, value in row.items() if field not in {"version", "void"}
                )
            )
            row["ref"] = f"row-{sha256(said.encode()).hexdigest()[:24]}"
        return row


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@cache
def _meanings(table: str) -> dict[str, str]:
    return {_bare(word): field for field, words in reversed(_words()[table].items()) for word in words}


def _bare(text: str) -> str:
    return _SIGNS.sub(" ", plain(text)).strip()


def _columns(kind: str, names: Sequence[str], told: Told) -> dict[str, str]:
    fields = _words()[kind]
    found = {field: name for field, name in told.columns.items() if field in fields and name in names}
    for name in names:
        field = _field(kind, name)
        if field and field not in found and name not in found.values():
            found[field] = name
    return found


def _field(kind: str, name: str) -> str:
    bare = _bare(name)
    return (
        bare.replace(" ", "_") if bare.replace(" ", "_") in _words()[kind] else _meanings(kind).get(bare, "")
    )


def _whole(text: str) -> int | None:
    match = _WHOLE.fullmatch(plain(text))
    return int(match[1]) if match else None


def _kind(text: str) -> str | None:
    bare = _bare(text)
    name = bare.replace(" ", "_")
    return name if name in KINDS else _meanings("kinds").get(bare)


def _yes(text: str) -> bool | None:
    said = _meanings("yes").get(_bare(text))
    return None if said is None else said == "yes"


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PARTS.split(text) if part)


def _word(text: str) -> str | None:
    return text if text.isprintable() else None


def _examples(field: str) -> str:
    return {"kind": "instalment_late", "on": "2026-03-31", "void": "yes", "borrower": "7QX4M2KPZ3"}.get(
        field, "L-2026-0017"
    )
