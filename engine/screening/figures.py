"""How much one column alone tells of the outcome, measured on rows that it was not learnt on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.table import Column, Numbers

_BINS = 20
_PRIOR = 1.0  # loans of the average that every bin is mixed with


class Alone(NamedTuple):
    """What a column does alone on held-out rows.

    `auc` is the area under the ROC curve of its bins ordered by their bad rate, 0.5..1 but for chance; `missing_auc`
    the same of the mere fact that it is missing; `pure` the share of all bad loans that sit in bins where every loan is
    bad, and `pure_count` how many they are.
    """

    auc: float
    missing_auc: float
    pure: float
    pure_count: int


def halves(
    bad: NDArray[np.bool_], seed: int, most: int = 100_000
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Draw at most `most` rows and halve them, bad and good apart so that both halves have their share."""
    chance = np.random.default_rng(seed)
    sides: tuple[list[NDArray[np.intp]], list[NDArray[np.intp]]] = ([], [])
    for kind in (True, False):
        rows = chance.permutation(np.flatnonzero(bad == kind))
        rows = rows[: max(1000, int(most * len(rows) / len(bad)))]
        sides[0].append(rows[::2])
        sides[1].append(rows[1::2])
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def alone(column: Column, bad: NDArray[np.bool_], learn: NDArray[np.intp], hold: NDArray[np.intp]) -> Alone:
    """Order the bins of a column by the bad rate on the rows `learn`, and measure that order on the rows `hold`."""
    bins, size = _bins(column.take(np.concatenate([learn, hold])), len(learn))
    truth = bad[np.concatenate([learn, hold])]
    first = np.arange(len(bins)) < len(learn)
    learnt = [np.bincount(bins[first & (truth == kind)], minlength=size) for kind in (True, False)]
    held = [np.bincount(bins[~first & (truth == kind)], minlength=size) for kind in (True, False)]
    total = learnt[0] + learnt[1]
    mean = learnt[0].sum() / total.sum()
    rate = (learnt[0] + _PRIOR * mean) / (total + _PRIOR)
    pure = (held[0] > 0) & (held[1] == 0) & (learnt[0] > 0) & (learnt[1] == 0)
    caught = int(held[0][pure].sum())
    flag = np.arange(size) == size - 1
    missing = area(flag.astype(float), *held)
    return Alone(area(rate, *held), max(missing, 1 - missing), caught / max(1, int(held[0].sum())), caught)


def area(rate: NDArray[np.float64], bads: NDArray[np.int64], goods: NDArray[np.int64]) -> float:
    """Give the area under the ROC curve of bins: the chance that a bad loan has a higher `rate` than a good one."""
    order = np.argsort(rate, kind="stable")
    value, b, g = rate[order], bads[order].astype(float), goods[order].astype(float)
    start = np.flatnonzero(np.append(True, np.diff(value) > 0))
    b, g = np.add.reduceat(b, start), np.add.reduceat(g, start)
    below = np.cumsum(g) - g
    return float((b * (below + g / 2)).sum() / max(1.0, b.sum() * g.sum()))


def _bins(column: Column, learn: int) -> tuple[NDArray[np.intp], int]:
    """Give every row its bin: quantiles of the first `learn` rows, or the label; the last bin is for missing."""
    if not isinstance(column, Numbers):
        size = len(column.labels)
        return np.where(column.codes < 0, size, column.codes).astype(np.intp), size + 1
    known = column.values[:learn]
    known = known[~np.isnan(known)]
    if not len(known):
        return np.where(column.missing, 1, 0), 2
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[:-1], method="lower"))
    edges = np.unique(
        np.append(edges, np.nextafter(edges, np.inf))
    )  # a value that stands often is a bin of its own
    place = np.searchsorted(edges, column.values, side="right")
    return np.where(column.missing, len(edges) + 1, place), len(edges) + 2
