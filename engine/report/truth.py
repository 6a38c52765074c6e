"""Drawings of how true the probabilities are: calibration with a histogram below, and the periods of the book."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.judge.intervals import Bools, Floats
from engine.judge.reliability import table
from engine.monitor.periods import Period
from engine.report.canvas import BAD, GOOD, SOFT, Labels, draw
from engine.report.document import Grid
from engine.report.drawn import Drawn, percent, stretch
from engine.report.wording import Row, count, interval, plain, share


def calibration_plot(pd: Floats, bad: Bools, row: Row) -> Drawn:
    """Draw the bad rate of ten equal groups beside the PD they were told, and how many were told it."""
    groups = table(pd, bad)
    top = min(1.0, 1.15 * max([group.bad_rate.high for group in groups] + [groups[-1].mean_pd]))
    told = np.array([group.mean_pd for group in groups])
    rates = np.array([group.bad_rate.value for group in groups])
    arms = [
        [g.bad_rate.value - g.bad_rate.low for g in groups],
        [g.bad_rate.high - g.bad_rate.value for g in groups],
    ]
    edges = np.linspace(0.0, np.sqrt(top), 41) ** 2
    heights = np.histogram(np.minimum(pd, top), edges)[0] / len(pd)

    def paint(figure: Any, _: Labels) -> None:
        axes = figure.add_axes((0.14, 0.36, 0.82, 0.6))
        axes.plot([0, top], [0, top], color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.errorbar(told, rates, arms, color=GOOD, fmt="o", markersize=4.5, capsize=3, elinewidth=1.4)
        stretch(axes, "x", top)
        stretch(axes, "y", top)
        axes.tick_params(labelbottom=False)
        axes.set_ylabel("went bad")
        below = figure.add_axes((0.14, 0.13, 0.82, 0.18))
        below.stairs(heights, edges, color=SOFT, fill=True, alpha=0.45)
        stretch(below, "x", top)
        below.set(xlabel="chance of default that was told (low end stretched)", ylabel="loans")
        below.set_yticks([])
        below.grid(visible=False)

    off = sum(not group.bad_rate.low <= group.mean_pd <= group.bad_rate.high for group in groups)
    floor = f"; {share(row['ece_floor'])} would be chance" if row.get("ece_floor") is not None else ""
    said = (
        f"{len(groups)} groups of equal size from safest to riskiest: on the dotted line, what was foretold is what "
        "happened. Bars are 95 % "
        f"intervals; {len(groups) - off} of {len(groups)} hold the line. Mean distance (ECE): "
        f"{interval(row, 'ece', share)}{floor}."
    )
    rows = tuple(
        (
            f"{share(g.low_pd)} to {share(g.high_pd)}",
            count(g.rows),
            share(g.mean_pd),
            f"{share(g.bad_rate.value)} [{share(g.bad_rate.low)}, {share(g.bad_rate.high)}]",
        )
        for g in groups
    )
    grid = Grid(
        "Equal groups by PD; loans of one PD stay together.",
        ("PD from and to", "loans", "mean PD", "bad rate [95 %]"),
        rows,
    )
    return Drawn("Do the chances come true?", draw(4.4, paint, name="calibration", said=said), said, grid)


def periods_plot(periods: Sequence[Period]) -> Drawn:
    """Draw AUC, bad rate and mean PD of each period, in the order given."""
    places = np.arange(len(periods))

    def paint(figure: Any, label: Labels) -> None:
        upper = figure.add_axes((0.16, 0.57, 0.8, 0.39))
        lower = figure.add_axes((0.16, 0.17, 0.8, 0.35))
        known = [(at, one.auc) for at, one in enumerate(periods) if one.auc]
        arms = [[f.value - f.low for _, f in known], [f.high - f.value for _, f in known]]
        if known:
            at, figures = zip(*known, strict=True)
            upper.errorbar(
                at,
                [f.value for f in figures],
                arms,
                color=GOOD,
                fmt="o-",
                markersize=4,
                capsize=3,
                linewidth=1,
            )
        upper.set_ylabel("AUC")
        upper.set(xticks=[], xlim=(-0.5, len(periods) - 0.5))
        rated = [(at, one.bad_rate) for at, one in enumerate(periods) if one.bad_rate]
        if rated:
            at, figures = zip(*rated, strict=True)
            arms = [[f.value - f.low for f in figures], [f.high - f.value for f in figures]]
            lower.errorbar(
                at,
                [f.value for f in figures],
                arms,
                color=BAD,
                fmt="s",
                markersize=4,
                capsize=3,
                label="went bad",
            )
        told = [float("nan") if one.mean_pd is None else one.mean_pd for one in periods]
        lower.plot(places, told, color=SOFT, linestyle="--", linewidth=1.4, label="mean PD")
        lower.set_ylim(bottom=0)
        lower.yaxis.set_major_formatter(percent)
        lower.legend(loc="lower left", ncols=2)
        every = max(1, -(-len(periods) // 8))
        ticks = places[::every]
        lower.set_xticks(
            ticks,
            [label(periods[at].period, 12) for at in ticks],
            rotation=35,
            ha="right",
            rotation_mode="anchor",
        )
        lower.set_xlim(-0.5, len(periods) - 0.5)

    worse = [one.period for one in periods if one.worse]
    said = (
        "How well it ranked in each period, and whether as many went bad as it said; bars are 95 % intervals. "
        + (
            f"Clearly worse than on the whole: {', '.join(worse[:6])}."
            if worse
            else "No period is clearly worse than the whole."
        )
    )
    rows = tuple(
        (
            one.period,
            count(one.rows),
            f"{plain(one.auc.value)} [{plain(one.auc.low)}, {plain(one.auc.high)}]" if one.auc else "too few",
            f"{share(one.bad_rate.value)} [{share(one.bad_rate.low)}, {share(one.bad_rate.high)}]"
            if one.bad_rate
            else "too few",
            share(one.mean_pd),
            f"{plain(one.psi.psi)} ({one.psi.verdict})",
        )
        for one in periods
    )
    head = ("period", "loans", "AUC", "bad rate", "mean PD", "PSI of the PDs")
    grid = Grid("Each period of the held-out loans.", head, rows)
    return Drawn("Does it hold over time?", draw(3.9, paint, name="periods", said=said), said, grid)
