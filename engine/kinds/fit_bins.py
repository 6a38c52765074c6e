"""The bins that trees split between: as few digits as tell the values on both sides apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.binning import shortest
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
