"""Fitting a scorecard: smooth curves first, then the best few steps that follow them, then whole points.

Curves are fitted jointly (`additive`), so correlated columns share what they know; the steps are exact
(`binning.best`), keep the direction of the catalogue or one turn at most, and carry the points. Factors of the
catalogue start from the points of a prior model: with no loans they are its points, with many they are the book's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine import binning
from engine.binning import Partition, Trend
from engine.bins import FactorPoints
from engine.factors import FACTORS, Direction
from engine.fitting import additive
from engine.fitting.additive import Floats
from engine.fitting.coding import Coding, coding
from engine.scale import BANDS, Band, Scale
from engine.scorecard import Scorecard, base_points
from engine.table import Column, Table

MOST_BINS = 10
# What one bin more must explain, in squared log-odds weighted by information; labels have no order to hold them.
_PRICE, _LABEL_PRICE = 0.05, 0.15
_TURN = 2.0  # what a turn must explain beyond a straight trend
_LEAST_SHARE, _LEAST_ROWS = 0.02, 10
_LABELS = 8.0  # strength 1 on labels, which have no neighbours to lean on
_PRIOR_HOLD, _PRIOR_BELIEF = (
    4.0,
    5.0,
)  # of a written prior: how tight, and how sure of that (docs/decisions/0015)
_SURE = 0.2  # of a factor's association, what must not be chance
_ENOUGH = 200_000  # rows: curves of more are no different, so they are fitted on an even sample
_SUITS: Mapping[Direction, Trend] = {"up": "down", "down": "up", "none": "auto", "evidence": "auto"}
_WHY = "fitted on the lender's own book"


@dataclass(frozen=True)
class Plan:
    """What the fit is told about the columns, by name.

    `catalogue`: those that are factors of the catalogue, as a mapping made them. `specials`: codes with bins
    of their own. `trends`: the shape the points must keep as the value rises.
    """

    catalogue: frozenset[str] = frozenset()
    specials: Mapping[str, Sequence[float]] = field(default_factory=dict)
    trends: Mapping[str, Trend] = field(default_factory=dict)


def fit(
    table: Table,
    bad: NDArray[np.bool_],
    *,
    model_id: str = "scorecard",
    plan: Plan | None = None,
    prior: Scorecard | None = None,
    slope: float = 1.0,
    scale: Scale | None = None,
    bands: tuple[Band, ...] = BANDS,
) -> Scorecard:
    """Fit a scorecard to a book's columns and outcomes.

    Catalogue columns keep their direction, stay neutral where they are missing, and start from the points of
    `prior`; factors of `prior` that the book lacks keep their points. `slope` stretches all curves, as
    calibration on held-out loans found it right. Raises ValueError if all loans ended alike.
    """
    if bad.all() or not bad.any():
        raise ValueError("a book needs both good and bad loans")
    plan, scale = plan or Plan(), scale or Scale()
    factors = _telling([_Factor.of(name, table[name], plan, prior) for name in table], ~bad)
    curves, information = _curves(factors, ~bad)
    entries, sums = [], np.zeros(len(bad))
    for factor, curve in zip(factors, curves, strict=True):
        worth, bins, order = factor.steps(slope * curve, information, scale)
        if worth.any():
            entries.append(factor.written(worth, bins, order))
            sums += np.append(worth, 0.0)[factor.codes]
    if not entries:  # nothing in the book tells good from bad: one column says so with its 0 points
        entries.append(factors[0].written(*factors[0].steps(0.0 * curves[0], information, scale)))
    kept = [entry for entry in prior.factors if entry.name not in table] if prior else []
    rate = round(float(bad.mean()), 6)
    level = _level(sums / scale.points_per_log_odds, ~bad)
    gap = round(level - float(np.log((1.0 - rate) / rate)), 4)
    return Scorecard(
        id=model_id,
        base=base_points(scale, rate, gap),
        bad_rate=rate,
        gap=gap,
        scale=scale,
        bands=bands,
        factors=tuple(entries + kept),
    )


def _telling(factors: Sequence["_Factor"], good: NDArray[np.bool_]) -> list["_Factor"]:
    """Give the factors that tell good from bad beyond chance; those of the prior always stay.

    Where none does, the surest stays, to say so with its points.
    """
    sure = [1.0 if factor.believed else additive.sureness(factor.term, good) for factor in factors]
    kept = [factor for factor, share in zip(factors, sure, strict=True) if share >= _SURE]
    return kept or [factors[int(np.argmax(sure))]]


def _curves(factors: Sequence["_Factor"], good: NDArray[np.bool_]) -> tuple[list[Floats], Floats]:
    """Fit the curves jointly; give them, and each row's information p(1-p)."""
    every = slice(None, None, len(good) // _ENOUGH + 1)
    terms = [replace(factor.term, codes=factor.codes[every]) for factor in factors]
    naive = additive.naive(terms, good[every])
    terms = [
        term if factor.believed else replace(term, prior=curve)
        for factor, term, curve in zip(factors, terms, naive, strict=True)
    ]
    fitted = additive.fit(terms, good[every])
    odds = fitted.level + additive.total([factor.term for factor in factors], fitted.curves)
    chance = 1.0 / (1.0 + np.exp(-odds))
    return list(fitted.curves), chance * (1.0 - chance)


@dataclass(frozen=True)
class _Factor:
    """One column on its way to points; `believed` where its term starts from a written prior."""

    name: str
    own: bool
    believed: bool
    coding: Coding
    term: additive.Term
    trend: Trend

    @classmethod
    def of(cls, name: str, column: Column, plan: Plan, prior: Scorecard | None) -> "_Factor":
        own = name not in plan.catalogue
        written = None if own or prior is None else prior.points_at(name)
        laid = coding(
            column,
            specials=plan.specials.get(name, ()),
            factor=None if own else FACTORS[name],
            cuts=written.cuts if written else (),
        )
        penalty = (_LABELS if laid.labels else 1.0) * np.eye(laid.size)
        if not laid.labels:
            penalty[: laid.ordered, : laid.ordered] = additive.smooth(laid.ordered)
        term = additive.Term(laid.codes(column), laid.size, penalty, np.zeros(laid.size))
        if written and prior:
            curve = laid.curve(written) / prior.scale.points_per_log_odds
            term = replace(term, penalty=_PRIOR_HOLD * penalty, prior=curve, belief=_PRIOR_BELIEF)
        trend = plan.trends.get(name, "auto") if own else _SUITS[FACTORS[name].direction]
        return cls(name, own, written is not None, laid, term, trend)

    @property
    def codes(self) -> additive.Codes:
        return self.term.codes

    def steps(
        self, curve: Floats, information: Floats, scale: Scale
    ) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
        """Give the points of each level, and the bin of each ordered one in the order they were joined in.

        A lender's own column counts from its average borrower; one of the catalogue from what is not known.
        """
        laid, ordered = self.coding, self.coding.ordered
        rows = additive.held(self.codes, laid.size)
        weight = np.maximum(additive.held(self.codes, laid.size, information), 1e-9)
        if self.own and rows.any():
            curve = curve - float(curve @ rows / rows.sum())
        order = np.argsort(curve[:ordered], kind="stable") if laid.labels else np.arange(ordered)
        bins = self._partition(curve[order], weight[order], rows[order]).spread(ordered)
        means = np.bincount(bins, weight[order] * curve[order]) / np.bincount(bins, weight[order])
        worth = curve.copy()
        worth[order] = means[bins]
        return np.round(worth * scale.points_per_log_odds), bins, order

    def _partition(self, curve: Floats, weight: Floats, rows: Floats) -> Partition:
        least = min(max(_LEAST_ROWS, _LEAST_SHARE * rows.sum()), 0.3 * rows.sum())
        trend, price = self.trend, _PRICE
        if self.coding.labels:  # already in the order of their curve
            least, trend, price = 0.0, "up", _LABEL_PRICE
        if self.believed:  # the prior's steps need no loans of this book to stand
            least, price = 0.0, 0.0
        cost, value = binning.least_squares(curve, weight, rows, least=least, price=price)
        return binning.best(cost, value, trend=trend, most=MOST_BINS, turn=_TURN)

    def written(self, worth: Floats, bins: NDArray[np.intp], order: NDArray[np.intp]) -> FactorPoints:
        """Write the bins down; for labels, a group each, without the level of all the others."""
        laid, points = self.coding, tuple(int(value) for value in worth)
        first = [int(at) for at in np.searchsorted(bins, np.arange(int(bins[-1]) + 1))]
        cuts: tuple[float, ...] = ()
        groups: tuple[tuple[str, ...], ...] = ()
        if laid.labels:
            names = [*laid.labels, ""]
            groups = tuple(
                tuple(sorted(names[at] for at in order[bins == group] if names[at]))
                for group in range(len(first))
            )
            first = [start for start, group in zip(first, groups, strict=True) if group]
            groups = tuple(group for group in groups if group)
        else:
            cuts = tuple(laid.cuts[start - 1] for start in first[1:])
        return FactorPoints(
            name=self.name,
            why=_WHY,
            own=self.own,
            unit=laid.unit,
            cuts=cuts,
            classes=groups,
            points=tuple(points[order[start]] for start in first),
            missing=points[laid.ordered] if laid.missing else 0,
            other=points[len(laid.labels)] if laid.others else 0,
            specials=tuple(zip(laid.specials, points[laid.ordered + laid.missing :], strict=True)),
        )


def _level(sums: Floats, good: NDArray[np.bool_]) -> float:
    """Give the level at which the mean chance of good is what happened (Newton's method)."""
    level = 0.0
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-(level + sums)))
        step = float((good - chance).sum() / max(float((chance * (1.0 - chance)).sum()), 1e-12))
        level += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-9:
            break
    return level
