"""Are the probabilities true? Calibration table, slope and level, Hosmer-Lemeshow, and what chance alone would show.

"Reliability" as in reliability diagram: the share that went bad beside the share that was foretold.
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from engine.judge.intervals import Bools, Figure, Floats, Places, chi_square_tail, normal, wilson

GROUPS = 10
_LEAST = 1e-9  # PDs nearer to 0 or 1 than this are read as this where a log-odds is taken
_STEPS, _TOLERANCE, _STEEPEST = 50, 1e-9, 1e3


class Cells(NamedTuple):
    """Loans by distinct PD, rising, with how many were good and bad at each: all that most figures need."""

    pd: Floats
    good: Floats
    bad: Floats


class Group(msgspec.Struct, frozen=True):
    """One of (at most) ten equal groups by PD, safest first; `bad_rate` with Wilson's interval."""

    rows: int
    low_pd: float
    high_pd: float
    mean_pd: float
    bads: int
    bad_rate: Figure


class Line(msgspec.Struct, frozen=True):
    """logit(bad rate) = level + slope * logit(PD); true PDs have slope 1 and level 0.

    `slope` below 1 says that the PDs are too extreme (Cox 1958, Biometrika 45:562). `level` is the
    calibration in the large: the log-odds by which bad loans exceed the PDs when the slope is held at 1
    (Steyerberg 2009, ch. 15).
    """

    slope: Figure
    level: Figure


def cells(pd: Floats, bad: Bools | Floats) -> Cells:
    """Count good and bad loans at each distinct PD, or at each value of anything else that ranks.

    `bad` may also be a chance (0..1) for each loan, which then counts as that part of a bad one.
    Raises ValueError unless there is one finite number and one outcome a loan.
    """
    if len(pd) != len(bad) or not np.isfinite(pd).all():
        raise ValueError(f"{len(pd)} PDs for {len(bad)} outcomes: one finite number is needed for each")
    values, places = np.unique(pd, return_inverse=True)
    all_of = np.bincount(places, minlength=len(values)).astype(np.float64)
    bads = np.bincount(places, bad, minlength=len(values)).astype(np.float64)
    return Cells(values, all_of - bads, bads)


def probable(pd: Floats, bad: Bools) -> Cells:
    """Count as `cells` does, and raise ValueError unless every PD is a probability."""
    of = cells(pd, bad)
    if len(of.pd) and not 0.0 <= of.pd[0] <= of.pd[-1] <= 1.0:
        raise ValueError("a PD lies between 0 and 1")
    return of


def group(of: Cells, groups: int = GROUPS) -> Places:
    """Give each cell's group, 0 the safest: equal in loans as far as equal PDs, kept together, allow."""
    loans = of.good + of.bad
    middle = np.cumsum(loans) - loans / 2.0
    places: Places = np.minimum(groups * middle / loans.sum(), groups - 1).astype(np.intp)
    return places


def table(pd: Floats, bad: Bools, *, groups: int = GROUPS) -> tuple[Group, ...]:
    """Give the calibration table: mean PD beside bad rate, in equal groups by PD; empty groups are left out."""
    of = probable(pd, bad)
    places = group(of, groups)
    made = []
    for at in np.unique(places):
        here = places == at
        loans, bads = float((of.good + of.bad)[here].sum()), float(of.bad[here].sum())
        foretold = float(((of.good + of.bad) * of.pd)[here].sum())
        low, high = float(of.pd[here][0]), float(of.pd[here][-1])
        made.append(Group(int(loans), low, high, foretold / loans, int(bads), wilson(bads, loans)))
    return tuple(made)


def ece(of: Cells, groups: int = GROUPS) -> float:
    """Give the mean distance of PD and bad rate over equal groups (Naeini et al. 2015, equal-mass bins)."""
    loans = of.good + of.bad
    off = np.bincount(group(of, groups), loans * of.pd - of.bad, minlength=groups)
    return float(np.abs(off).sum() / loans.sum())


def ece_by_chance(of: Cells, groups: int = GROUPS) -> tuple[float, float]:
    """Give the ECE that perfectly true PDs would show on these loans: the mean, and the 95 % point.

    In a group, bads less the sum of PDs is near normal with variance v = sum of p(1-p), so its distance from
    0 is half-normal: mean sqrt(2v/pi), variance v(1 - 2/pi). Groups are independent; their sum is taken as
    normal for the 95 % point. Rough where a group expects fewer than about three bads.
    """
    loans = of.good + of.bad
    spread = np.bincount(group(of, groups), loans * of.pd * (1.0 - of.pd), minlength=groups)
    mean = float(np.sqrt(2.0 * spread / math.pi).sum() / loans.sum())
    error = math.sqrt(float(spread.sum()) * (1.0 - 2.0 / math.pi)) / float(loans.sum())
    return mean, mean + 1.6448536269514722 * error


def hosmer_lemeshow(of: Cells, groups: int = GROUPS) -> float:
    """Give the p-value of Hosmer & Lemeshow's test that the PDs are true (2000, ch. 5).

    The loans are held to be ones the model was not fitted on, hence as many degrees as there are groups.
    With very many loans it rejects deviations that do not matter: read it beside the ECE.
    """
    places, loans = group(of, groups), of.good + of.bad
    rows = np.bincount(places, loans, minlength=groups)
    foretold = np.bincount(places, loans * of.pd, minlength=groups)
    off = np.bincount(places, of.bad, minlength=groups) - foretold
    spread = foretold * (1.0 - foretold / np.maximum(rows, 1.0))
    told = spread > 0
    if (np.abs(off[~told]) > 1e-9).any():
        return 0.0  # something happened that was said to be impossible
    if not told.any():
        return 1.0
    return chi_square_tail(float((off[told] ** 2 / spread[told]).sum()), int(told.sum()))


def line(of: Cells) -> Line | None:
    """Fit slope and level by maximum likelihood (Newton), with Wald intervals from the Fisher information.

    None where they do not exist: all loans ended alike, all PDs are equal, or the PDs part good from bad
    without error.
    """
    if not of.bad.sum() or not of.good.sum() or len(of.pd) < 2:
        return None
    logit = _logit(of.pd)
    tilt = _newton(
        of, np.column_stack([np.ones_like(logit), logit]), np.zeros_like(logit), np.array([0.0, 1.0])
    )
    level = _newton(of, np.ones((len(logit), 1)), logit, np.zeros(1))
    if tilt is None or level is None:
        return None
    return Line(slope=tilt[1], level=level[0])


def _newton(of: Cells, columns: Floats, offset: Floats, start: Floats) -> list[Figure] | None:
    loans, fitted = of.good + of.bad, start
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(offset + columns @ fitted, -700.0, 700.0)))
        curvature = columns.T @ (columns * (loans * chance * (1.0 - chance))[:, None])
        try:
            step = np.linalg.solve(curvature, columns.T @ (of.bad - loans * chance))
        except np.linalg.LinAlgError:
            return None
        longest = float(np.abs(step).max())
        fitted = fitted + step * min(1.0, 2.0 / longest if longest else 1.0)  # a long step overshoots
        if np.abs(fitted).max() > _STEEPEST:
            return None
        if longest < _TOLERANCE:
            errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
            return [normal(float(at), float(error)) for at, error in zip(fitted, errors, strict=True)]
    return None


def _logit(pd: Floats) -> Floats:
    held = np.clip(pd, _LEAST, 1.0 - _LEAST)
    logit: Floats = np.log(held / (1.0 - held))
    return logit
