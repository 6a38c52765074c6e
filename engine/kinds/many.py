"""Whole tables at once: the same numbers as for one person, to the bit."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from engine.kinds.encode import Matrix, encode
from engine.kinds.face import pd_of
from engine.kinds.fit_bins import places
from engine.kinds.network import Curve, Layer, NetworkBody
from engine.kinds.nonlinear import Body, Nonlinear
from engine.kinds.trees import BoostingBody, Node, Split, TreeBody
from engine.scale import Scale
from engine.table import Table

_CHUNK = 8_192  # rows: what a few layers of 32 keep in the cache
_TIE = 1e-7  # of the last place shown: nearer to a half than this, the one-person arithmetic decides


def log_odds_many(model: Nonlinear, table: Table) -> Matrix:
    """Give the natural log-odds of good for every row."""
    return model.level + model.slope * raw_many(model.body, encode(model.inputs, table))


def pd_many(log_odds: Matrix) -> Matrix:
    """Give the probability of default at each log-odds of good, each as `engine.kinds.face.pd_of` has it."""
    with np.errstate(over="ignore"):
        exact = 1.0 / (1.0 + np.exp(log_odds))
    pds = np.clip(np.round(exact, 6), 1e-6, 1.0 - 1e-6)
    shown = exact * 1e6
    close = np.flatnonzero(np.abs(shown - np.floor(shown) - 0.5) < _TIE)  # exp may differ in the last place
    pds[close] = [pd_of(float(log_odds[at])) for at in close]
    return pds


def scores_many(scale: Scale, log_odds: Matrix) -> NDArray[np.int64]:
    """Give the score on the scale, clipped, each as `Scale.points` has it."""
    apart = log_odds - math.log(scale.anchor_odds)
    points = np.rint(scale.anchor_score + scale.points_per_log_odds * apart)
    scores: NDArray[np.int64] = np.clip(points, scale.low, scale.high).astype(np.int64)
    return scores


def raw_many(body: Body, matrix: Matrix) -> Matrix:
    """Give what the body makes of every row of an encoded matrix (rows, inputs; NaN: missing)."""
    if isinstance(body, NetworkBody):
        return _network(body, matrix)
    return _trees(body, matrix)


def _trees(body: TreeBody | BoostingBody, matrix: Matrix) -> Matrix:
    bins = np.ascontiguousarray(places(matrix, body.cuts))
    none = np.zeros((0, 8), dtype=np.uint32)
    total = np.full(len(matrix), body.baseline)
    threads = _openmp_effective_n_threads()
    for root in body.trees:
        tree = TreePredictor(_rows(root), none, none)
        total += tree.predict_binned(bins, 255, threads)
    return total


def _rows(root: Node) -> NDArray[np.void]:
    """Lay a tree out as scikit-learn's own predictor reads it."""
    found: list[dict[str, Any]] = []

    def add(node: Node) -> int:
        at = len(found)
        row: dict[str, Any] = {}
        found.append(row)
        if isinstance(node, Split):
            row |= {
                "feature_idx": node.feature,
                "bin_threshold": node.cut,
                "missing_go_to_left": node.missing_left,
            }
            row |= {"left": add(node.left), "right": add(node.right)}
        else:
            row |= {"is_leaf": True, "value": node}
        return at

    add(root)
    rows = np.zeros(len(found), dtype=PREDICTOR_RECORD_DTYPE)
    for at, row in enumerate(found):
        for field, value in row.items():
            rows[field][at] = value
    return rows


def _network(body: NetworkBody, matrix: Matrix) -> Matrix:
    total = np.empty(len(matrix))
    for start in range(0, len(matrix), _CHUNK):
        rows = slice(start, start + _CHUNK)
        features = [read_curve(curve, matrix[rows, curve.input]) for curve in body.curves]
        sums = np.zeros(len(features[0]))
        for net in body.nets:
            sums += _run(net, features, body.activation)
        total[rows] = sums / len(body.nets)
    return total


def read_curve(curve: Curve, values: Matrix) -> Matrix:
    """Give the feature for every value of the input, as `Curve.read` does for one."""
    at, to, slopes = (np.array(part) for part in (curve.at, curve.to, curve.slopes))
    spot = np.searchsorted(at, values, side="right") - 1
    low = spot.clip(min=0)
    read = to[low] + slopes[low] * (np.minimum(values, at[-1]) - at[low])
    return np.where(np.isnan(values), curve.missing, np.where(spot < 0, to[0], read))


def _run(net: tuple[Layer, ...], features: Sequence[Matrix], activation: str) -> Matrix:
    """Run one net; each sum in the order of `network`, where a product of matrices would choose its own."""
    values = features
    for layer in net:
        weights = np.array(layer.weights)
        sums = np.repeat(np.array(layer.bias)[:, np.newaxis], len(features[0]), axis=1)
        for at, value in enumerate(values):
            sums += weights[:, at, np.newaxis] * value
        values = list(np.maximum(sums, 0.0) if activation == "relu" else _tanh(sums))
    last: Matrix = sums[0]
    return last


def _tanh(values: Matrix) -> Matrix:
    half = np.clip(values * 0.5, -4.97, 4.97)
    square = half * half
    above = half * (135135.0 + square * (17325.0 + square * (378.0 + square)))
    below = 135135.0 + square * (62370.0 + square * (3150.0 + square * 28.0))
    part = above / below
    return np.asarray((part + part) / (1.0 + part * part))


def effects(body: Body, matrix: Matrix, reference: Sequence[float]) -> Matrix:
    """Give how much each input moves the log-odds on average: |f(x) - f(x with this input at the reference)|."""
    full = raw_many(body, matrix)
    moved = np.zeros(len(reference))
    for at, neutral in enumerate(reference):
        without = matrix.copy()
        without[:, at] = neutral
        moved[at] = np.abs(full - raw_many(body, without)).mean()
    return moved
