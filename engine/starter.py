"""The model that ships: expert points, one slope fitted on the books whose licence permits it, measured on the rest."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine import books, calibrate, countries, expert, spread
from engine.batch import pds_of, score_many
from engine.books import Book
from engine.countries.pack import Pack
from engine.judge.evaluate import Figures, auc, measure
from engine.judge.spread import measure as measure_spread
from engine.scorecard import Scorecard
from engine.table import Column, Labels, Numbers, Table

MODEL_ID = "starter-1"
# What share of loans goes bad where a lender has not said: an assumption, not a measurement.
BAD_RATE = 0.08
_SKIPPED = 0.3

_Row = dict[str, float | int | str | bool | None]


def build(data: Path, *, seed: int = 0) -> Scorecard:
    """Fit and measure the starter on the books in `data`; the same books and seed give the same model to the bit.

    Raises BookError if a book is not there. The points are the expert's: books decide only how steep they
    are.
    """
    library = [books.read(name, data) for name in books.available()]
    fitted = [book for book in library if book.use == "fit"]
    model, slope = _fit(fitted)
    figures: dict[str, _Row] = {
        "fit": {
            "books": ", ".join(book.id for book in fitted),
            "loans": sum(len(book.bad) for book in fitted),
            "slope": slope,
            "gap": model.gap,
            "seed": seed,
        }
    }
    points = [
        (book.id, (score_many(model, book.table).unclipped - model.base).astype(np.int64)) for book in fitted
    ]
    figures[spread.FIGURE] = measure_spread(points, calibrate.ROWS_AT_MOST)
    for book in library:
        others = [other for other in fitted if other is not book]
        judged = model if book.use == "evaluate" else _fit(others)[0]
        figures[f"book {book.id}"] = {"title": book.title, "use": book.use, **_judge(judged, book, seed)}
    for name in countries.available():
        figures[f"pack {name}"] = _cost(model, library, countries.load(name))
    # In the order of the file, so that the card is the same before it is saved and after.
    ordered = {name: dict(sorted(row.items())) for name, row in sorted(figures.items())}
    return msgspec.structs.replace(model, figures=ordered)


def _fit(fitted: Sequence[Book]) -> tuple[Scorecard, float]:
    card = expert.read()
    sums = [calibrate.sums(card, book.table) for book in fitted]
    bads = [book.bad for book in fitted]
    calibration = calibrate.fit(sums, bads)
    # Rounded here, so that the figures on the card are the very ones the points were made with.
    gap, slope = round(calibrate.gap(calibration, bads), 3), round(calibration.slope, 3)
    return expert.scorecard(card, model_id=MODEL_ID, slope=slope, bad_rate=BAD_RATE, gap=gap), slope


def _judge(model: Scorecard, book: Book, seed: int) -> _Row:
    """Measure a model on a book it was not fitted on, for a lender who expects the book's bad rate."""
    lender = model.with_bad_rate(book.bad_rate)
    scores = score_many(lender, book.table)
    figures: Figures = measure(scores.pd, book.bad, seed=seed)
    level = _level(lender, scores.unclipped, book.bad_rate)
    levelled = measure(pds_of(lender.scale, scores.unclipped + level), book.bad, seed=seed)
    row: _Row = {
        "loans": len(book.bad),
        "bad_rate": round(book.bad_rate, 4),
        "factors": len(book.table.columns),
    }
    for name, figure in figures._asdict().items():
        row |= {name: round(figure.value, 4), f"{name}_low": round(figure.low, 4)}
        row[f"{name}_high"] = round(figure.high, 4)
    row["ece_levelled"] = round(levelled.ece.value, 4)
    row["auc_skipped"] = round(auc(score_many(lender, _skip(book.table, seed)).pd, book.bad), 4)
    return row


def _skip(table: Table, seed: int) -> Table:
    """Leave out three answers in ten, at random, as people do."""
    random = np.random.default_rng(seed)
    left: dict[str, Column] = {}
    for name, column in table.columns.items():
        gone = random.random(table.rows) < _SKIPPED  # nosec B311  # numpy's seeded generator
        if isinstance(column, Labels):
            left[name] = Labels(np.where(gone, np.int32(-1), column.codes), column.labels)
        else:
            left[name] = Numbers(np.where(gone, np.nan, column.values))
    return Table(table.name, left)


def _level(model: Scorecard, scores: NDArray[np.int32], bad_rate: float) -> int:
    """Give the shift in points at which the mean PD comes to the bad rate."""
    low, high = -model.scale.high, model.scale.high
    while low < high:
        middle = (low + high) // 2
        if pds_of(model.scale, scores + middle).mean() > bad_rate:
            low = middle + 1
        else:
            high = middle
    return low


def _cost(model: Scorecard, library: Sequence[Book], pack: Pack) -> _Row:
    """Measure what a pack's forbidden factors would have added to the AUC, book by book."""
    row: _Row = {"forbidden": ", ".join(f.name for f in model.factors if not model.permits(f.name, pack))}
    costs = []
    for book in library:
        full = auc(-score_many(model, book.table).unclipped.astype(np.float64), book.bad)
        kept = auc(-score_many(model, book.table, pack=pack).unclipped.astype(np.float64), book.bad)
        row[book.id] = round(full - kept, 4)
        costs.append(full - kept)
    return {**row, "mean": round(float(np.mean(costs)), 4)}
