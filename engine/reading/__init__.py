"""Read any loan book without being told what is in it: each column is taken for what it looks like, and that is said.

A book is a CSV (any delimiter, encoding and way of writing numbers and dates), a Parquet or Feather file, a data
frame of any library that speaks Arrow, a mapping of columns, or a list of records. What cannot be read is refused
with a BookError that names the file, the line and the remedy.
"""

from pathlib import Path

from engine.reading.codes import suspects
from engine.reading.csv_file import read_text
from engine.reading.frames import arrow, columns, read_feather, read_parquet
from engine.reading.notes import Found, Kinds, Note, Reading, refuse
from engine.reading.stream import Progress
from engine.table import Numbers, Table

__all__ = ["Note", "Reading", "read"]


def read(
    source: object,
    *,
    name: str | None = None,
    kinds: Kinds | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read a loan book; see the module for what `source` may be.

    `name` is what the book is called in messages (the file's own name when it is one). `kinds` settles for some columns
    what they are ("number" or "category"), as a model needs that was fitted on another book. `encoding` and `delimiter`
    are for text files whose look deceives. `progress` is told the share of the file that was read, 0..1.
    Raises BookError where the source is no table.
    """
    if isinstance(source, Table):
        found = {title: Found(column, "") for title, column in source.columns.items()}
        return _reading(name or source.name, found, [])
    if isinstance(source, str | Path):
        return _from_file(Path(source), name, kinds, encoding, delimiter, progress)
    title = name or "table"
    return _reading(title, columns(arrow(source, title), title, kinds), [])


def _from_file(
    path: Path,
    name: str | None,
    kinds: Kinds | None,
    encoding: str | None,
    delimiter: str | None,
    progress: Progress | None,
) -> Reading:
    title = name or path.name
    try:
        if path.is_dir():
            raise refuse(path.name, "", "this is a folder", "give the file in it")
        with path.open("rb") as file:
            magic = file.read(8)
        if magic[:4] == b"PAR1":
            return _reading(title, columns(read_parquet(path), path.name, kinds), [])
        if magic[:6] == b"ARROW1" or magic[:4] == b"FEA1":
            return _reading(title, columns(read_feather(path), path.name, kinds), [])
        if path.suffix.lower() in (".parquet", ".feather", ".arrow"):
            kind = path.suffix[1:].lower()
            raise refuse(
                path.name, "", f"this is no {kind} file, whatever it is called", "write it again, or give CSV"
            )
        found, notes = read_text(path, kinds=kinds, encoding=encoding, delimiter=delimiter, progress=progress)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise refuse(path.name, "", f"cannot be read: {reason}", "check the path and the rights") from None
    return _reading(title, found, notes)


def _reading(name: str, found: dict[str, Found], notes: list[Note]) -> Reading:
    table = Table(name, {title: item.column for title, item in found.items()})
    codes = {
        title: code
        for title, item in found.items()
        if isinstance(item.column, Numbers) and item.column.unit in ("", "percent", "months")
        if (code := suspects(item.column.values))
    }
    notes = notes + [note for item in found.values() for note in item.notes]
    for title, values in codes.items():
        said = ", ".join(f"{value:.12g}" for value in values)
        text = f"{said}: far from all others and frequent, perhaps a code and no amount"
        notes.append(Note("codes suspected", title, text, f"{values[0]:.12g}", len(values)))
    kinds = {title: item.kind for title, item in found.items()}
    return Reading(table, tuple(notes), kinds, codes)
