"""What a lender's own warnings were worth: the figures of the back-test, kept from the alerts that were really sent.

An alert is judged once it can be: when its borrower has defaulted, when a year has gone by, or when the watch is over.
Until then it counts as undecided, and neither for nor against its rule.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

import msgspec

from engine.watch.backtest import POINTS, Point, chosen
from engine.watch.figures import HORIZON, Figures, Share, Tally, share

NOISY_BELOW: Final = 0.15
"""A rule is noisy where fewer of the borrowers it warned of defaulted,"""
ENOUGH: Final = 30
"""once so many of its alerts are decided."""

_MONTH = 30.44  # days


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of the log: of whom, by which rule, on which day.

    `points` is how far the score had fallen (0: the rule did not ask). `contact_hours` went by until the borrower was
    spoken to (None: not yet). `cured` says how its case was closed (None: it is open, or was closed without saying).
    """

    person: str
    rule: str
    on: dt.date
    points: int = 0
    contact_hours: float | None = None
    cured: bool | None = None


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A watch of a borrower: from `start` until `end` (None: still), with a `default` (None: none until now)."""

    person: str
    start: dt.date
    end: dt.date | None = None
    default: dt.date | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in the ledger, or all of them.

    `alerts` were sent, `undecided` of them cannot be judged yet; `figures` are of the others. `missed` defaults had no
    alert at least 30 days before. `contact_hours` is the median of those who were spoken to; `cured` the share of cases
    closed with an outcome in which the borrower recovered.
    """

    rule: str
    alerts: int
    undecided: int
    figures: Figures
    missed: int
    contact_hours: float | None
    cured: Share
    noisy: bool


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All rules together, each rule by its name, and what the threshold of falling points should be raised to.

    `points` is None where no threshold is better than today's, or too little is decided to say. A lower one cannot be
    judged from alerts, since those that it would have sent were not: for that, replay the lender's events.
    """

    together: Line
    rules: tuple[Line, ...]
    points: int | None


def ledger(sent: Iterable[Sent], watched: Iterable[Watched], today: dt.date) -> Ledger:
    """Make the ledger of one lender as of a day. The order of what is given has no part in it."""
    log = sorted(sent, key=lambda one: (one.on, one.person, one.rule))
    book = sorted(watched, key=lambda one: one.person)
    rules = sorted({one.rule for one in log})
    return Ledger(
        together=_line("", log, book, today),
        rules=tuple(_line(rule, [one for one in log if one.rule == rule], book, today) for rule in rules),
        points=_points(log, book, today),
    )


def _line(rule: str, log: Sequence[Sent], book: Sequence[Watched], today: dt.date) -> Line:
    tally, undecided = _tally(log, book, today)
    figures = tally.figures
    hours = [one.contact_hours for one in log if one.contact_hours is not None]
    outcomes = [one.cured for one in log if one.cured is not None]
    decided = len(log) - undecided
    return Line(
        rule=rule,
        alerts=len(log),
        undecided=undecided,
        figures=figures,
        missed=tally.bad - tally.ahead,
        contact_hours=median(hours) if hours else None,
        cured=share(sum(outcomes), len(outcomes)),
        noisy=decided >= ENOUGH and figures.precision.value < NOISY_BELOW,
    )


def _tally(log: Sequence[Sent], book: Sequence[Watched], today: dt.date) -> tuple[Tally, int]:
    days: dict[str, list[dt.date]] = {}
    for one in log:
        days.setdefault(one.person, []).append(one.on)
    tally, undecided = Tally(), 0
    for borrower in book:
        last = borrower.end or today
        mine = [day for day in days.get(borrower.person, ()) if borrower.start <= day <= last]
        decided = [day for day in mine if _decided(day, borrower, today)]
        undecided += len(mine) - len(decided)
        end = min(one for one in (today, borrower.end, borrower.default) if one is not None)
        # Of a default that has happened everybody knows: alerts after it are neither right nor wrong.
        before = [day for day in decided if borrower.default is None or day < borrower.default]
        tally.add(before, max((end - borrower.start).days, 0) / _MONTH, borrower.default)
    return tally, undecided


def _decided(day: dt.date, borrower: Watched, today: dt.date) -> bool:
    over = borrower.default is not None or (borrower.end is not None and borrower.end <= today)
    return over or today - day > HORIZON


def _points(log: Sequence[Sent], book: Sequence[Watched], today: dt.date) -> int | None:
    fallen = [one for one in log if one.points]
    if not fallen:
        return None
    now = min(one.points for one in fallen)
    curve = []
    for threshold in (now, *(points for points in POINTS if points > now)):
        tally, undecided = _tally([one for one in fallen if one.points >= threshold], book, today)
        if threshold == now and (len(fallen) - undecided < ENOUGH or not tally.ahead):
            return None
        curve.append(Point(threshold, tally.figures))
    best = chosen(curve)
    return None if best is None or best <= now else int(best)
