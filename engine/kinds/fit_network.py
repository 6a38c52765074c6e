"""Small neural networks from scikit-learn's MLPClassifier, as a value: a few of them averaged, with a strong penalty.

Each input comes in twice, as its smoothed log-odds of good and as its rank, both as curves. So prepared, a smooth
network of one small layer fitted to the end by L-BFGS ranked better on public books than larger ones stopped early.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier

from engine.kinds.encode import Matrix
from engine.kinds.fit_boosting import check
from engine.kinds.fit_curves import curves_of, features
from engine.kinds.network import Layer, NetworkBody

HIDDEN = (12,)
PENALTIES = (30.0, 100.0, 300.0)  # L2 on all rows together, tried by the log-loss on held-out rows
_ROUNDS = 150
_MANY_ROWS = 200_000  # from here on L-BFGS is slow, and stopping early holds back enough
_FOLDS_ROWS = 20_000  # up to here three folds choose the penalty, beyond it one
_DIGITS = 7


def fit_network(
    matrix: Matrix,
    bad: NDArray[np.bool_],
    *,
    directions: Sequence[int] = (),
    seed: int = 0,
    weights: NDArray[np.float64] | None = None,
    hidden: Sequence[int] = HIDDEN,
    nets: int = 2,
    penalty: float | None = None,
) -> NetworkBody:
    """Fit `nets` networks to an encoded matrix (rows, inputs; NaN: missing) and average their log-odds.

    `hidden` are the units of each hidden layer, of any number of layers. `directions` are not enforced: ask
    `engine.kinds.monotone.breaches` how often the network goes against them. `penalty` is chosen among `PENALTIES`
    unless given. Raises ValueError where a class is absent.
    """
    rarer = check(matrix, bad, directions)
    weight = np.ones(len(bad)) if weights is None else weights
    curves = curves_of(matrix, ~bad, weight)
    if not curves:
        raise ValueError("no input tells anything apart; accepted: at least one that varies")
    read = features(curves, matrix)
    least = penalty or _best_penalty(read, bad, weight, hidden, seed, rarer)
    fitted = [_run(read, bad, weight, hidden, least, seed * nets + turn) for turn in range(nets)]
    return NetworkBody(
        width=matrix.shape[1], curves=curves, activation="tanh", nets=tuple(_layers(run) for run in fitted)
    )


def _best_penalty(
    read: Matrix, bad: NDArray[np.bool_], weights: Matrix, hidden: Sequence[int], seed: int, rarer: int
) -> float:
    if rarer < 30 or len(bad) >= _MANY_ROWS:
        return PENALTIES[1] if rarer < 30 else PENALTIES[0]
    halves = StratifiedKFold(3, shuffle=True, random_state=seed)
    folds = list(halves.split(read, bad))[: 3 if len(bad) <= _FOLDS_ROWS else 1]

    def loss(penalty: float) -> float:
        total = 0.0
        for rows, held in folds:
            run = _run(read[rows], bad[rows], weights[rows], hidden, penalty, seed)
            good = np.clip(run.predict_proba(read[held])[:, 1], 1e-9, 1 - 1e-9)
            total -= float((weights[held] * np.log(np.where(bad[held], 1 - good, good))).sum())
        return total

    return min(PENALTIES, key=loss)


def _run(
    read: Matrix, bad: NDArray[np.bool_], weights: Matrix, hidden: Sequence[int], penalty: float, seed: int
) -> MLPClassifier:
    options: dict[str, Any] = {"solver": "lbfgs", "max_iter": _ROUNDS, "max_fun": 3 * _ROUNDS}
    if len(bad) >= _MANY_ROWS:
        options = {"early_stopping": True, "n_iter_no_change": 4, "max_iter": 60, "batch_size": 1024}
        options["learning_rate_init"] = 0.003
    net = MLPClassifier(tuple(hidden), activation="tanh", alpha=penalty, random_state=seed, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the rounds are bounded on purpose
        return net.fit(read, ~bad, sample_weight=weights)


def _layers(run: MLPClassifier) -> tuple[Layer, ...]:
    return tuple(
        Layer(
            weights=tuple(tuple(row) for row in np.round(weights.T, _DIGITS).tolist()),
            bias=tuple(np.round(bias, _DIGITS).tolist()),
        )
        for weights, bias in zip(run.coefs_, run.intercepts_, strict=True)
    )
