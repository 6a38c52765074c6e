"""`import-check`: what a file is, whether it is valid and safe, what of it would be refused. Nothing in it is run."""

import hashlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from engine import books, modelfile, reading, strict
from engine.cli.command import Answer, Command, Part, UsageError
from engine.cli.figures import outcome_options
from engine.cli.train import taken
from engine.countries.pack import Pack
from engine.factors import FACTORS
from engine.reading.notes import grouped
from engine.reading.target import target
from engine.report.document import Items, Section
from engine.report.wording import series
from engine.screening import screen
from engine.strict import FileError

_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".feather", ".arrow")
_MAGIC = (b"PAR1", b"ARROW1", b"FEA1")
_NAMED = 12

Found = tuple[dict[str, Any], list[Part]]


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a model, a loan book, a mapping, or a country pack"
    )
    outcome_options(parser, required=False)


def _run(chosen: Namespace) -> Answer:
    path: Path = chosen.file
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    size, digest = path.stat().st_size, _sha256(path)
    what, look = _kind(path)
    data: dict[str, Any] = {"file": str(path), "bytes": size, "sha256": digest, "is": what}
    head = [("file", f"{path.name}, {size:,} bytes"), ("SHA-256", digest), ("is", what)]
    try:
        more, parts = look(path, chosen)
    except FileError as error:
        refused = Items((*head, ("valid", "NO"), ("refused", str(error))))
        return Answer({**data, "valid": False, "why": str(error)}, [refused], code=2)
    return Answer({**data, "valid": True, **more}, [Items((*head, ("valid", "yes"))), *parts])


def _kind(path: Path) -> tuple[str, Callable[[Path, Namespace], Found]]:
    """Tell by the first bytes, and where they do not say by the name, what a file wants to be."""
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(_MAGIC) or (path.suffix.lower() in _TABLES and not start.startswith(b"\x80")):
        return "a table", _table
    if path.suffix.lower() == ".toml":
        return "a mapping or a country pack", _toml
    return "a model", _model


def _model(path: Path, chosen: Namespace) -> Found:
    del chosen
    model = modelfile.load(path)
    columns = [entry.name for entry in model.factors] if hasattr(model, "factors") else list(model.names)
    data = {"kind": model.kind, "id": model.id, "hash": model.hash, "columns": columns}
    items = (
        ("kind", model.kind),
        ("id", model.id),
        ("hash", f"{model.hash}, as the file says"),
        ("reads", f"{len(columns)} columns: {series(columns, _NAMED)}"),
        ("safe", "plain JSON, checked to the last key; nothing in it can run"),
    )
    return data, [Items(items)]


def _toml(path: Path, chosen: Namespace) -> Found:
    del chosen
    data = strict.read(path, dict, strict.FileError)
    if "median_monthly_income" in data:
        pack = strict.read(path, Pack, strict.PackError)
        draft = "a draft: no local reviewer, or an unchecked source" if pack.draft else "reviewed"
        return {"id": pack.id, "version": pack.version}, [
            Items((("country pack", f"{pack.id} {pack.version}, {draft}"),))
        ]
    how = strict.read(path, books.Mapped, strict.BookError)
    unknown = sorted(set(how.factors) - set(FACTORS))
    if unknown:
        raise strict.BookError(f"{path.name}: `factors` has {unknown}; accepted: {', '.join(FACTORS)}")
    items = (("mapping of", how.title), ("factors", f"{len(how.factors)}: {series(how.factors, _NAMED)}"))
    return {"title": how.title, "factors": list(how.factors)}, [Items(items)]


def _table(path: Path, chosen: Namespace) -> Found:
    read = reading.read(path)
    table = read.table
    columns = {name: kind for kind, names in taken(table).items() for name in names}
    data: dict[str, Any] = {
        "rows": table.rows,
        "columns": columns,
        "notes": [msgspec.to_builtins(note) for note in read.notes],
    }
    items = [("rows", f"{table.rows:,}")]
    items += [(kind, f"{len(names)}: {series(names, _NAMED)}") for kind, names in taken(table).items()]
    parts: list[Part] = [Items(tuple(items))]
    lines = grouped((note.column, note.text) for note in read.notes)
    if lines:
        parts.append(Section("notes", "What was noticed", (Items(tuple(("-", line) for line in lines)),)))
    if chosen.target:
        outcome = target(table, chosen.target, chosen.bad, chosen.good)
        refused = screen(outcome.table, outcome.bad).refused
        data["refused"] = [msgspec.to_builtins(item) for item in refused]
        said = grouped((item.column, item.text) for item in refused) or ["nothing"]
        parts.append(
            Section("refused", "What training would refuse", (Items(tuple(("-", line) for line in said)),))
        )
    return data, parts


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


COMMANDS = {
    "import-check": Command(
        "Say what a file is, its hash, whether it is valid and safe and, of a loan book with --target, which columns "
        "training would refuse and why. Nothing in the file is run.",
        (
            "python -m engine import-check loans-model/model.json",
            "python -m engine import-check loans.csv --target defaulted",
        ),
        _options,
        _run,
    )
}
