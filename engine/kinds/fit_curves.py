"""The features of a network: lines through a few points of each input, which take out its shape and its outliers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import QuantileTransformer

from engine.kinds.encode import Matrix
from engine.kinds.many import read_curve
from engine.kinds.network import Curve

_GROUPS = 12  # of a number's values, of equal rows, for its risk curve
_PRIOR_ROWS = 30.0
_KNOTS = 24


def risk_curve(at: int, values: Matrix, good: NDArray[np.bool_], weights: Matrix) -> Curve | None:
    """Give the smoothed log-odds of good along the input, on the scale of one standard deviation; None if flat."""
    known = ~np.isnan(values)
    rate = float(np.average(good, weights=weights))
    spots, worth = _groups(values[known], good[known], weights[known], rate)
    lost = _worth(good[~known], weights[~known], rate)
    return _scaled(at, spots, worth, float(lost), values)


def shape_curve(at: int, values: Matrix) -> Curve | None:
    """Give the input's rank as a normal score, through a few points; 0 where missing. None for a constant."""
    known = values[~np.isnan(values)]
    spots = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _KNOTS))) if len(known) else known
    if len(spots) < 2:
        return None
    ranks = QuantileTransformer(
        n_quantiles=min(200, len(known)), output_distribution="normal", subsample=None
    )
    normal = ranks.fit(known.reshape(-1, 1)).transform(spots.reshape(-1, 1))[:, 0].clip(-2.5, 2.5)
    return _scaled(at, spots, normal, None, values)


def missing_curve(at: int, values: Matrix) -> Curve | None:
    """Give a flag of what is missing, None where nothing or nearly nothing is."""
    share = float(np.isnan(values).mean())
    return Curve(input=at, at=(0.0,), to=(0.0,), missing=1.0) if 0.002 < share < 0.998 else None


def curves_of(matrix: Matrix, good: NDArray[np.bool_], weights: Matrix) -> tuple[Curve, ...]:
    """Give the curves of every input: its risk, its shape, and what is missing, each where it tells something."""
    found: list[Curve | None] = []
    for at in range(matrix.shape[1]):
        values = matrix[:, at]
        found += [risk_curve(at, values, good, weights), shape_curve(at, values), missing_curve(at, values)]
    return tuple(curve for curve in found if curve is not None)


def features(curves: Sequence[Curve], matrix: Matrix) -> Matrix:
    """Give the matrix (rows, curves) that a network reads."""
    return np.column_stack([read_curve(curve, matrix[:, curve.input]) for curve in curves])


def _groups(values: Matrix, good: NDArray[np.bool_], weights: Matrix, rate: float) -> tuple[Matrix, Matrix]:
    """Give the mean value of each group of rows of about one size, rising, and its log-odds of good."""
    edges = (
        np.unique(np.quantile(values, np.linspace(0.0, 1.0, _GROUPS + 1)[1:-1])) if len(values) else values
    )
    groups = np.searchsorted(edges, values, side="left")
    used = np.unique(groups)
    spots = np.array([values[groups == group].mean() for group in used])
    worth = np.array([_worth(good[groups == group], weights[groups == group], rate) for group in used])
    return spots, worth


def _worth(good: NDArray[np.bool_], weights: Matrix, rate: float) -> float:
    goods = float(weights[good].sum()) + _PRIOR_ROWS * rate
    bads = float(weights[~good].sum()) + _PRIOR_ROWS * (1.0 - rate)
    return float(np.log(goods / bads) - np.log(rate / (1.0 - rate)))


def _scaled(at: int, spots: Matrix, to: Matrix, missing: float | None, values: Matrix) -> Curve | None:
    """Give the curve with mean 0 and deviation 1 over the known values; a missing one becomes 0 where None."""
    if len(spots) < 2:
        return None
    read = np.interp(values[~np.isnan(values)], spots, to)
    mean, deviation = float(read.mean()), float(read.std())
    if deviation < 1e-9:
        return None
    scaled = np.round((to - mean) / deviation, 6)
    lost = 0.0 if missing is None else round((missing - mean) / deviation, 6)
    return Curve(input=at, at=tuple(spots.tolist()), to=tuple(scaled.tolist()), missing=lost)
