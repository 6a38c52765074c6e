"""Scoring a whole table at once: the same points as for one person, added up a column at a time."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.scorecard import Scorecard


class Bins(Protocol):
    """The bins of one factor: points or log-odds of each, after `cuts` or by `classes`."""

    @property
    def name(self) -> str:
        """The factor."""

    @property
    def cuts(self) -> tuple[float, ...]:
        """The rising values at which the next bin begins; empty for classes."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the order of the points; empty for numbers."""

    @property
    def points(self) -> tuple[float, ...]:
        """What each bin is worth."""


def add_up(
    factors: Iterable[Bins], columns: Mapping[str, NDArray[np.generic]], rows: int
) -> NDArray[np.float64]:
    """Give each row's sum over the factors; a missing value (NaN, "") or column is worth 0.

    Columns hold numbers or class labels, one value a row, as a `Book` has them.
    """
    total = np.zeros(rows)
    for factor in factors:
        column = columns.get(factor.name)
        if column is None:
            continue
        worth = np.array([*factor.points, 0.0])  # the last for what is missing
        if factor.classes:
            labels, places = np.unique(column, return_inverse=True)
            known = {label: at for at, label in enumerate(factor.classes)}
            at = np.array([known.get(str(label), -1) for label in labels])[places]
        else:
            numbers = column.astype(np.float64)
            at = np.where(np.isnan(numbers), -1, np.searchsorted(factor.cuts, numbers, side="right"))
        total += worth[at]
    return total


def score_many(
    model: Scorecard,
    columns: Mapping[str, NDArray[np.generic]],
    rows: int,
    *,
    permitted: Collection[str] | None = None,
) -> NDArray[np.int64]:
    """Give each row's score before clipping; with `permitted`, from those factors alone."""
    used = [factor for factor in model.factors if permitted is None or factor.name in permitted]
    return (model.base + add_up(used, columns, rows)).astype(np.int64)


def pd_many(model: Scorecard, unclipped: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the probability of default for scores before clipping, each as `model.scale.pd` has it."""
    scores, places = np.unique(unclipped, return_inverse=True)
    return np.array([model.scale.pd(int(score)) for score in scores])[places]
