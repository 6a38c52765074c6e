"""The road from a loan book to a model: read, screen, hold out, compare kinds, choose, measure, fit again on all.

What is measured is measured on loans that no fit has seen: a fifth of the book, drawn with the book's own bad
rate, or its latest loans where a date is named. The model that is given is then fitted once more, on all loans.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from engine import books, measured, modelfile, reading
from engine.binning import Trend
from engine.countries.pack import Pack
from engine.fitting import contest, kinds
from engine.fitting.kinds import KINDS, Kind, Model
from engine.fitting.scorecard import Plan
from engine.fitting.setup import Setup
from engine.kinds.many import pd_many
from engine.measured import Book, Held
from engine.reading.notes import Note, grouped, refuse
from engine.reading.target import target
from engine.report.evidence import Evidence
from engine.scale import BANDS, Band
from engine.scorecard import Scorecard
from engine.screening import screen
from engine.table import Numbers, Table

Wanted = Literal["scorecard", "tree", "boosting", "network", "all"]
Progress = Callable[[str, float], None]
Rows = NDArray[np.intp]
UNTRUE = "had the best held-out figures, but its reasons did not hold when they were tested; see the fidelity"
_PARTS = 5  # one of them is held out


@dataclass(frozen=True)
class Options:
    """How to train.

    `kind`: one, or all against each other. `bad`, `good`: the values of the target that mean so, where that is
    not plain. `pack`: the country whose law decides which columns are forbidden. `drop`, `keep`: columns left
    out, and columns kept against the screening. `most`: how many columns at most, the weightiest (ten make a
    card for pencil and paper). `trends`: the shape a column's points must keep. `time`: a date
    column by which the latest loans are held out. `group`: a column (a customer) whose loans stay together.
    `name`: what to call the model. `seed` fixes all that is drawn.
    """

    kind: Wanted = "all"
    bad: str | Sequence[str] | None = None
    good: str | Sequence[str] | None = None
    pack: Pack | None = None
    drop: Collection[str] = ()
    keep: Collection[str] = ()
    trends: Mapping[str, Trend] = field(default_factory=dict)
    most: int | None = None
    time: str | None = None
    group: str | None = None
    name: str | None = None
    bands: tuple[Band, ...] = BANDS
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """The model; the scorecard of the same book; what was held out, and what was said of the book on the way."""

    model: Model
    card: Scorecard
    evidence: Evidence
    book: Book


def train(
    source: object,
    column: str = "",
    *,
    mapping: Path | None = None,
    options: Options | None = None,
    progress: Progress = lambda _text, _share: None,
) -> Trained:
    """Train a model on a loan book.

    `source`: a path, a frame, an Arrow table, a mapping of columns or a list of records. `column`: the one that
    says how each loan ended. `mapping`: a TOML that reads the book onto the catalogue of factors, which start
    from the model that ships. `progress` is told what is done next, and the share of the work before it.
    Raises BookError for a book that cannot teach anything.
    """
    chosen = options or Options()
    progress("reading the book", 0.0)
    book = mapped(mapping, Path(str(source))) if mapping else look(source, column, chosen)
    setup = Setup(
        seed=chosen.seed,
        plan=book.plan,
        prior=starter() if mapping else None,
        model_id=model_id(chosen.name or book.table.name),
        bands=chosen.bands,
    )
    entrants: Sequence[Kind] = KINDS if chosen.kind == "all" else [chosen.kind]
    groups = _codes(book.whole, chosen.group)
    known, asked = split(book, chosen, groups)
    if chosen.most and chosen.most < len(book.table.columns):
        book = replace(book, table=book.table.keep(_weightiest(book, known, setup, chosen.most)))
    told = _Steps(progress, len(entrants) * setup.folds + 3)
    part, outcomes = book.table.take(known), book.bad[known]
    found = contest.hold(
        part, outcomes, setup, entrants, groups=None if groups is None else groups[known], step=told
    )
    told("measuring on the loans held out")
    tried = contest.build(part, outcomes, setup, found, list(found.candidates))
    rest = book.table.take(asked)
    said = {kind: kinds.log_odds(model, rest) for kind, model in tried.items()}
    told_true = measured.fidelity_of(tried[found.taken], rest, chosen.seed)
    if not told_true.get("open", True) and "scorecard" in tried:
        found = replace(found, taken="scorecard", why=f"{found.taken} {UNTRUE}")
    held = Held(known, asked, found, {kind: pd_many(odds) for kind, odds in said.items()}, said[found.taken])
    told(f"fitting the {found.taken} once more, on all loans")
    model = contest.build(book.table, book.bad, setup, found, [found.taken])[found.taken]
    card = model if isinstance(model, Scorecard) else kinds.card(book.table, book.bad, setup)
    told("writing down what was measured")
    evidence = measured.evidence(book, held, model, card)
    figures = measured.figures(book, held, told_true, evidence, chosen.pack, chosen.seed)
    figures |= measured.spread_of(tried[found.taken], held, book.table.name)
    model = msgspec.structs.replace(model, figures=figures, profile=measured.profile(book, held, card, model))
    progress("done", 1.0)
    return Trained(model, card, evidence, book)


def look(source: object, column: str, options: Options) -> Book:
    """Read a book by the look of it, find its outcome, and screen its columns."""
    read = reading.read(source, name=options.name)
    outcome = target(read.table, column, options.bad, options.good)
    aside = [name for name in (options.time, options.group) if name]
    for name in aside:
        if name not in outcome.table:
            raise refuse(
                read.table.name, "", f"there is no column `{name}`", "name one of the book's columns"
            )
    found = screen(
        outcome.table.drop(aside),
        outcome.bad,
        pack=options.pack,
        forbidden=options.drop,
        keep=options.keep,
        seed=options.seed,
    )
    if not found.kept:
        why = "; ".join(grouped((item.column, item.text) for item in found.refused))
        raise refuse(
            read.table.name,
            "",
            f"no column is left to learn from ({why})",
            "--keep COLUMN keeps one all the same",
        )
    specials = {name: codes for name, codes in read.suspects.items() if name in found.kept}
    return Book(
        table=outcome.table.keep(found.kept),
        whole=outcome.table,
        bad=outcome.bad,
        plan=Plan(specials=specials, trends=options.trends),
        target=column,
        meaning=", ".join(outcome.meaning),
        notes=(*read.notes, *outcome.notes, *found.warnings),
        refused=found.refused,
        time=options.time,
    )


def mapped(mapping: Path, path: Path) -> Book:
    """Read a book onto the catalogue by a mapping."""
    how = books.mapping_at(mapping)
    book = books.read_as(path.name, how, path)
    return Book(
        table=book.table,
        whole=book.table,
        bad=book.bad,
        plan=Plan(catalogue=frozenset(book.table)),
        target=how.good.column,
        meaning="bad",
        notes=(Note("mapping", "", f"read onto {len(book.table.columns)} factors of the catalogue"),),
        refused=(),
        time=None,
    )


def starter() -> Scorecard:
    """Give the model that ships, the prior of a mapped book."""
    return modelfile.load()


def split(book: Book, options: Options, groups: NDArray[np.int32] | None) -> tuple[Rows, Rows]:
    """Give the rows to learn from, and those held out: the latest by `options.time`, or a drawn fifth."""
    if options.time:
        column = book.whole[options.time]
        if not isinstance(column, Numbers) or column.missing.all():
            raise refuse(
                book.table.name, "", f"`{options.time}` is no date", "--time names a column of dates"
            )
        order = np.argsort(np.where(column.missing, -np.inf, column.values), kind="stable")
        cut = round(len(order) * (1 - 1 / _PARTS))
        known, asked = np.sort(order[:cut]), np.sort(order[cut:])
        if not 0 < book.bad[asked].sum() < len(asked) or not 0 < book.bad[known].sum() < cut:
            raise refuse(book.table.name, "", "the latest loans all ended alike", "leave --time out")
        return known, asked
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    cutter = kind(_PARTS, shuffle=True, random_state=options.seed)
    known, asked = next(iter(cutter.split(np.zeros(len(book.bad)), book.bad, groups)))
    return known, asked


def model_id(name: str) -> str:
    """Make an id out of a book's name: lower case letters, digits and hyphens, 20 at most."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().rsplit(".", 1)[0]).strip("-")
    return plain[:20].strip("-") or "model"


def _weightiest(book: Book, known: Rows, setup: Setup, most: int) -> list[str]:
    """Name the columns that can move a score most, by a scorecard of the loans learnt from, in the book's order."""
    card = kinds.card(book.table.take(known), book.bad[known], setup)
    weights = {entry.name: entry.effect for entry in card.factors if entry.name in book.table}
    best = sorted(weights, key=lambda name: -weights[name])[:most]
    return [name for name in book.table if name in best]


def _codes(table: Table, name: str | None) -> NDArray[np.int32] | None:
    if name is None:
        return None
    column = table[name]
    values = column.values if isinstance(column, Numbers) else column.codes
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


class _Steps:
    """Counts the steps of the work for whoever watches."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress, self.steps, self.done = progress, steps, 0

    def __call__(self, text: str) -> None:
        self.progress(text, min(self.done / self.steps, 1.0))
        self.done += 1
