"""The whole months within a window of days, and how evenly sums are spread over them."""

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from engine.questions import EXACT

_LEAST_DAYS = 25
"""Days of a month that a file must cover for the month to count as whole: the first and last row may lie inside it."""
_EARLY, _LATE = 5, 25
_MOST_MONTHS = 24
_CENT = Decimal("0.01")
STEADY, SOME = Decimal("0.2"), Decimal("0.45")
"""Variation of monthly spending up to which it is called steady, and fairly even: halfway between what the three
answers to the question stand for."""


class Period(NamedTuple):
    """A month or so: its first and its last day."""

    first: dt.date
    last: dt.date


def periods(first: dt.date, last: dt.date) -> tuple[Period, ...]:
    """Give the whole months from `first` to `last`, oldest first, two years at most.

    Calendar months where the window begins and ends with them, otherwise months counted back from the last day. A
    window shorter than a month has none.
    """
    day = 31 if first.day <= _EARLY and last.day >= _LATE else last.day
    found = []
    for back in range(_MOST_MONTHS):
        start, end = _day(last, back + 1, day) + dt.timedelta(days=1), _day(last, back, day)
        covered = Period(max(start, first), min(end, last))
        if end < first:
            break
        if (covered.last - covered.first).days + 1 >= _LEAST_DAYS:
            found.append(Period(start, end))
    return tuple(reversed(found))


def mean(sums: Sequence[Decimal]) -> Decimal:
    """Give the mean to the cent."""
    total = sum(sums, Decimal(0))
    return EXACT.divide(total, Decimal(len(sums))).quantize(_CENT, ROUND_HALF_EVEN)


def variation(sums: Sequence[Decimal]) -> Decimal:
    """Give the standard deviation over the mean, to the hundredth; 0 where there is nothing to vary."""
    middle = EXACT.divide(sum(sums, Decimal(0)), Decimal(len(sums)))
    if middle <= 0:
        return Decimal(0)
    squares = sum((EXACT.power(one - middle, Decimal(2)) for one in sums), Decimal(0))
    deviation = EXACT.divide(squares, Decimal(len(sums))).sqrt(EXACT)
    return EXACT.divide(deviation, middle).quantize(_CENT, ROUND_HALF_EVEN)


def regularity(sums: Sequence[Decimal]) -> str:
    """Give the answer to "how even is your spending" that monthly sums show: steady, some, irregular."""
    spread = variation(sums)
    return "steady" if spread <= STEADY else "some" if spread <= SOME else "irregular"


def _day(last: dt.date, back: int, day: int) -> dt.date:
    year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
    return dt.date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
