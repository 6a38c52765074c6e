"""From bytes to a sheet: names of columns, and rows of texts that know their line."""

import csv
import io
from collections.abc import Iterator

import msgspec

from engine.statements.faults import refuse
from engine.statements.text import decode

MOST_ROWS = 50_000
MOST_COLUMNS = 100
LONGEST_CELL = 500
MOST_BYTES = 256 * 2**20
"""Of a Parquet file, unpacked: it may say little in the file and much in memory."""
PARQUET = b"PAR1"
_SEPARATORS = ",;\t|"


class Sheet(msgspec.Struct, frozen=True):
    """A table of texts: `rows` are pairs of line (Parquet: place) and cells."""

    names: tuple[str, ...]
    rows: list[tuple[int, list[str]]]


def sheet(content: bytes, most: int = MOST_ROWS) -> Sheet:
    """Read a CSV, or Parquet; raises Refused where it is neither, or too much."""
    if content.startswith(PARQUET):
        return _parquet(content, most)
    text = decode(content)
    records = _records(text)
    line, names = next(records, (1, []))
    if len(names) < 2:
        raise refuse("columns", line, example="loan, kind, date, days")
    if len(names) > MOST_COLUMNS:
        raise refuse("wide", line, most=MOST_COLUMNS)
    rows: list[tuple[int, list[str]]] = []
    for line, cells in records:
        if not any(cells):
            continue
        if len(cells) != len(names):
            raise refuse("ragged", line, found=",".join(cells), most=len(names))
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise refuse("cell", line, found=max(cells, key=len), most=LONGEST_CELL)
        if len(rows) == most:
            raise refuse("long", line, most=most)
        rows.append((line, cells))
    if not rows:
        raise refuse("empty", line)
    return Sheet(tuple(names), rows)


def head(content: bytes) -> tuple[str, ...]:
    """Give the names of the columns alone; raises Refused."""
    if content.startswith(PARQUET):
        return _parquet(content, MOST_ROWS, rows=False).names
    cut = content[:65_536]
    text = decode(cut if len(cut) == len(content) else cut[: cut.rfind(b"\n") + 1] or cut)
    _, names = next(_records(text), (1, []))
    return tuple(names)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader, before = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            bare = [cell.strip(" \t\u00a0\ufeff") for cell in cells]
            if any(bare):
                yield line, bare
    except csv.Error:
        raise refuse("quote", before + 1) from None


def _parquet(content: bytes, most: int, *, rows: bool = True) -> Sheet:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only for such a file
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        about = file.metadata
        size = sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))
        if about.num_rows > most or size > MOST_BYTES:
            raise refuse("long", most=most)
        if about.num_columns > MOST_COLUMNS:
            raise refuse("wide", most=MOST_COLUMNS)
        names = tuple(file.schema_arrow.names)
        if not rows:
            return Sheet(names, [])
        columns = [_texts(column) for column in file.read().columns]
    except (pa.ArrowException, OSError, ValueError):
        raise refuse("binary") from None
    found = [(at, list(cells)) for at, cells in enumerate(zip(*columns, strict=True), 1) if any(cells)]
    if not found:
        raise refuse("empty")
    return Sheet(names, found)


def _texts(column: "object") -> list[str]:
    found = []
    for at, value in enumerate(column.to_pylist(), 1):  # type: ignore[attr-defined]  # Arrow gives no types
        if isinstance(value, list | dict | bytes):
            raise refuse("cell", at, most=LONGEST_CELL)
        text = "" if value is None else str(value).strip()
        if len(text) > LONGEST_CELL:
            raise refuse("cell", at, found=text, most=LONGEST_CELL)
        found.append(text)
    return found
