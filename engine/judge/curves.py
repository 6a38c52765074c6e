"""What is drawn or tabled of a ranking: ROC, KS curve, lift, score bands. Numbers only; drawing is the report's."""

from collections.abc import Mapping

import msgspec
import numpy as np

from engine.judge.intervals import Bools, Figure, Floats, Places, wilson
from engine.judge.reliability import Cells, cells, group

_POINTS = 200  # more cannot be told apart on a page


class Roc(msgspec.Struct, frozen=True):
    """The ROC curve from (0, 0) to (1, 1): refusing all loans whose PD is `cutoff` or more.

    `false_alarms` is the share of good loans refused, `hits` that of bad ones. The first cut-off, above every
    PD, is written 1.
    """

    cutoff: tuple[float, ...]
    false_alarms: tuple[float, ...]
    hits: tuple[float, ...]


class KsCurve(msgspec.Struct, frozen=True):
    """Shares of good and of bad loans with a PD of `cutoff` or less, and where they are farthest apart.

    `ks` is the distance (0..1) at the cut-off `at`.
    """

    cutoff: tuple[float, ...]
    good: tuple[float, ...]
    bad: tuple[float, ...]
    ks: float
    at: float


class Gain(msgspec.Struct, frozen=True):
    """What refusing the riskiest loans down to this group would catch.

    `rows` and `bads` count the loans so far; `caught` is their share of all bads; `lift` is their bad rate
    over that of the book.
    """

    rows: int
    bads: int
    share: float
    caught: float
    lift: float


class BandRow(msgspec.Struct, frozen=True):
    """One score band, best first: its loans, their share of all, and their bad rate (None if it has none)."""

    band: str
    floor: float
    rows: int
    share: float
    bads: int
    bad_rate: Figure | None


def roc(pd: Floats, bad: Bools, *, points: int = _POINTS) -> Roc:
    """Give the ROC curve, thinned to about `points`. Raises ValueError if all loans ended alike."""
    of = _both(pd, bad)
    hits = np.concatenate([[0.0], np.cumsum(of.bad[::-1]) / of.bad.sum()])
    alarms = np.concatenate([[0.0], np.cumsum(of.good[::-1]) / of.good.sum()])
    cutoff = np.concatenate([[1.0], of.pd[::-1]])
    kept = _thin(len(cutoff), points, int(np.argmax(hits - alarms)))
    return Roc(_floats(cutoff[kept]), _floats(alarms[kept]), _floats(hits[kept]))


def ks_curve(pd: Floats, bad: Bools, *, points: int = _POINTS) -> KsCurve:
    """Give the KS curve, thinned to about `points` but never losing its widest place."""
    of = _both(pd, bad)
    good, bads = np.cumsum(of.good) / of.good.sum(), np.cumsum(of.bad) / of.bad.sum()
    gap = np.abs(good - bads)
    widest = int(np.argmax(gap))
    kept = _thin(len(gap), points, widest)
    return KsCurve(
        _floats(of.pd[kept]),
        _floats(good[kept]),
        _floats(bads[kept]),
        float(gap[widest]),
        float(of.pd[widest]),
    )


def gains(pd: Floats, bad: Bools, *, groups: int = 10) -> tuple[Gain, ...]:
    """Give cumulative gains and lift over equal groups, the riskiest first."""
    of = _both(pd, bad)
    places = group(of, groups)
    rows = np.cumsum(np.bincount(places, of.good + of.bad, minlength=groups)[::-1])
    bads = np.cumsum(np.bincount(places, of.bad, minlength=groups)[::-1])
    steps = [(r, b) for r, b, before in zip(rows, bads, [0.0, *rows], strict=False) if r > before]
    rate = bads[-1] / rows[-1]
    return tuple(
        Gain(int(r), int(b), float(r / rows[-1]), float(b / bads[-1]), float(b / r / rate)) for r, b in steps
    )


def score_bands(score: Floats, bad: Bools, floors: Mapping[str, float]) -> tuple[BandRow, ...]:
    """Table the loans by band: `floors` maps each band to its lowest score, the best band first.

    Scores below the last floor count in the last band, as on the scale.
    """
    at = place(score, tuple(floors.values()))
    rows = np.bincount(at, minlength=len(floors))
    bads = np.bincount(at, bad, minlength=len(floors))
    return tuple(
        BandRow(name, floor, int(n), int(n) / len(score), int(b), wilson(int(b), int(n)) if n else None)
        for (name, floor), n, b in zip(floors.items(), rows, bads, strict=True)
    )


def place(score: Floats, floors: tuple[float, ...]) -> Places:
    """Give the band of each score, 0 the best. Raises ValueError unless `floors` fall."""
    if list(floors) != sorted(set(floors), reverse=True) or not floors:
        raise ValueError("the floors of bands fall from the best band to the worst")
    rising = np.array(floors[::-1])
    reached = np.searchsorted(rising, score, side="right")
    return np.minimum(len(floors) - reached, len(floors) - 1)


def _both(pd: Floats, bad: Bools) -> Cells:
    if bad.all() or not bad.any():
        raise ValueError("a book needs both good and bad loans")
    return cells(pd, bad)


def _thin(length: int, points: int, keep: int) -> Places:
    even = np.linspace(0, length - 1, min(length, points)).round().astype(np.intp)
    return np.union1d(even, [keep])


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())
