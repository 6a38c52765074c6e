"""Office hours: when somebody of support is there, and so by when a question can be answered. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, get_args
from zoneinfo import ZoneInfo

from bot.sections import Day, Support

DAYS = get_args(Day)
MOST_DAYS = 400
"""So far ahead an answer is looked for: longer than any number of hours allowed in settings takes."""


@dataclass(frozen=True, slots=True)
class Office:
    """Open from `start` to `end` of the days' own minutes, on some `days` of the week, in a time zone."""

    start: int
    end: int
    days: frozenset[int]
    zone: ZoneInfo
    answer: dt.timedelta

    @classmethod
    def of(cls, support: Support) -> Self:
        """Read settings. Raises ValueError, beginning with the key, for what makes no office."""
        first, _, last = support.hours.partition("-")
        start, end = _minutes(first), _minutes(last)
        if start >= end:
            raise ValueError('hours: the second time must be later, for example "09:00-18:00"')
        try:
            zone = ZoneInfo(support.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError('zone: accepted is a name such as "Europe/Madrid" or "UTC"') from None
        days = frozenset(DAYS.index(day) for day in support.days)
        return cls(start, end, days, zone, dt.timedelta(hours=support.answer_hours))

    def promise(self, now: dt.datetime) -> dt.datetime:
        """Give the moment by which a question asked now is answered: after so many open hours."""
        left = self.answer
        for opens, closes in self._spans(now):
            begins = max(opens, now)
            if begins + left <= closes:
                return begins + left
            left -= max(closes - begins, dt.timedelta(0))
        raise ValueError("answer_hours: more than there are in a year")

    def open_at(self, now: dt.datetime) -> bool:
        """Say whether somebody is there."""
        return any(opens <= now < closes for opens, closes in self._spans(now, 1))

    def _spans(self, now: dt.datetime, days: int = MOST_DAYS) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """List when the office is open, from the day of `now` on, in UTC."""
        first = now.astimezone(self.zone).date()
        for day in (first + dt.timedelta(days=at) for at in range(days)):
            if day.weekday() in self.days:
                yield self._at(day, self.start), self._at(day, self.end)

    def _at(self, day: dt.date, minutes: int) -> dt.datetime:
        there = dt.datetime.combine(day, dt.time(), self.zone) + dt.timedelta(minutes=minutes)
        return there.astimezone(dt.UTC)  # by the clock on its wall, however long the day was


def _minutes(written: str) -> int:
    hours, _, minutes = written.partition(":")
    return int(hours) * 60 + int(minutes)
