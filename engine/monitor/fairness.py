"""Does the model treat groups alike? Approval, adverse impact, calibration and ranking by protected group.

A group of fewer than 30 is shown and flagged, never judged, and never the yardstick. What is measured of bad
loans is measured on those that were lent: nothing is known of how the refused would have paid.
"""

import itertools
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from engine.judge.delong import auc_figure
from engine.judge.intervals import Bools, Figure, Floats, Places, katz, newcombe, wilson
from engine.judge.reliability import probable
from engine.monitor.gates import Gate, Justification, fits

FOUR_FIFTHS = 0.8
FEWEST = 30

Truth = Literal["true", "too harsh", "too mild", "unknown"]


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group at the cut-off; what could not be measured is None.

    `air`: its approval rate over that of the most favoured group, with Katz's interval; below 0.8 it is against the
    `four_fifths` rule (29 CFR 1607.4 D). `opportunity`: approval among its good loans less that among the most
    favoured group's (Hardt et al. 2016). `level`: its PDs are "too harsh" where the mean PD is above the interval of
    its bad rate, "too mild" below.
    """

    group: str
    rows: int
    judged: bool
    approved: int
    approval: Figure
    air: Figure | None
    four_fifths: bool | None
    mean_pd: float
    bads: int | None
    bad_rate: Figure | None
    level: Truth
    opportunity: Figure | None
    auc: Figure | None


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """All groups of one attribute. `least` is the lowest AIR of a judged group (None: fewer than two were).

    `missing` counts the rows whose group is not known; they are in no figure. `against` names the judged groups
    that fail the four-fifths rule.
    """

    attribute: str
    cutoff: float
    favoured: str | None
    least: float | None
    against: tuple[str, ...]
    missing: int
    groups: tuple[GroupRow, ...]


def fairness(
    attribute: str, places: Places, labels: Sequence[str], pd: Floats, bad: Bools | None, *, cutoff: float
) -> Fairness:
    """Measure one protected attribute; a loan is approved where its PD is `cutoff` or less.

    `places` index `labels`, -1 for missing; for a number such as age make them with `bands`. `bad` None:
    outcomes are not known. Raises ValueError for anything that is no PD and for columns of other lengths.
    """
    if len(places) != len(pd) or places.max(initial=-1) >= len(labels):
        raise ValueError(
            f"{attribute}: {len(places)} groups for {len(pd)} loans, each with a label, are needed"
        )
    bad = None if bad is None else bad.astype(np.bool_)  # 0 and 1 would do all but the `~` below
    probable(pd, np.zeros(len(pd), dtype=bool) if bad is None else bad)
    approved = pd <= cutoff
    inside = {name: places == at for at, name in enumerate(labels) if (places == at).any()}
    rates = {name: float(approved[here].mean()) for name, here in inside.items() if here.sum() >= FEWEST}
    favoured = max(rates, key=lambda name: rates[name]) if rates and max(rates.values()) > 0 else None
    yardstick = inside[favoured] if favoured is not None else None
    rows = tuple(
        _row(name, here, yardstick, approved, pd, bad, itself=name == favoured)
        for name, here in inside.items()
    )
    ratios = [row.air.value for row in rows if row.judged and row.air]
    return Fairness(
        attribute=attribute,
        cutoff=cutoff,
        favoured=favoured,
        least=min(ratios) if len(ratios) > 1 else None,
        against=tuple(row.group for row in rows if row.judged and row.four_fifths is False),
        missing=int((places < 0).sum()),
        groups=rows,
    )


def bands(values: Floats, floors: Sequence[float]) -> tuple[Places, tuple[str, ...]]:
    """Group a number (age) into stated bands: below the first floor, from each floor up; NaN is -1."""
    if not floors or list(floors) != sorted(set(floors)):
        raise ValueError("the floors of bands rise")
    middle = (f"{low:g} to below {high:g}" for low, high in itertools.pairwise(floors))
    labels = (f"below {floors[0]:g}", *middle, f"{floors[-1]:g} up")
    places = np.searchsorted(np.asarray(floors, dtype=np.float64), values, side="right")
    return np.where(np.isnan(values), -1, places), labels


def cross(
    one: Places, one_labels: Sequence[str], other: Places, other_labels: Sequence[str]
) -> tuple[Places, tuple[str, ...]]:
    """Group by two attributes at once (sex and age band); missing in either is missing."""
    labels = tuple(f"{first}, {second}" for first in one_labels for second in other_labels)
    return np.where((one < 0) | (other < 0), -1, one * len(other_labels) + other), labels


def gate(reports: Sequence[Fairness], justification: Justification | None = None) -> Gate:
    """Say whether a model may be released: no judged group's AIR below four fifths, by its own figure.

    An interval does not excuse a figure below the bound, and what was not measured is not fair: without
    one measured attribute the gate is closed. A justification signed for exactly these reports opens it.
    """
    measured = [report.least for report in reports if report.least is not None]
    failing = [f"{report.attribute}: {name}" for report in reports for name in report.against]
    least = min(measured, default=None)
    if not measured:
        why = "no attribute has two groups large enough to be judged"
    elif failing:
        why = f"below four fifths of the most favoured group: {'; '.join(failing)}"
    else:
        why = "every judged group has at least four fifths of the most favoured group's approval"
    fair = bool(measured) and not failing
    excuse = justification if justification and not fair and fits(justification, reports) else None
    if justification and not fair and not excuse:
        why += "; the justification was signed for other figures"
    return Gate(
        name="fairness",
        open=fair or excuse is not None,
        figure=least,
        bound=FOUR_FIFTHS,
        why=why,
        justification=excuse,
    )


def _row(
    name: str,
    here: Bools,
    yardstick: Bools | None,
    approved: Bools,
    pd: Floats,
    bad: Bools | None,
    *,
    itself: bool,
) -> GroupRow:
    rows, passed = int(here.sum()), int(approved[here].sum())
    judged = rows >= FEWEST
    air = None
    if itself:
        air = Figure(1.0, 1.0, 1.0)
    elif yardstick is not None:
        air = katz(passed, rows, int(approved[yardstick].sum()), int(yardstick.sum()))
    bads = None if bad is None else int(bad[here].sum())
    rate = None if bads is None else wilson(bads, rows)
    mean = float(pd[here].mean())
    return GroupRow(
        group=str(name),
        rows=rows,
        judged=judged,
        approved=passed,
        approval=wilson(passed, rows),
        air=air,
        four_fifths=air.value >= FOUR_FIFTHS if air and judged else None,
        mean_pd=mean,
        bads=bads,
        bad_rate=rate,
        level=_level(mean, rate) if judged else "unknown",
        opportunity=_opportunity(here, yardstick, approved, bad) if judged and not itself else None,
        auc=auc_figure(pd[here], bad[here]) if bad is not None and judged and bads not in (0, rows) else None,
    )


def _level(mean: float, rate: Figure | None) -> Truth:
    if rate is None:
        return "unknown"
    if mean > rate.high:
        return "too harsh"
    return "too mild" if mean < rate.low else "true"


def _opportunity(here: Bools, yardstick: Bools | None, approved: Bools, bad: Bools | None) -> Figure | None:
    if bad is None or yardstick is None:
        return None
    good, other = here & ~bad, yardstick & ~bad
    if not good.any() or not other.any():
        return None
    shares = [wilson(int(approved[part].sum()), int(part.sum())) for part in (good, other)]
    return newcombe(*shares)
