"""Can a forbidden factor be read from the permitted ones? If so, leaving it out does not keep it out."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from engine.judge.delong import auc_figure
from engine.judge.evaluate import auc
from engine.judge.intervals import Figure, Floats, Places

RISK = 0.70
FEWEST = 30
_ROWS, _COLUMNS, _FOLDS = 20_000, 40, 5

Reading = Literal["proxy risk", "trace", "none"]


class Carrier(msgspec.Struct, frozen=True):
    """How much one permitted column tells of the forbidden factor.

    `drop`: AUC lost when the column is shuffled on held-out rows (Breiman 2001), for the group told best; near 0
    also where another column tells the same. `alone`: the best AUC (0.5..1) of the column by itself, whichever
    way it points, over the groups.
    """

    column: str
    drop: float
    alone: float


class Told(msgspec.Struct, frozen=True):
    """How well one group is told from all others: AUC on rows the predictor was not fitted on, with DeLong's."""

    group: str
    rows: int
    auc: Figure


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """How far the permitted columns tell a forbidden factor.

    `reading` of the group told best: "proxy risk" above an AUC of 0.70, "trace" where its interval lies above
    0.5, else "none". `left_out` names groups of fewer than 30 of the rows tried. `rows` is how many were tried.
    """

    forbidden: str
    rows: int
    groups: tuple[Told, ...]
    left_out: tuple[str, ...]
    carriers: tuple[Carrier, ...]
    reading: Reading


def proxy(
    forbidden: str,
    places: Places,
    labels: Sequence[str],
    columns: Sequence[str],
    matrix: Floats,
    *,
    seed: int,
    top: int = 5,
) -> Proxy:
    """Predict a forbidden factor from permitted columns, by boosted trees on five stratified folds.

    `places` index `labels`, -1 for missing (left out); `matrix` has a row a loan and a column for each of
    `columns`, NaN for missing, classes as numbers. At most 20,000 rows are tried, drawn by `seed`. The `top`
    carriers are by `drop`; with more than 40 columns, of the 40 that tell most alone. Raises ValueError if fewer
    than two groups have 30 rows, or the shapes do not fit.
    """
    if matrix.shape != (len(places), len(columns)) or not columns or places.max(initial=-1) >= len(labels):
        raise ValueError(
            f"{forbidden}: the matrix needs a row a loan and a column for each name, a group its label"
        )
    random = np.random.default_rng(seed)
    rows = _some(places, random)
    sizes = np.bincount(places[rows], minlength=len(labels))
    enough = np.flatnonzero(sizes >= FEWEST).tolist()
    if len(enough) < 2:
        raise ValueError(f"{forbidden}: two groups of {FEWEST} rows are needed")
    rows = rows[np.isin(places[rows], enough)]
    features, group = matrix[rows], places[rows]
    alone = np.array([_alone(column, group, enough) for column in features.T])
    tried = np.sort(np.argsort(-alone, kind="stable")[:_COLUMNS])
    # Trees this small gain nothing from a second thread, and on a busy machine the threads' waiting costs tenfold.
    with threadpool_limits(limits=1, user_api="openmp"):
        chances, shuffled = _held_out(features[:, tried], group, random, seed)
    told = [auc_figure(chances[:, at], group == here) for at, here in enumerate(enough)]
    best = int(np.argmax([figure.value for figure in told]))
    drops = [told[best].value - auc(one[:, best], group == enough[best]) for one in shuffled]
    carriers = [Carrier(columns[at], drop, float(alone[at])) for at, drop in zip(tried, drops, strict=True)]
    return Proxy(
        forbidden=forbidden,
        rows=len(rows),
        groups=tuple(
            Told(str(labels[here]), int(sizes[here]), figure)
            for here, figure in zip(enough, told, strict=True)
        ),
        left_out=tuple(str(name) for name, size in zip(labels, sizes, strict=True) if 0 < size < FEWEST),
        carriers=tuple(sorted(carriers, key=lambda one: (-one.drop, -one.alone))[:top]),
        reading=_reading(told[best]),
    )


def _some(places: Places, random: np.random.Generator) -> Places:
    known = np.flatnonzero(places >= 0)
    return (
        np.sort(random.choice(known, _ROWS, replace=False))  # nosec B311  # numpy's seeded generator
        if len(known) > _ROWS
        else known
    )


def _alone(column: Floats, group: Places, enough: Sequence[int]) -> float:
    """Give the best AUC of a column by itself; a missing value ranks below every other."""
    known = column[~np.isnan(column)]
    ranked = np.where(np.isnan(column), known.min() - 1.0 if len(known) else 0.0, column)
    areas = [auc(ranked, group == here) for here in enough]
    return max(max(area, 1.0 - area) for area in areas)


def _held_out(
    features: Floats, group: Places, random: np.random.Generator, seed: int
) -> tuple[Floats, list[Floats]]:
    """Give each row's chances by group, from a fold without it; and again with each column shuffled."""
    kinds = len(np.unique(group))
    chances = np.empty((len(group), kinds))
    shuffled = [np.empty((len(group), kinds)) for _ in range(features.shape[1])]
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed % 2**32)
    for fitted, held in folds.split(features, group):
        model = _model(seed).fit(features[fitted], group[fitted])
        chances[held] = model.predict_proba(features[held])
        for at, found in enumerate(shuffled):
            mixed = features[held].copy()
            mixed[:, at] = random.permutation(mixed[:, at])
            found[held] = model.predict_proba(mixed)
    return chances, shuffled


def _model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=seed % 2**32
    )


def _reading(best: Figure) -> Reading:
    if best.value > RISK:
        return "proxy risk"
    return "trace" if best.low > 0.5 else "none"
