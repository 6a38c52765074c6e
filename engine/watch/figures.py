"""How good warnings were: counted borrower by borrower, and told with what luck alone could make of it."""

import datetime as dt
import math
from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

HORIZON: Final = dt.timedelta(days=365)
"""A warning is right if its borrower defaults within so long of it."""
AHEAD: Final = dt.timedelta(days=30)
"""So long before the default a warning leaves time to help."""

_Z = 1.959964  # of a 95 % interval


class Share(msgspec.Struct, frozen=True):
    """A share of `of`, 0..1, with its 95 % interval (Wilson); 0 of nothing."""

    value: float
    low: float
    high: float
    of: int


class Rate(msgspec.Struct, frozen=True):
    """So many for 100 months of one borrower, with its 95 % interval; borrowers are what is drawn, not months."""

    value: float
    low: float
    high: float
    months: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of rules would have done on a book.

    `warned` is the share of later defaulters that were warned of within the year before, `ahead` of those warned of
    at least 30 days before; `lead` the median days from the first of these warnings to the default (None: none).
    `precision` is the share of borrowers warned of who then defaulted; `false` the warnings of borrowers who did
    not, for 100 borrower-months of all.
    """

    borrowers: int
    bad: int
    alerts: int
    warned: Share
    ahead: Share
    lead: int | None
    precision: Share
    false: Rate


class Tally:
    """The count, a borrower at a time, in memory that does not grow with the borrowers who stay good."""

    def __init__(self) -> None:
        self.borrowers = self.bad = self.alerts = self.right = self.alarmed = self.warned = self.ahead = 0
        self.leads: list[int] = []
        self.months = self.months2 = self.false = self.false2 = self.both = 0.0

    def add(self, days: Sequence[dt.date], months: float, defaulted: dt.date | None) -> None:
        """Count a borrower: the days of the alerts, how long they were watched, and when they defaulted, if ever."""
        leads = [] if defaulted is None else [defaulted - day for day in days]
        leads = [lead for lead in leads if dt.timedelta(0) < lead <= HORIZON]
        false = len(days) - len(leads)
        self.borrowers += 1
        self.bad += defaulted is not None
        self.alerts += len(days)
        self.right += len(leads)
        self.alarmed += bool(days)
        self.warned += bool(leads)
        self.ahead += any(lead >= AHEAD for lead in leads)
        if leads:
            self.leads.append(max(leads).days)
        self.months += months
        self.months2 += months * months
        self.false += false
        self.false2 += false * false
        self.both += false * months

    @property
    def figures(self) -> Figures:
        """Give what was counted."""
        return Figures(
            borrowers=self.borrowers,
            bad=self.bad,
            alerts=self.alerts,
            warned=share(self.warned, self.bad),
            ahead=share(self.ahead, self.bad),
            lead=round(median(self.leads)) if self.leads else None,
            precision=share(self.warned, self.alarmed),
            false=self._rate(),
        )

    def _rate(self) -> Rate:
        """Ratio of two sums over borrowers, and its spread by linearisation (Cochran, Sampling Techniques, 6.4)."""
        if not self.months:
            return Rate(0.0, 0.0, 0.0, 0.0)
        rate = self.false / self.months
        spread = max(self.false2 - 2 * rate * self.both + rate * rate * self.months2, 0.0)
        error = _Z * math.sqrt(spread) / self.months
        return Rate(100 * rate, 100 * max(rate - error, 0.0), 100 * (rate + error), self.months)


def share(part: int, of: int) -> Share:
    """Give a share with its interval (Wilson, 1927)."""
    if not of:
        return Share(0.0, 0.0, 0.0, 0)
    p, z2 = part / of, _Z * _Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(p, max(middle - half, 0.0), min(middle + half, 1.0), of)
