"""Drawings of how well the models rank: ROC, KS, and the scores of good and of bad loans."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.judge.curves import ks_curve, roc, score_bands
from engine.judge.intervals import Bools, Floats
from engine.report.canvas import BAD, FIFTH, FOURTH, GOOD, INK, LINE, SOFT, THIRD, Labels, draw
from engine.report.document import Grid
from engine.report.drawn import Drawn, percent, stretch
from engine.report.wording import Row, count, interval, share
from engine.scale import Band, Scale

_LINES = ((GOOD, "-"), (BAD, "--"), (THIRD, "-."), (FOURTH, ":"), (FIFTH, (0, (5, 1, 1, 1, 1, 1))))


def roc_plot(pd: Mapping[str, Floats], bad: Bools, chosen: str, rows: Mapping[str, Row]) -> Drawn:
    """Draw the ROC curves of all kinds; `rows` hold each kind's figures."""
    ordered = [chosen, *(kind for kind in pd if kind != chosen)]

    def paint(figure: Any, label: Labels) -> None:
        axes = figure.add_axes((0.14, 0.13, 0.82, 0.82))
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
        for at, kind in enumerate(ordered):
            curve = roc(pd[kind], bad)
            colour, style = _LINES[at % len(_LINES)]
            name = f"{kind} {interval(rows[kind], 'auc')}"
            axes.plot(curve.false_alarms, curve.hits, color=colour, linestyle=style, label=label(name, 44))
        axes.set(
            xlim=(0, 1),
            ylim=(0, 1),
            xlabel="share of good loans refused",
            ylabel="share of bad loans refused",
        )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(percent)
        axes.legend(loc="lower right", title="AUC [95 % interval]", title_fontsize=9, handlelength=2.6)

    wrong = rows[chosen]
    said = (
        f"Refusing from the riskiest loan on, how many bad loans are caught for how many good ones lost: "
        f"the nearer to "
        f"the upper left corner, the better; the dotted diagonal is chance. AUC of the {chosen}: "
        f"{interval(wrong, 'auc')}."
    )
    return Drawn("Who is caught, who is lost (ROC)", draw(4.3, paint, name="roc", said=said), said)


def ks_plot(pd: Floats, bad: Bools, row: Row) -> Drawn:
    """Draw the shares of good and of bad loans up to each PD, and where they are farthest apart."""
    curve = ks_curve(pd, bad)
    top = float(min(1.0, 1.1 * np.quantile(pd, 0.998)))
    at = curve.cutoff.index(curve.at)
    low, high = sorted((curve.bad[at], curve.good[at]))

    def paint(figure: Any, label: Labels) -> None:
        axes = figure.add_axes((0.14, 0.15, 0.82, 0.8))
        axes.plot(curve.cutoff, curve.good, color=GOOD, label="good loans")
        axes.plot(curve.cutoff, curve.bad, color=BAD, linestyle="--", label="bad loans")
        axes.plot([curve.at, curve.at], [low, high], color=INK, linewidth=1.4, marker="_", markersize=9)
        axes.annotate(
            label(f"KS {share(curve.ks)}"),
            (curve.at, high),
            xytext=(7, -14),
            textcoords="offset points",
        )
        axes.set(ylim=(0, 1), xlabel="chance of default (PD)", ylabel="share of loans up to this PD")
        axes.yaxis.set_major_formatter(percent)
        stretch(axes, "x", max(top, curve.at * 1.1))
        axes.legend(loc="lower right")

    said = (
        f"At a PD of {share(curve.at)} the model parts best: {share(curve.good[at])} of the good loans "
        f"lie below it and "
        f"{share(curve.bad[at])} of the bad ones. KS, the distance: {interval(row, 'ks', share)}."
    )
    return Drawn("Where it parts good from bad (KS)", draw(3.4, paint, name="ks", said=said), said)


def scores_plot(scores: Floats, bad: Bools, scale: Scale, bands: tuple[Band, ...]) -> Drawn:
    """Draw how the scores of good and of bad loans lie on the scale and its bands."""
    edges = np.linspace(scale.low, scale.high, 56)
    held = np.clip(scores, scale.low, scale.high)
    shares = [np.histogram(held[part], edges)[0] / max(int(part.sum()), 1) for part in (~bad, bad)]
    table = score_bands(held, bad, {band.name: float(band.floor) for band in bands})
    least, most = _ends(held, scale)

    def paint(figure: Any, label: Labels) -> None:
        axes = figure.add_axes((0.14, 0.15, 0.82, 0.75))
        for part, colour, style, name in zip(
            shares, (GOOD, BAD), ("-", "--"), ("good loans", "bad loans"), strict=True
        ):
            axes.stairs(part, edges, color=colour, fill=True, alpha=0.22)
            axes.stairs(part, edges, color=colour, linestyle=style, linewidth=1.6, label=name)
        tops = [*(float(band.floor) for band in bands[:-1]), float(scale.low)]
        for ceiling, band in zip([float(scale.high), *tops], bands, strict=False):
            floor = max(float(band.floor), float(scale.low))
            axes.axvline(floor, color=LINE, linewidth=0.9)
            middle = (max(floor, least) + min(ceiling, most)) / 2
            if min(ceiling, most) - max(floor, least) > (most - least) / 25:
                axes.text(middle, 1.03, label(band.name), transform=axes.get_xaxis_transform(), ha="center")
        axes.set(xlim=(least, most), xlabel="score (higher is safer)", ylabel="share of its loans")
        axes.set_ylim(bottom=0)
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_formatter(percent)
        axes.legend(loc="upper left")

    said = "How the scores of loans that were paid and of loans that went bad lie; the letters above are the bands."
    rows = tuple(
        (
            f"{row.band} (from {row.floor:.0f})",
            count(row.rows),
            share(row.share),
            count(row.bads),
            f"{share(row.bad_rate.value)} [{share(row.bad_rate.low)}, {share(row.bad_rate.high)}]"
            if row.bad_rate
            else "nobody",
        )
        for row in table
    )
    grid = Grid("The bands, best first.", ("band", "loans", "share", "bad", "bad rate"), rows)
    return Drawn("Scores of good and bad loans", draw(3.4, paint, name="scores", said=said), said, grid)


def _ends(held: Floats, scale: Scale) -> tuple[float, float]:
    low, high = np.quantile(held, [0.001, 0.999])
    return max(float(low) - 15.0, float(scale.low)), min(float(high) + 15.0, float(scale.high))
