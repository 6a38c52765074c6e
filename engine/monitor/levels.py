"""Do the probabilities still come true? Observed over expected by band, and how slope and level have shifted."""

import math
from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np

from engine.judge.curves import place
from engine.judge.intervals import Z95, Bools, Figure, Floats, normal, wilson
from engine.judge.reliability import Line, line, probable

_TRUE = Line(slope=Figure(1.0, 1.0, 1.0), level=Figure(0.0, 0.0, 0.0))

Found = Literal["as foretold", "level shifted", "slope shifted", "both shifted", "too few to tell"]


class Level(msgspec.Struct, frozen=True):
    """One band's loans: bads expected (the sum of their PDs) and observed.

    `ratio` is observed over expected, with Wilson's interval of the bad rate divided by the mean PD; None where
    nothing was expected. `off` says that the interval does not hold 1.
    """

    band: str
    rows: int
    expected: float
    observed: int
    ratio: Figure | None
    off: bool


class CalibrationDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How true the PDs are now, against how true they were.

    `slope_shift` and `level_shift` are today's `line` less the reference's (None where there is no line);
    `verdict` names which of them are beyond chance.
    """

    whole: Level
    bands: tuple[Level, ...]
    line: Line | None
    slope_shift: Figure | None
    level_shift: Figure | None
    verdict: Found


def calibration_drift(
    pd: Floats, bad: Bools, score: Floats, floors: Mapping[str, float], *, reference: Line | None = None
) -> CalibrationDrift:
    """Compare PDs with outcomes, by score band; `floors` maps each band to its lowest score, best first.

    `reference` is the line at the time of fitting; without it, that of perfectly true PDs. Raises
    ValueError without loans and for anything that is no PD.
    """
    if not len(pd):
        raise ValueError("no loans: nothing came true or false")
    now = line(probable(pd, bad))
    at = place(score, tuple(floors.values()))
    bands = tuple(_level(name, pd[at == band], bad[at == band]) for band, name in enumerate(floors))
    then = reference or _TRUE
    slope = _shift(now.slope, then.slope) if now else None
    level = _shift(now.level, then.level) if now else None
    return CalibrationDrift(
        whole=_level("all", pd, bad),
        bands=bands,
        line=now,
        slope_shift=slope,
        level_shift=level,
        verdict=_verdict(slope, level),
    )


def _level(band: str, pd: Floats, bad: Bools) -> Level:
    rows, expected, observed = len(pd), float(np.sum(pd)), int(bad.sum())
    if not rows or expected <= 0.0:
        return Level(band, rows, expected, observed, None, off=observed > 0)
    rate, mean = wilson(observed, rows), expected / rows
    ratio = Figure(rate.value / mean, rate.low / mean, rate.high / mean)
    return Level(band, rows, expected, observed, ratio, off=not ratio.low <= 1.0 <= ratio.high)


def _shift(now: Figure, then: Figure) -> Figure:
    """Give the difference of two independent estimates, their errors read back from their intervals."""
    errors = [(figure.high - figure.low) / (2.0 * Z95) for figure in (now, then)]
    return normal(now.value - then.value, math.hypot(*errors))


def _verdict(slope: Figure | None, level: Figure | None) -> Found:
    if slope is None or level is None:
        return "too few to tell"
    tilted, shifted = (not figure.low <= 0.0 <= figure.high for figure in (slope, level))
    if tilted and shifted:
        return "both shifted"
    if tilted or shifted:
        return "slope shifted" if tilted else "level shifted"
    return "as foretold"
