"""How good a model is on a book: does it rank, and are its probabilities true? Each figure with its interval."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_BINS = 10


class Figure(NamedTuple):
    """A figure and its 95 % interval, found by drawing the book's loans again with replacement."""

    value: float
    low: float
    high: float


class Figures(NamedTuple):
    """What a model does on a book.

    `auc`: the chance (0.5 luck, 1 perfect) that a bad loan has the higher PD of a random pair, ties counting
    half. `ks`: the greatest distance between the shares of bad and of good loans refused at one cut-off
    (0..1). `brier`: the mean squared error of the PD. `ece`: the mean distance of PD and bad rate over ten
    equal groups by PD.
    """

    auc: Figure
    ks: Figure
    brier: Figure
    ece: Figure


class _Cells(NamedTuple):
    """Loans by distinct PD, rising: all any of the figures needs."""

    pd: Floats
    good: Floats
    bad: Floats


def measure(pd: Floats, bad: Bools, *, seed: int, draws: int = 200) -> Figures:
    """Measure probabilities of default against what happened; `seed` fixes the draws of the intervals.

    Raises ValueError if all loans ended alike, for then nothing can be ranked.
    """
    if bad.all() or not bad.any():
        raise ValueError("a book needs both good and bad loans")
    cells = _cells(pd, bad)
    random = np.random.default_rng(seed)
    counts = np.concatenate([cells.good, cells.bad])
    drawn = random.multinomial(len(bad), counts / counts.sum(), size=draws).astype(np.float64)
    samples = [_Cells(cells.pd, row[: len(cells.pd)], row[len(cells.pd) :]) for row in drawn]

    def figure(of: Callable[[_Cells], float]) -> Figure:
        low, high = np.quantile([of(sample) for sample in samples], [0.025, 0.975])
        return Figure(of(cells), float(low), float(high))

    return Figures(figure(_auc), figure(_ks), figure(_brier), figure(_ece))


def auc(pd: Floats, bad: Bools) -> float:
    """Give the AUC alone, without an interval (see `Figures`)."""
    return _auc(_cells(pd, bad))


def _cells(pd: Floats, bad: Bools) -> _Cells:
    values, places = np.unique(pd, return_inverse=True)
    all_of = np.bincount(places, minlength=len(values)).astype(np.float64)
    bads = np.bincount(places, bad, minlength=len(values)).astype(np.float64)
    return _Cells(values, all_of - bads, bads)


def _auc(cells: _Cells) -> float:
    below = np.cumsum(cells.good) - cells.good / 2.0
    return float(cells.bad @ below / (cells.bad.sum() * cells.good.sum()))


def _ks(cells: _Cells) -> float:
    good = np.cumsum(cells.good) / cells.good.sum()
    bad = np.cumsum(cells.bad) / cells.bad.sum()
    return float(np.abs(good - bad).max())


def _brier(cells: _Cells) -> float:
    wrong = cells.good * cells.pd**2 + cells.bad * (1.0 - cells.pd) ** 2
    return float(wrong.sum() / (cells.good.sum() + cells.bad.sum()))


def _ece(cells: _Cells) -> float:
    loans = cells.good + cells.bad
    middle = np.cumsum(loans) - loans / 2.0
    groups = np.minimum(_BINS * middle / loans.sum(), _BINS - 1).astype(np.intp)
    off = np.bincount(groups, loans * cells.pd - cells.bad, minlength=_BINS)
    return float(np.abs(off).sum() / loans.sum())
