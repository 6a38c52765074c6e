"""The bins of a factor in words, exact to the last digit or short enough for a plot."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from engine.bins import FactorPoints
from engine.raw import EPOCH
from engine.report.wording import clean

UNKNOWN, OTHER = "not known", "any other"
_LABELS = 8  # of a group are named where it may be short


class Bin(NamedTuple):
    """One bin in words, and the points it is worth."""

    label: str
    points: int


def bins(entry: FactorPoints, *, exact: bool = True) -> tuple[Bin, ...]:
    """Give a factor's bins in the order of the model: values, special codes, any other label, what is not known.

    An exact label says precisely which values it takes. Codes lie also within some range: they go first where one
    reads from the top.
    """
    if entry.classes:
        labels = [_named(group, exact=exact) for group in entry.classes]
    else:
        labels = _ranges(entry, [_exact(cut, entry.unit) for cut in entry.cuts] if exact else _shortly(entry))
    made = [Bin(label, points) for label, points in zip(labels, entry.points, strict=True)]
    made += [Bin(f"exactly {_exact(code, entry.unit)}", points) for code, points in entry.specials]
    if entry.classes and entry.own:
        made.append(Bin(OTHER, entry.other))
    return (*made, Bin(UNKNOWN, entry.missing))


def _named(group: Sequence[str], *, exact: bool) -> str:
    if exact:
        return "; ".join(clean(label, 1000) for label in group)
    more = f" and {len(group) - _LABELS} more" if len(group) > _LABELS else ""
    return "; ".join(clean(label, 60) for label in group[:_LABELS]) + more


def _ranges(entry: FactorPoints, cuts: Sequence[str]) -> list[str]:
    if not cuts:
        return ["any value"]
    if entry.unit == "flag" and len(cuts) == 1 and 0.0 < entry.cuts[0] <= 1.0:
        return ["no", "yes"]
    below, above = ("before", "and later") if entry.unit == "date" else ("below", "and up")
    middle = (f"{low} to {below} {high}" for low, high in pairwise(cuts))
    return [f"{below} {cuts[0]}", *middle, f"{cuts[-1]} {above}"]


def _exact(value: float, unit: str) -> str:
    """Write a value so that reading it gives the same value again."""
    if unit == "date":
        return _date(value)
    text = f"{int(value):,}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return f"{text}%" if unit == "percent" else text


def _date(value: float) -> str:
    try:
        when = dt.datetime.combine(EPOCH, dt.time()) + dt.timedelta(days=value)
    except OverflowError:
        return repr(value)
    return when.date().isoformat() if value.is_integer() else when.isoformat(" ")


def _shortly(entry: FactorPoints) -> list[str]:
    """Write the cuts with as few digits as keep them apart."""
    if entry.unit != "date":
        for digits in (4, 5):
            rounded = [float(f"{cut:.{digits}g}") for cut in entry.cuts]
            if len(set(rounded)) == len(rounded):
                return [_exact(cut, entry.unit) for cut in rounded]
    return [_exact(cut, entry.unit) for cut in entry.cuts]
