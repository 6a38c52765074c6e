"""One decision tree, grown best-first with scikit-learn's histogram trees, its size chosen by cross-validation.

One round of HistGradientBoosting from the book's rate is a Gini tree (all rows weigh the same in it), with two things
that DecisionTreeClassifier lacks: directions that hold where values are missing, and speed on a million rows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from engine.kinds.encode import Matrix
from engine.kinds.fit_bins import as_floats, cuts_of, places
from engine.kinds.fit_boosting import check, constraints, node
from engine.kinds.trees import Node, Split, TreeBody

LEAVES = (2, 3, 4, 6, 8, 11, 15, 20, 28, 40, 56)  # tried; a larger tree is no longer read by anybody
_PRIOR_ROWS = 10.0
_FOLDS = 5
_DEPTH = 8


def fit_tree(
    matrix: Matrix,
    bad: NDArray[np.bool_],
    *,
    directions: Sequence[int] = (),
    seed: int = 0,
    weights: NDArray[np.float64] | None = None,
    leaves: int | None = None,
    least: int | None = None,
) -> TreeBody:
    """Fit one tree to an encoded matrix (rows, inputs; NaN: missing); a leaf holds its smoothed log-odds of good.

    `leaves` (at most) are chosen among `LEAVES` by the log-loss in five folds unless given; `least` rows a leaf are
    20 or half a percent. `directions` as in `fit_boosting`. Raises ValueError where a class is absent.
    """
    rarer = check(matrix, bad, directions)
    weight = np.ones(len(bad)) if weights is None else weights
    cuts = tuple(cuts_of(matrix[:, at]) for at in range(matrix.shape[1]))
    bins = as_floats(places(matrix, cuts))
    small = least or max(20, len(bad) // 200)

    def grow(rows: NDArray[np.intp], most: int) -> HistGradientBoostingClassifier:
        rate = float(np.average(~bad[rows], weights=weight[rows]))
        return HistGradientBoostingClassifier(
            max_iter=1,
            learning_rate=1.0,
            max_leaf_nodes=most,
            max_depth=_DEPTH,
            min_samples_leaf=small,
            l2_regularization=_PRIOR_ROWS
            * rate
            * (1.0 - rate),  # so that a leaf is its own rows and ten average
            monotonic_cst=constraints(directions),
            early_stopping=False,
            random_state=seed,
        ).fit(bins[rows], ~bad[rows], sample_weight=weight[rows])

    def loss(most: int) -> float:
        total = 0.0
        for rows, held in folds:
            run = grow(rows, most)
            rate = float(np.average(~bad[rows], weights=weight[rows]))
            good = _share(run.decision_function(bins[held]) - np.log(rate / (1.0 - rate)), rate)
            total -= float((weight[held] * np.log(np.where(bad[held], 1.0 - good, good))).sum())
        return total

    if leaves is None:
        halves = StratifiedKFold(max(2, min(_FOLDS, rarer)), shuffle=True, random_state=seed)
        folds = list(halves.split(bins, bad))
        leaves = min(LEAVES, key=loss)
    rate = float(np.average(~bad, weights=weight))
    ((tree,),) = grow(np.arange(len(bad)), leaves)._predictors  # noqa: SLF001 - scikit-learn shows its trees nowhere else
    return TreeBody(cuts=cuts, tree=_leaves(node(tree.nodes, 0, 1, cuts), rate))


def _share(step: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Turn the step of a leaf into its share of good loans: the step is (share - rate) / (rate (1 - rate))."""
    return np.clip(rate + step * rate * (1.0 - rate), 1e-6, 1.0 - 1e-6)


def _leaves(root: Node, rate: float) -> Node:
    if isinstance(root, Split):
        left, right = _leaves(root.left, rate), _leaves(root.right, rate)
        return left if left == right else Split(root.feature, root.cut, root.missing_left, left, right)
    share = float(_share(np.array(root), rate))
    return round(float(np.log(share / (1.0 - share))), 6)
