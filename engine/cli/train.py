"""`train`: a loan book in; out come a model, its card, its page, and in plain words what was found on the way."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

import msgspec

from engine import books, countries, modelfile
from engine.binning import TRENDS, Trend
from engine.cli import write
from engine.cli.command import Answer, Command, Part, UsageError
from engine.cli.inputs import Model
from engine.cli.progress import progress
from engine.measured import Book
from engine.reading.notes import grouped
from engine.report import markdown, page, paper
from engine.report.document import Grid, Items, Section, Text
from engine.report.wording import beginning, count, interval, plain, series, share
from engine.scorecard import Scorecard
from engine.table import Labels, Numbers, Table
from engine.training import Options, Trained, Wanted, train

_FIGURES = (("auc", "AUC"), ("ks", "KS"), ("brier", "Brier"), ("ece", "ECE"))
_KINDS = {"": "number", "date": "date", "flag": "flag", "percent": "per cent", "months": "months"}
_NAMED = 12
_PAPER = "paper.txt"


def options(parser: ArgumentParser) -> None:
    """Say what `train` takes."""
    add = parser.add_argument
    add("book", metavar="BOOK", type=Path, help="the loan book: csv, tsv, parquet or feather, a loan a row")
    add("--target", metavar="COLUMN", default="", help="the column that says how each loan ended")
    add(
        "--bad", metavar="VALUE", action="append", help="a value of it that means a bad loan; may be repeated"
    )
    add(
        "--good",
        metavar="VALUE",
        action="append",
        help="a value of it that means a good loan; may be repeated",
    )
    add(
        "--kind",
        choices=get_args(Wanted),
        default="all",
        help="one kind, or all against each other (default)",
    )
    add("--mapping", metavar="FILE|NAME", help="how the book reads as factors of the catalogue (TOML)")
    add(
        "--country",
        metavar="PACK",
        help=f"whose law decides what is forbidden: {', '.join(countries.available())}",
    )
    add("--out", metavar="DIR", type=Path, help="where to write (default: ./NAME-model)")
    add("--keep", metavar="COL", action="append", default=[], help="use a column against the screening")
    add("--drop", metavar="COL", action="append", default=[], help="leave a column out")
    add(
        "--trend",
        metavar="COL=SHAPE",
        action="append",
        default=[],
        help=f"its points' shape: {', '.join(TRENDS)}",
    )
    add("--most", metavar="N", type=int, help="at most so many columns: ten make a card for pencil and paper")
    add("--time", metavar="COL", help="a date column: the latest fifth of the loans is held out")
    add("--group", metavar="COL", help="a column (a customer) whose loans stay on one side of the split")
    add("--name", metavar="NAME", help="what to call the model (default: the book's name)")
    add("--seed", metavar="N", type=int, default=0, help="fixes everything that is drawn (default: 0)")
    add("--quiet", action="store_true", help="no progress bar, and only the result")


def run(chosen: Namespace) -> Answer:
    """Train, write every file or none, and tell."""
    if not chosen.target and not chosen.mapping:
        raise UsageError("which column says how each loan ended? name it: --target COLUMN")
    if not chosen.book.exists():
        raise UsageError(f"{chosen.book}: there is no such file; give the path of the loan book")
    name = chosen.name or chosen.book.name.split(".")[0]
    out = write.folder_free(chosen.out or Path(f"{name}-model"))
    began = time.monotonic()
    with progress(quiet=chosen.quiet or chosen.json) as told:
        made = train(
            chosen.book,
            chosen.target,
            mapping=_mapping(chosen.mapping),
            options=_options(chosen),
            progress=told,
        )
        told("writing the model, its card and its page", 1.0)
        files = _write(out, made)
    seconds = round(time.monotonic() - began, 1)
    return Answer(_data(made, out, files, seconds), _parts(made, out, files, seconds, quiet=chosen.quiet))


def _options(chosen: Namespace) -> Options:
    return Options(
        kind=chosen.kind,
        bad=chosen.bad,
        good=chosen.good,
        pack=countries.load(chosen.country) if chosen.country else None,
        drop=chosen.drop,
        keep=chosen.keep,
        most=_most(chosen.most),
        trends=dict(map(_trend, chosen.trend)),
        time=chosen.time,
        group=chosen.group,
        name=chosen.name,
        seed=chosen.seed,
    )


def _most(count: int | None) -> int | None:
    if count is not None and count < 1:
        raise UsageError(f"--most {count}: accepted: 1 or more; for example --most 10")
    return count


def _trend(text: str) -> tuple[str, Trend]:
    column, mark, shape = text.rpartition("=")
    found = next((trend for trend in TRENDS if trend == shape), None)
    if not mark or found is None:
        raise UsageError(f"--trend {text}: accepted: COLUMN=SHAPE, a shape being {', '.join(TRENDS)}")
    return column, found


def _mapping(text: str | None) -> Path | None:
    if text is None:
        return None
    if text in books.available():
        return Path(books.__file__).parent / "books" / f"{text}.toml"
    path = Path(text)
    if not path.exists():
        raise UsageError(
            f"--mapping {text}: no such file; accepted: a TOML, or one of {', '.join(books.available())}"
        )
    return path


def _write(out: Path, made: Trained) -> tuple[str, ...]:
    # As it will be read back, so that the card is the very one that `card` prints later.
    canonical = msgspec.json.encode(made.model, order="deterministic")
    model = msgspec.json.decode(canonical, type=type(made.model))
    book = made.book
    writers = {
        "card.md": write.text(markdown.render(model)),
        "card.html": write.text(page.render(model, made.evidence, book.notes, book.refused)),
    }
    if isinstance(model, Scorecard):
        writers[_PAPER] = write.text(paper.render(model))
    writers["model.json"] = partial(_model, model)
    write.folder(out, writers, stale={_PAPER} - set(writers))
    return tuple(sorted(writers))


def _model(model: Model, path: Path) -> None:
    """Write the model and read it back: what cannot be read again is not given to anybody."""
    modelfile.save(model, path)
    if modelfile.load(path).hash != model.hash:
        raise RuntimeError("the model changed as it was written")


def taken(table: Table) -> Mapping[str, list[str]]:
    """Group the columns of a book by what they were taken for."""
    kinds: dict[str, list[str]] = {}
    for name, column in table.columns.items():
        kinds.setdefault(_taken(column), []).append(name)
    return kinds


def _taken(column: Numbers | Labels) -> str:
    if column.missing.all():
        return "empty"
    return _KINDS.get(column.unit, column.unit) if isinstance(column, Numbers) else "category"


def _parts(made: Trained, out: Path, files: tuple[str, ...], seconds: float, *, quiet: bool) -> list[Part]:
    figures = made.model.figures
    found = [] if quiet else [_book(made.book), *_findings(made.book)]
    split, choice, road = (figures.get(key, {}) for key in ("split", "choice", "road"))
    held = (
        f"{count(split.get('test_rows'))} loans, {count(split.get('test_bads'))} of them bad, were held out "
        f"({split.get('rule')}); {count(split.get('train_rows'))} were learnt from."
    )
    taken_kind = f"Chosen: {choice.get('kind')}. {choice.get('why')}. The rule: {choice.get('rule')}."
    closing = Items(
        (
            ("model", f"{made.model.id} {made.model.hash[:12]}"),
            ("where you stand", f"{count(road.get('loans'))} loans: {road.get('says')}"),
            ("written", f"{', '.join(str(out / name) for name in files)}"),
            ("time", f"{seconds} s"),
        )
    )
    return [
        *found,
        Section("good", "How good it is", (Text(held), kinds(figures), Text(taken_kind))),
        closing,
    ]


def _book(book: Book) -> Section:
    bads = int(book.bad.sum())
    items = [
        ("loans", f"{len(book.bad):,}, of which {bads:,} bad ({share(bads / len(book.bad))})"),
        ("outcome", f"`{book.target}` is {book.meaning}" if book.target else "as the mapping says"),
    ]
    items += [(kind, f"{len(names)}: {series(names, _NAMED)}") for kind, names in taken(book.whole).items()]
    return Section("book", book.table.name, (Items(tuple(items)),))


def _findings(book: Book) -> list[Section]:
    """Give what was noticed, and what is not learnt from and why, findings of one kind in one line."""
    made = []
    notes = grouped((note.column, note.text) for note in book.notes)
    if notes:
        made.append(Section("notes", "What was noticed", (Items(tuple(("-", line) for line in notes)),)))
    refused = grouped((item.column, item.text) for item in book.refused)
    if refused:
        lines = tuple(("-", line) for line in refused)
        blocks = [Items(lines)]
        said = (
            []
            if all(item.final for item in book.refused)
            else [Text("To use one all the same: --keep COLUMN.")]
        )
        made.append(Section("refused", "Not learnt from, and why", (*blocks, *said)))
    return made


def kinds(figures: Mapping[str, Mapping[str, Any]]) -> Grid:
    """Set the kinds of model side by side, every figure with its interval."""
    rows = beginning(figures, "kind ")
    head = ("kind", *(title for _, title in _FIGURES), "CV AUC")
    lines = tuple(
        (kind, *(interval(row, name) for name, _ in _FIGURES), plain(row.get("cv_auc")))
        for kind, row in rows.items()
    )
    return Grid("On the loans held out, 95 % intervals in brackets:", head, lines)


def _data(made: Trained, out: Path, files: tuple[str, ...], seconds: float) -> dict[str, Any]:
    book, model = made.book, made.model
    return {
        "model": {"id": model.id, "kind": model.kind, "hash": model.hash},
        "files": [str(out / name) for name in files],
        "book": book.table.name,
        "target": book.target,
        "bad": book.meaning,
        "columns": {name: kind for kind, names in taken(book.whole).items() for name in names},
        "kept": list(book.table),
        "notes": [msgspec.to_builtins(note) for note in book.notes],
        "refused": [msgspec.to_builtins(item) for item in book.refused],
        "figures": model.figures,
        "seconds": seconds,
    }


COMMANDS = {
    "train": Command(
        "Read a loan book, say what was found and what is refused, fit and compare models, choose one by a "
        "stated rule, and write model.json, card.md, card.html and, for a scorecard, paper.txt.",
        (
            "python -m engine train loans.csv --target defaulted",
            "python -m engine train loans.csv --target defaulted --bad yes --kind scorecard --out my-model",
        ),
        options,
        run,
    )
}
