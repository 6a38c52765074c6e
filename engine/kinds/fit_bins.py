"""The bins that trees split between: as few digits as tell the values on both sides apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kinds.encode import Matrix
from engine.kinds.trees import MAX_CUTS


def cuts_of(values: Matrix, limit: int = MAX_CUTS) -> tuple[float, ...]:
    """Give at most `limit` rising cuts between distinct values: all of them, or those at equal shares of rows."""
    known = np.sort(values[~np.isnan(values)])
    steps = np.flatnonzero(known[1:] > known[:-1])  # a cut may lie after these
    if len(steps) > limit:
        shares = np.linspace(0, len(known) - 1, limit + 2)[1:-1]
        steps = np.unique(steps[np.searchsorted(steps, shares).clip(max=len(steps) - 1)])
    return tuple(shortest(known[steps], known[steps + 1]).tolist())


def shortest(low: Matrix, high: Matrix) -> Matrix:
    """Give for each pair a number with low <= number < high of as few decimals as will do, near the middle."""
    middle = low + (high - low) / 2.0
    found = low.copy()
    open_ = np.ones(len(low), dtype=np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        for decimals in range(-6, 12):
            for tried in (np.round(middle, decimals), np.round(middle - 0.5 * 10.0**-decimals, decimals)):
                fits = open_ & (tried >= low) & (tried < high)
                found[fits] = tried[fits]
                open_ &= ~fits
    return found


def places(matrix: Matrix, cuts: Sequence[Sequence[float]]) -> NDArray[np.uint8]:
    """Give the bin of every value, 255 where it is missing; Fortran order, (rows, inputs)."""
    bins = np.empty(matrix.shape, dtype=np.uint8, order="F")
    for at, edges in enumerate(cuts):
        column = np.searchsorted(np.asarray(edges, dtype=np.float64), matrix[:, at], side="left")
        column[np.isnan(matrix[:, at])] = 255
        bins[:, at] = column
    return bins


def as_floats(bins: NDArray[np.uint8]) -> Matrix:
    """Give the bins as scikit-learn wants them: float64, NaN where missing, and no column of nothing but NaN."""
    floats = np.where(bins == 255, np.nan, bins.astype(np.float64))
    floats[:, (bins == 255).all(axis=0)] = 0.0
    return floats
