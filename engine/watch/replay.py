"""A borrower's past, told again day by day: what would have been known, scored and warned of, with no look ahead.

The fold, the model, the rules and the cool-downs are the very functions that watch the borrowers of today.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from engine.answers import record
from engine.countries.pack import Pack
from engine.questions import Answers
from engine.scorecard import Scorecard
from engine.watch.events import Event
from engine.watch.rules import Rules
from engine.watch.standing import Standing, fold
from engine.watch.warn import Earlier, Reading, Warning, held, warnings  # noqa: A004 - the house's noun


class Told(msgspec.Struct, frozen=True):
    """An event, and the day on which the lender came to know of it."""

    event: Event
    known: dt.date


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A borrower of a book, of whom we know how it ended.

    `answers` are what was known from the start, `told` the events, `days` those on which the rules are asked, in
    order. `ended` is the first day on which the outcome may have been seen; nothing known from then on is ever read.
    """

    id: str
    answers: Answers
    told: Sequence[Told]
    days: Sequence[dt.date]
    ended: dt.date
    bad: bool

    @property
    def months(self) -> float:
        """How long the borrower was watched, in months of 30.44 days."""
        return (self.ended - self.days[0]).days / 30.44


class Moment(msgspec.Struct, frozen=True):
    """A day of a past: what the rules are asked about."""

    day: dt.date
    now: Reading
    news: tuple[Event, ...]
    standing: Standing


class Raised(msgspec.Struct, frozen=True):
    """A warning that would have been told, and when."""

    warning: Warning
    on: dt.date


def reading(model: Scorecard, answers: Answers, pack: Pack) -> Reading:
    """Score answers, as the rules look at it."""
    result = model.score(record(answers, pack), pack)
    place = next(at for at, band in enumerate(model.bands) if band.name == result.band)
    return Reading(score=result.score, band=result.band, place=place, pd=result.pd)


def moments(past: Past, model: Scorecard, pack: Pack) -> Iterator[Moment]:
    """Give each day on which the rules are asked, with what was known by its end."""
    waiting = sorted(past.told, key=lambda one: one.known)
    known: list[Event] = []
    for day in past.days:
        if day >= past.ended:
            return
        count = sum(one.known <= day for one in waiting)
        news, waiting = tuple(one.event for one in waiting[:count]), waiting[count:]
        known += news
        standing = fold(known, day, pack)
        yield Moment(day, reading(model, standing.over(past.answers), pack), news, standing)


def replay(told: Iterable[Moment], rules: Rules) -> list[Raised]:
    """Give the warnings that would have been told, in order.

    The first day is where the watch begins: what had happened by then is no news, only known. The score is set
    against the best one since the last alert, and a rule keeps quiet for its cool-down.
    """
    raised: list[Raised] = []
    earlier: list[Earlier] = []
    best: Reading | None = None
    for moment in told:
        if best is None:
            best = moment.now
            continue
        found = [
            one
            for one in warnings(rules, best, moment.now, moment.news, moment.standing, moment.day)
            if not held(one, earlier, None, moment.day, rules)
        ]
        raised += [Raised(one, moment.day) for one in found]
        earlier += [Earlier(rule=one.rule, severity=one.severity, on=moment.day) for one in found]
        best = moment.now if found else max(best, moment.now, key=lambda one: (one.score, -one.pd))
    return raised
