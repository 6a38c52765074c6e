"""Fitting a scorecard: smooth curves first, then the best few steps that follow them, then whole points.

Curves are fitted jointly (`additive`), so correlated columns share what they know; the steps are exact
(`binning.best`), keep the direction of the catalogue or one turn at most, and carry the points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine import binning
from engine.binning import Partition, Trend
from engine.factors import FACTORS, POSITIVE_ONLY
from engine.fitting import additive
from engine.fitting.coding import Coding, coding, levels
from engine.scale import BANDS, Band, Scale
from engine.bins import FactorPoints
from engine.scorecard import Scorecard, base_points
from engine.table import Column, Table

Floats = NDArray[np.float64]

_MOST_BINS = 10
_PRICE = 0.05  # what a bin more must explain: half its squared log-odds, weighted by information
_TURN = 2.0  # what a turn must explain beyond a straight trend
_LEAST_SHARE, _LEAST_ROWS = 0.02, 10
_SUITS = {"up": "down", "down": "up"}  # risk rises, so points fall
_LABELS = 8.0  # strength 1 on labels, which have no neighbours to lean on


@dataclass(frozen=True)
class Plan:
    """What the fit is told about the columns, by name.

    `catalogue`: those that are factors of the catalogue, as a mapping made them. `specials`: codes with bins
    of their own. `trends`: the shape the points must keep.
    """

    catalogue: frozenset[str] = frozenset()
    specials: Mapping[str, Sequence[float]] = field(default_factory=dict)
    trends: Mapping[str, Trend] = field(default_factory=dict)


@dataclass(frozen=True)
class _Factor:
    name: str
    own: bool
    coding: Coding
    term: additive.Term


def fit(
    table: Table,
    bad: NDArray[np.bool_],
    *,
    model_id: str = "scorecard",
    plan: Plan | None = None,
    prior: Scorecard | None = None,
    scale: Scale | None = None,
    bands: tuple[Band, ...] = BANDS,
) -> Scorecard:
    """Fit a scorecard to a book's columns and outcomes.

    Columns named as factors of the catalogue keep its direction, stay neutral where they are missing, and
    start from the points of `prior`. Raises ValueError if all loans ended alike.
    """
    plan, scale = plan or Plan(), scale or Scale()
    factors = [_factor(name, table[name], plan, prior, scale) for name in table]
    terms = [factor.term for factor in factors]
    terms = [
        replace(term, prior=curve) for term, curve in zip(terms, additive.naive(terms, ~bad), strict=True)
    ]
    fitted = additive.fit(terms, ~bad)
    odds = fitted.log_odds(terms)
    chance = 1.0 / (1.0 + np.exp(-odds))
    information = chance * (1.0 - chance)
    entries, sums = [], np.zeros(len(bad))
    for factor, curve in zip(factors, fitted.curves, strict=True):
        entry, worth = _entry(factor, curve, information, bad, plan, scale)
        if any(worth):
            entries.append(entry)
            sums += np.append(worth, 0.0)[factor.term.codes]
    rate = float(bad.mean())
    level = _level(sums / scale.points_per_log_odds, ~bad)
    gap = round(level - float(np.log((1.0 - rate) / rate)), 4)
    rate = round(rate, 6)
    return Scorecard(
        id=model_id,
        base=base_points(scale, rate, gap),
        bad_rate=rate,
        gap=gap,
        scale=scale,
        bands=bands,
        factors=tuple(entries) or (_nothing(factors[0], scale),),
    )


def _factor(name: str, column: Column, plan: Plan, prior: Scorecard | None, scale: Scale) -> _Factor:
    known = name in plan.catalogue
    laid = coding(
        column, most=levels(len(column), column), specials=plan.specials.get(name, ()), neutral=known
    )
    if laid.labels:
        penalty = _LABELS * np.eye(laid.size)
    else:
        penalty = np.eye(laid.size)
        penalty[: laid.ordered, : laid.ordered] = additive.smooth(laid.ordered)
    start = np.zeros(laid.size)
    term = additive.Term(laid.codes(column), laid.size, penalty, start)
    return _Factor(name, not known, laid, term)


def _entry(
    factor: _Factor, curve: Floats, information: Floats, bad: NDArray[np.bool_], plan: Plan, scale: Scale
) -> tuple[FactorPoints, Floats]:
    """Give the factor's bins with their points, and the points of each level."""
    laid, codes = factor.coding, factor.term.codes
    rows = np.bincount(codes, minlength=laid.size + 1)[: laid.size].astype(np.float64)
    weight = np.bincount(codes, information, minlength=laid.size + 1)[: laid.size]
    curve = curve - (curve @ rows / rows.sum() if rows.any() and factor.own else 0.0)
    ordered = laid.ordered
    order = np.argsort(curve[:ordered], kind="stable") if laid.labels else np.arange(ordered)
    part = _partition(factor, curve[order], weight[order], rows[order], plan)
    bins = part.spread(ordered)
    held = np.maximum(np.bincount(bins, weight[order]), 1e-12)
    steps = np.bincount(bins, weight[order] * curve[order]) / held
    worth = np.empty(laid.size)
    worth[order] = steps[bins]
    worth[ordered:] = curve[ordered:]
    worth = np.round(worth * scale.points_per_log_odds)
    return _written(factor, order, bins, worth), worth


def _partition(factor: _Factor, curve: Floats, weight: Floats, rows: Floats, plan: Plan) -> Partition:
    known = None if factor.own else FACTORS[factor.name]
    if factor.coding.labels:
        trend: Trend = "up"
        least = 0.0
    else:
        wanted = _SUITS.get(known.direction, "auto") if known else plan.trends.get(factor.name, "auto")
        trend = wanted  # type: ignore[assignment]
        least = min(max(_LEAST_ROWS, _LEAST_SHARE * rows.sum()), 0.3 * rows.sum())
    cost, value = binning.least_squares(curve, weight + 1e-9, rows, least=least, price=_PRICE)
    return binning.best(cost, value, trend=trend, most=_MOST_BINS, turn=_TURN)


def _written(factor: _Factor, order: NDArray[np.intp], bins: NDArray[np.intp], worth: Floats) -> FactorPoints:
    laid, points = factor.coding, tuple(int(value) for value in worth)
    after = laid.ordered
    missing = points[after] if laid.missing else 0
    specials = tuple(zip(laid.specials, points[after + laid.missing :], strict=True))
    first = [int(np.flatnonzero(bins == at)[0]) for at in range(int(bins[-1]) + 1)]
    if not laid.labels:
        return FactorPoints(
            name=factor.name,
            why="fitted on the lender's own book",
            own=factor.own,
            unit=laid.unit,
            cuts=tuple(laid.cuts[at - 1] for at in first[1:]),
            points=tuple(points[at] for at in first),
            missing=missing,
            specials=specials,
        )
    names = [*laid.labels, ""][: laid.ordered]  # the last is all other labels
    groups = tuple(
        tuple(names[at] for at in order[bins == group] if names[at]) for group in range(len(first))
    )
    kept = [at for at, group in enumerate(groups) if group]
    return FactorPoints(
        name=factor.name,
        why="fitted on the lender's own book",
        own=factor.own,
        classes=tuple(groups[at] for at in kept),
        points=tuple(points[order[first[at]]] for at in kept),
        missing=missing,
        other=points[len(laid.labels)] if laid.others else 0,
    )


def _nothing(factor: _Factor, scale: Scale) -> FactorPoints:
    entry, _ = FactorPoints(name=factor.name, own=True, why="says nothing", points=(0,)), scale
    return entry


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
