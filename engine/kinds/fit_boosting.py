"""Boosted trees from scikit-learn's HistGradientBoostingClassifier, as a value.

Small trees, random columns at every split and strong shrinkage where bad loans are few; the number of rounds is
found on held-out rows; several runs are averaged, which steadies the ranking more than a longer run does.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from engine.kinds.encode import Matrix
from engine.kinds.fit_bins import as_floats, cuts_of, places
from engine.kinds.trees import BoostingBody, Node, Split

FEW_BADS = (
    2_000  # below, held-out rows are too dear to give up: the rounds found there are run again on all rows
)
_FEW_ROWS = 2_000
_HELD_OUT = 0.15
_LEAST_BADS = 40  # below, what is held out says nothing about the rounds
_BLIND_ROUNDS = 60


class Settings(NamedTuple):
    """How boosted trees are grown; `settings` gives those of the stated rule.

    `share` is the part of the inputs looked at in a split, `least` the rows of a leaf, `shrink` the L2 penalty of a
    leaf, `runs` how many runs are averaged; with `again` they are repeated on all rows for the rounds that the first
    `searches` of them found, times `longer`.
    """

    rate: float
    leaves: int
    share: float
    least: int
    shrink: float
    runs: int
    again: bool
    searches: int
    longer: float = 1.1
    rounds_max: int = 600
    patience: int = 20


def settings(rows: int, bads: int, inputs: int) -> Settings:
    """Give the settings for a book: chosen on seven public books, by the rarer outcome (`bads`).

    Fewer than 2,000: trees of 4 leaves, a fifth of the inputs a split, run again on all rows. More: 15 leaves, two
    fifths of the inputs, each run holding out rows of its own. Where there are fewer than 2,000 rows in all, what one
    run holds out is too little to tell the rounds, and a leaf is so small that the usual penalty would silence it;
    only one of the seven is so small (German), so that part rests on little.
    """
    few = bads < FEW_BADS
    least = max(5, min(50, rows // 40))
    share = min(1.0, max(0.2 if few else 0.4, 2.0 / inputs))
    if few:
        usual = Settings(
            0.06, leaves=4, share=share, least=least, shrink=10.0, runs=3, again=True, searches=1
        )
        tiny = usual._replace(leaves=6, least=max(5, rows // 65), shrink=3.0, searches=3, longer=1.6)
        return tiny if rows < _FEW_ROWS else usual
    return Settings(0.1, leaves=15, share=share, least=least, shrink=20.0, runs=3, again=False, searches=3)


def fit_boosting(
    matrix: Matrix,
    bad: NDArray[np.bool_],
    *,
    directions: Sequence[int] = (),
    seed: int = 0,
    weights: NDArray[np.float64] | None = None,
    chosen: Settings | None = None,
) -> BoostingBody:
    """Fit boosted trees to an encoded matrix (rows, inputs; NaN: missing).

    `directions` hold the risk of an input to rise with its value (+1), fall (-1) or go as it will (0, or none
    given). The same rows, seed and machine give the same body. Raises ValueError where a class is absent.
    """
    bads = check(matrix, bad, directions)
    plan = chosen or settings(len(bad), bads, matrix.shape[1])
    cuts = tuple(cuts_of(matrix[:, at]) for at in range(matrix.shape[1]))
    bins = as_floats(places(matrix, cuts))
    fitted = _runs(plan, bins, ~bad, weights, constraints(directions), seed, blind=bads < _LEAST_BADS)
    baseline = sum(float(run._baseline_prediction.item()) for run in fitted) / len(fitted)  # noqa: SLF001 - scikit-learn shows its trees nowhere else
    trees = tuple(
        node(tree.nodes, 0, len(fitted), cuts)
        for run in fitted
        for (tree,) in run._predictors  # noqa: SLF001 - scikit-learn shows its trees nowhere else
    )
    return BoostingBody(cuts=cuts, baseline=baseline, trees=trees)


def check(matrix: Matrix, bad: NDArray[np.bool_], directions: Sequence[int]) -> int:
    """Give the count of the rarer outcome; raise ValueError where there is none, or shapes do not fit."""
    if len(matrix) != len(bad) or (directions and len(directions) != matrix.shape[1]):
        raise ValueError(
            "`matrix`, `bad` and `directions` do not fit; accepted: a row a loan, a direction an input"
        )
    rarer = int(min(bad.sum(), (~bad).sum()))
    if not rarer:
        raise ValueError("every row is good, or every row bad; accepted: some of both")
    return rarer


def constraints(directions: Sequence[int]) -> list[int] | None:
    """Turn directions of risk into those of the log-odds of good."""
    return [-direction for direction in directions] if any(directions) else None


def _runs(
    plan: Settings,
    bins: Matrix,
    good: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
    constraints: list[int] | None,
    seed: int,
    *,
    blind: bool,
) -> list[HistGradientBoostingClassifier]:
    common: dict[str, Any] = {
        "learning_rate": plan.rate,
        "max_leaf_nodes": plan.leaves,
        "min_samples_leaf": plan.least,
        "l2_regularization": plan.shrink,
        "max_features": plan.share,
        "monotonic_cst": constraints,
    }
    seeds = range(seed * plan.runs, (seed + 1) * plan.runs)
    searching = {
        **common,
        "early_stopping": True,
        "validation_fraction": _HELD_OUT,
        "max_iter": plan.rounds_max,
    }
    searching["n_iter_no_change"] = plan.patience
    rounds = _BLIND_ROUNDS
    if not blind:
        searched = [_run(searching, bins, good, weights, each) for each in seeds[: plan.searches]]
        if not plan.again:
            return searched
        # The patience ran past the best round; with more rows to learn from, more rounds serve.
        rounds = max(
            20, round(plan.longer * float(np.mean([run.n_iter_ - plan.patience for run in searched])))
        )
    repeating = {**common, "early_stopping": False, "max_iter": rounds}
    return [_run(repeating, bins, good, weights, each) for each in seeds]


def _run(
    options: dict[str, Any],
    bins: Matrix,
    good: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
    seed: int,
) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(random_state=seed, **options).fit(bins, good, sample_weight=weights)


def node(nodes: NDArray[np.void], at: int, runs: int, cuts: Sequence[Sequence[float]]) -> Node:
    """Turn scikit-learn's row of a node, whose thresholds lie between whole bins, into ours."""
    row = nodes[at]
    if row["is_leaf"]:
        return round(float(row["value"]) / runs, 7)
    feature = int(row["feature_idx"])
    cut = int(
        min(row["num_threshold"], len(cuts[feature]))
    )  # infinite: all that is known against what is missing
    left, right = (node(nodes, int(row[side]), runs, cuts) for side in ("left", "right"))
    return Split(feature, cut, bool(row["missing_go_to_left"]), left, right)
