"""Drawings of people: how groups fare at the cut-off, and whether the applicants have changed."""

from collections.abc import Sequence
from typing import Any

from engine.judge.intervals import Figure
from engine.monitor.drift import ACT, WATCH, Stability
from engine.monitor.fairness import FEWEST, FOUR_FIFTHS, Fairness, GroupRow
from engine.report.canvas import BAD, GOOD, INK, SOFT, Labels, draw
from engine.report.document import Grid
from engine.report.drawn import Drawn, percent, roots
from engine.report.wording import count, plain, share

_MOST = 14


def fairness_plot(report: Fairness, at: int) -> Drawn:
    """Draw each group's approval, adverse impact ratio, and bad rate beside its mean PD."""
    largest = sorted(report.groups, key=lambda row: -row.rows)[:_MOST]
    shown = [row for row in report.groups if row in largest]
    height = 0.95 + 0.3 * len(shown)

    def paint(figure: Any, label: Labels) -> None:
        bottom, high = 0.52 / height, 1.0 - 0.85 / height
        names = [label(row.group, 15) for row in shown]
        panels = [figure.add_axes((left, bottom, 0.215, high)) for left in (0.25, 0.505, 0.76)]
        for axes, title in zip(panels, ("approved", "AIR", "went bad"), strict=True):
            axes.set(ylim=(len(shown) - 0.5, -0.5), yticks=range(len(shown)))
            axes.set_title(title, fontsize=9, color=SOFT)
            axes.set_yticklabels(names if axes is panels[0] else [])
            axes.tick_params(axis="y", length=0)
            axes.grid(visible=False, axis="y")
        _dots(panels[0], [row.approval for row in shown], GOOD)
        _dots(panels[1], [row.air for row in shown], GOOD)
        _dots(panels[2], [row.bad_rate for row in shown], BAD)
        panels[0].set_xlim(0, 1)
        panels[0].set_xticks([0, 0.5, 1], ["0", "50", "100%"])
        ends = [row.air.high for row in shown if row.air]
        panels[1].set_xlim(0, min(max([1.2, *ends]) * 1.05, 2.0))
        panels[1].axvline(FOUR_FIFTHS, color=BAD, linewidth=1, linestyle="--")
        panels[1].set_xticks([FOUR_FIFTHS], ["0.8"])
        panels[2].plot(
            [row.mean_pd for row in shown], range(len(shown)), "D", color=INK, markersize=4, fillstyle="none"
        )
        rates = [row.bad_rate.high for row in shown if row.bad_rate and row.judged]
        panels[2].set_xlim(0, 1.15 * max([*rates, *(row.mean_pd for row in shown)]))
        panels[2].xaxis.set_major_locator(_few())
        panels[2].xaxis.set_major_formatter(percent)
        figure.text(0.985, 0.06 / height, "diamond: mean PD told", ha="right", fontsize=8.5, color=SOFT)

    said = _said(report)
    head = ("group", "loans", "approved", "AIR", "mean PD", "bad rate", "PDs are", "AUC")
    grid = Grid(
        f"Approved is a PD of {share(report.cutoff)} or less.", head, tuple(map(_line, report.groups))
    )
    return Drawn(report.attribute, draw(height, paint, name=f"group{at}", said=said), said, grid)


def drift_plot(reports: Sequence[Stability]) -> Drawn:
    """Draw the PSI of each column beside what chance alone would show, the greatest first."""
    ordered = sorted(reports, key=lambda one: -one.psi)
    shown = ordered[:25]
    height = 0.8 + 0.24 * len(shown)
    top = max(0.3, 1.2 * shown[0].psi)

    def paint(figure: Any, label: Labels) -> None:
        bottom, high = 0.5 / height, 1.0 - 0.72 / height
        axes = figure.add_axes((0.38, bottom, 0.58, high))
        places = range(len(shown))
        axes.barh(places, [one.psi for one in shown], color=GOOD, height=0.62, alpha=0.85)
        axes.plot([one.bound for one in shown], places, "|", color=INK, markersize=11, markeredgewidth=1.6)
        axes.set_yticks(places, [label(one.name, 21) for one in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        for bound, word in ((WATCH, "watch"), (ACT, "act")):
            axes.axvline(bound, color=BAD, linewidth=1, linestyle="--")
            axes.text(
                bound,
                1.01,
                word,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="bottom",
                fontsize=8.5,
            )
        roots(axes, "x")
        axes.set_xlim(0, top)
        ticks = [tick for tick in (0.0, 0.01, WATCH, ACT, 0.5, 1.0, 2.0) if tick <= top]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xlabel("PSI; upright stroke: chance")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)

    alarms = [one.name for one in ordered if one.verdict in {"watch", "act"}]
    said = (
        "How far the held-out applicants' answers lie from those learnt from. A bar that does not pass "
        "its upright stroke "
        "is no more than chance would show once in twenty. "
    ) + (f"Beyond 0.10: {', '.join(alarms[:8])}." if alarms else "No column is beyond 0.10.")
    lines = tuple(
        (
            one.name,
            plain(one.psi),
            plain(one.by_chance),
            plain(one.bound),
            "" if one.points_shift is None else f"{one.points_shift:+.1f}",
            one.verdict,
        )
        for one in ordered
    )
    head = ("column", "PSI", "by chance", "once in twenty", "points moved", "verdict")
    grid = Grid("Population stability of each column.", head, lines)
    return Drawn("Stability of each column (PSI)", draw(height, paint, name="drift", said=said), said, grid)


def _dots(axes: Any, figures: Sequence[Figure | None], colour: str) -> None:
    known = [(at, figure) for at, figure in enumerate(figures) if figure]
    if known:
        arms = [[f.value - f.low for _, f in known], [f.high - f.value for _, f in known]]
        values = [f.value for _, f in known]
        axes.errorbar(
            values, [at for at, _ in known], xerr=arms, color=colour, fmt="o", markersize=4, capsize=2.5
        )


def _said(report: Fairness) -> str:
    judged = [row for row in report.groups if row.judged and row.air]
    if len(judged) < 2:
        return f"Fewer than two groups have {FEWEST} loans: nothing can be judged."
    least = min(judged, key=lambda row: row.air.value if row.air else 1.0)
    air = least.air or Figure(1.0, 1.0, 1.0)
    verdict = "against the four-fifths rule" if report.against else "within the four-fifths rule (0.8)"
    off = [f"{row.group} ({row.level})" for row in report.groups if row.level in {"too harsh", "too mild"}]
    level = (
        f" PDs are off for {', '.join(off[:6])}."
        if off
        else " The PDs are true for every group, as far as can be told."
    )
    return (
        f"Approved most often is “{report.favoured}”, least “{least.group}”, at {air.value:.2f} of that rate "
        f"[{air.low:.2f}, {air.high:.2f}]: {verdict}.{level}"
    )


def _line(row: GroupRow) -> tuple[str, ...]:
    return (
        row.group,
        count(row.rows) if row.judged else f"{row.rows} (too few)",
        _interval(row.approval, percents=True),
        _interval(row.air),
        share(row.mean_pd),
        _interval(row.bad_rate, percents=True),
        row.level,
        _interval(row.auc),
    )


def _interval(figure: Figure | None, *, percents: bool = False) -> str:
    if figure is None:
        return "not measured"
    show = share if percents else plain
    return f"{show(figure.value)} [{show(figure.low)}, {show(figure.high)}]"


def _few() -> Any:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - drawing has loaded it

    return MaxNLocator(nbins=2, min_n_ticks=2)
