"""Drawings of the factors: what each bin told of good and bad (WOE), how much, and the points it is worth."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.bins import FactorPoints
from engine.report.binned import bins
from engine.report.canvas import BAD, GOOD, SOFT, Labels, draw
from engine.report.document import Grid
from engine.report.drawn import Drawn
from engine.report.evidence import Term
from engine.report.wording import clean, count, plain, share

_HALF = 0.5  # what an empty side of a bin counts as, so that its weight of evidence stays finite
_MOST_BINS = 14


class Weight(NamedTuple):
    """One bin: loans by outcome, weight of evidence (log-odds above the book's), its part of the IV, its points."""

    label: str
    goods: int
    bads: int
    woe: float
    part: float
    points: int | None


class Told(NamedTuple):
    """A factor's bins, its information value and its KS alone (0..1), over the loans it was fitted on."""

    name: str
    bins: tuple[Weight, ...]
    iv: float
    ks: float


def told(name: str, term: Term, entry: FactorPoints | None) -> Told:
    """Reckon WOE, IV and KS of a factor. A side of a bin that is empty counts half a loan; empty bins are left out.

    WOE = ln(share of good loans / share of bad ones); IV = sum of (share of good - share of bad) * WOE; KS is the
    greatest distance of the two shares, summed from the riskiest bin on (Siddiqi 2006, ch. 6).
    """
    labels, goods, bads, _ = term
    worth: Sequence[int | None] = [None] * len(labels)
    if entry is not None and len(bins(entry)) == len(labels):
        worth = [made.points for made in bins(entry)]
    all_good, all_bad = max(sum(goods), 1), max(sum(bads), 1)
    made = []
    for label, good, bad, points in zip(labels, goods, bads, worth, strict=True):
        if good + bad:
            woe = math.log((good or _HALF) / all_good) - math.log((bad or _HALF) / all_bad)
            made.append(Weight(label, good, bad, woe, (good / all_good - bad / all_bad) * woe, points))
    apart, widest = 0.0, 0.0
    for one in sorted(made, key=lambda one: one.woe):
        apart += one.bads / all_bad - one.goods / all_good
        widest = max(widest, apart)
    return Told(name, tuple(made), math.fsum(one.part for one in made), widest)


def ranked(terms: Mapping[str, Term], entries: Mapping[str, FactorPoints]) -> list[Told]:
    """Give every factor's bins, the most informative factor first."""
    found = [told(name, term, entries.get(name)) for name, term in terms.items()]
    return sorted(found, key=lambda one: -one.iv)


def summary(factors: Sequence[Told]) -> Grid:
    """Table all factors by what they tell alone."""
    said = (
        "Information value (IV) and KS of each factor by itself, on the loans learnt from: below 0.02 tells next to "
        "nothing, above 0.3 much, above 0.5 so much that it is worth asking why."
    )
    lines = tuple(
        (one.name, f"{one.iv:.3f}", f"{one.ks:.3f}", str(len(one.bins)), _range(one)) for one in factors
    )
    return Grid(said, ("factor", "IV", "KS", "bins", "points"), lines)


def factor_plot(factor: Told, at: int) -> Drawn:
    """Draw one factor: WOE on the left, points on the right where the model has them."""
    shown = factor.bins[:_MOST_BINS]
    pointed = all(one.points is not None for one in shown)
    height = 0.42 + 0.25 * len(shown)

    def paint(figure: Any, label: Labels) -> None:
        bottom, high = 0.06 / height, 1.0 - 0.4 / height
        left, wide = 0.35, 0.31 if pointed else 0.62
        axes = figure.add_axes((left, bottom, wide, high))
        _bars(axes, [one.woe for one in shown], "{:+.2f}")
        axes.set_yticks(
            range(len(shown)), [label(one.label.replace(" to below ", " to "), 23) for one in shown]
        )
        axes.set_title("weight of evidence", fontsize=9, color=SOFT)
        if pointed:
            other = figure.add_axes((left + wide + 0.03, bottom, wide, high))
            _bars(other, [float(one.points or 0) for one in shown], "{:+.0f}")
            other.set_yticks([])
            other.set_title("points", fontsize=9, color=SOFT)

    best, worst = max(factor.bins, key=lambda one: one.woe), min(factor.bins, key=lambda one: one.woe)
    rates = [one.bads / (one.goods + one.bads) for one in (best, worst)]
    left_out = (
        f" {len(factor.bins) - _MOST_BINS} more bins are in the table."
        if len(factor.bins) > _MOST_BINS
        else ""
    )
    said = (
        f"Safest: {clean(best.label, 80)}, of which {share(rates[0])} went bad; riskiest: {clean(worst.label, 80)}, "
        f"{share(rates[1])}. IV {factor.iv:.3f}, KS {factor.ks:.3f}.{left_out}"
    )
    lines = tuple(
        (
            one.label,
            count(one.goods + one.bads),
            share(one.bads / (one.goods + one.bads)),
            f"{one.woe:+.3f}",
            plain(one.part),
            "" if one.points is None else f"{one.points:+d}",
        )
        for one in factor.bins
    )
    grid = Grid(
        "Its bins on the loans learnt from.", ("bin", "loans", "bad rate", "WOE", "IV", "points"), lines
    )
    return Drawn(factor.name, draw(height, paint, name=f"factor{at}", said=said), said, grid)


def _bars(axes: Any, values: Sequence[float], form: str) -> None:
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.42 * ((high - low) or 1.0)  # for the figures beside the bars
    axes.barh(
        range(len(values)),
        values,
        color=[GOOD if value >= 0 else BAD for value in values],
        height=0.72,
        alpha=0.85,
    )
    for at, value in enumerate(values):
        side = 1 if value >= 0 else -1
        place, anchor = value + 0.07 * room * side, "left" if side > 0 else "right"
        axes.text(place, at, form.format(value), va="center", ha=anchor, fontsize=8.5)
    axes.axvline(0.0, color=SOFT, linewidth=0.8)
    left = low - room if low < 0 else -0.1 * room
    axes.set(xlim=(left, high + room), ylim=(len(values) - 0.4, -0.6), xticks=[])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)


def _range(one: Told) -> str:
    worths = [bin_.points for bin_ in one.bins if bin_.points is not None]
    return f"{min(worths):+d} to {max(worths):+d}" if worths else "none"
