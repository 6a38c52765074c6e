"""The standing of a borrower: everything told of them until now, folded into the answers a score is made of.

A fold of what is current, in one fixed order: when it came, and in which order, has no part in it. Time alone only ever
helps: what is past leaves its window, and a delay never grows by itself, because no news is not bad news.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from engine.countries.pack import Pack
from engine.questions import QUESTIONS, Answer, Answers, bounds
from engine.watch import accounts
from engine.watch.accounts import Id, Late, Over
from engine.watch.events import HARD, SELF, VERIFIED, Event, current

LATE_MONTHS: Final = 24
ENQUIRY_MONTHS: Final = 6
RECORD_MONTHS: Final = 60
"""How long a public record counts where neither its sender nor the country's law says."""

_DAY = dt.timedelta(days=1)
# Under what name a country's pack says how long bad news may be told.
_TERMS = ("adverse_information", "negative_items", "credit_record")
# Neither the borrower nor a lender knows of everything, so that the higher count is the truer one.
_AT_LEAST = frozenset(
    {
        "overdue_count_24m",
        "worst_overdue_days",
        "enquiries_6m",
        "public_records",
        "open_accounts",
        "credit_history_months",
    }
)


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose day is what counts, until the day `until` and including it (None: for good)."""

    id: Id
    on: dt.date
    until: dt.date | None = None
    what: str = ""


class Income(msgspec.Struct, frozen=True, kw_only=True):
    """A monthly income told of."""

    id: Id
    on: dt.date
    amount: Decimal
    verified: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything told of a borrower, as of a day.

    `answers` are those to the questions that events answer; `verified` names the ones that rest on nothing that the
    borrower brought along. `next_change` is the first later day on which an answer differs by time alone (None:
    never). `days_past_due` has each account with an unpaid late instalment, as told last. `lates` are the late
    instalments within the window, `records` the public records that count, `enquiries` the hard ones within the
    window, `incomes` and `defaults` all there are; each in the order of the days.
    """

    answers: Mapping[str, Answer]
    verified: frozenset[str]
    next_change: dt.date | None
    days_past_due: Mapping[str, int]
    lates: tuple[Late, ...]
    over_limit: tuple[Over, ...]
    records: tuple[Dated, ...]
    enquiries: tuple[Dated, ...]
    incomes: tuple[Income, ...]
    defaults: tuple[Dated, ...]

    def over(self, told: Answers) -> dict[str, Answer]:
        """Lay this over what the borrower told: of two counts the higher holds, of all else this."""
        merged = dict(told)
        for name, answer in self.answers.items():
            before = merged.get(name)
            counts = (
                name in _AT_LEAST and isinstance(before, Decimal | int) and isinstance(answer, Decimal | int)
            )
            if not (counts and before > answer):  # type: ignore[operator]  # numbers, where `counts`
                merged[name] = answer
        return merged


def fold(events: Iterable[Event], today: dt.date, pack: Pack) -> Standing:
    """Make a standing of all that is known on `today`; the caller passes nothing that was told later."""
    told = current(events)
    gone = accounts.closed(told)
    lates = accounts.lates(told)
    incomes = tuple(
        Income(id=event.id, on=event.on, amount=event.amount, verified=event.what == VERIFIED)
        for event in told
        if event.kind == "income" and event.amount is not None
    )
    timed = _Timed(told, lates, pack)
    steady, senders = _steady(told, gone, incomes)
    answers = {name: _within(name, answer, pack) for name, answer in {**steady, **timed.on(today)}.items()}
    senders |= timed.senders
    return Standing(
        answers=answers,
        verified=frozenset(name for name in answers if SELF not in senders[name]),
        next_change=timed.next_change(today),
        days_past_due=accounts.days_past_due(lates, gone),
        lates=tuple(one for one in lates if today < later(one.on, LATE_MONTHS)),
        over_limit=accounts.over_limit(told, gone),
        records=_live(timed.records, today),
        enquiries=_live(timed.enquiries, today),
        incomes=incomes,
        defaults=tuple(Dated(id=event.id, on=event.on) for event in told if event.kind == "default"),
    )


def later(day: dt.date, months: int) -> dt.date:
    """Give the same day `months` later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def income_now(incomes: Iterable[Income]) -> Income | None:
    """Give the income that holds: the last one verified, or else the last one declared."""
    return max(incomes, key=lambda one: (one.verified, one.on, one.id), default=None)


class _Timed:
    """The answers that time alone changes."""

    def __init__(self, told: Iterable[Event], lates: tuple[Late, ...], pack: Pack) -> None:
        self.senders: dict[str, set[str]] = {}
        self.opened: list[dt.date] = []
        enquiries, records = [], []
        term, dated = _term(pack)
        for event in told:
            name = _TIMED.get(event.kind)
            if name is None or (name == "enquiries_6m" and event.what != HARD):
                continue
            self.senders.setdefault(name, set()).add(event.sender)
            if name == "credit_history_months":
                self.opened.append(event.on)
            elif name == "enquiries_6m":
                enquiries.append(
                    Dated(id=event.id, on=event.on, until=later(event.on, ENQUIRY_MONTHS) - _DAY)
                )
            elif name == "public_records":
                most = later(event.on, term)
                until = event.until or most
                until = min(until, most) if dated else until
                records.append(Dated(id=event.id, on=event.on, until=until, what=event.what))
        self.lates, self.enquiries, self.records = lates, tuple(enquiries), tuple(records)
        if "overdue_count_24m" in self.senders:
            self.senders["worst_overdue_days"] = self.senders["overdue_count_24m"]
        self.most_months = QUESTIONS["credit_history_months"].high

    def on(self, day: dt.date) -> dict[str, Answer]:
        """Give them as of a day; what was once told of stays known, if only as none."""
        found: dict[str, Answer] = {}
        if "overdue_count_24m" in self.senders:
            days = [one.days for one in self.lates if day < later(one.on, LATE_MONTHS)]
            found["overdue_count_24m"] = len(days)
            found["worst_overdue_days"] = max(days, default=0)
        if self.opened:
            found["credit_history_months"] = min(self._months(day), self.most_months)
        if "enquiries_6m" in self.senders:
            found["enquiries_6m"] = len(_live(self.enquiries, day))
        if "public_records" in self.senders:
            found["public_records"] = len(_live(self.records, day))
        return found

    def next_change(self, today: dt.date) -> dt.date | None:
        """Give the first later day on which they differ from today's."""
        ends = {later(one.on, LATE_MONTHS) for one in self.lates}
        ends |= {one.until + _DAY for one in (*self.enquiries, *self.records) if one.until is not None}
        if self.opened:
            ends.add(later(min(self.opened), self._months(today) + 1))
        now = self.on(today)
        return next((day for day in sorted(ends) if day > today and self.on(day) != now), None)

    def _months(self, day: dt.date) -> int:
        first = min(self.opened)
        months = (day.year - first.year) * 12 + day.month - first.month
        return max(0, months - (later(first, months) > day))


# Which answer a kind of event speaks of, where time has a part in it.
_TIMED = {
    "instalment_paid": "overdue_count_24m",
    "instalment_late": "overdue_count_24m",
    "account_opened": "credit_history_months",
    "enquiry": "enquiries_6m",
    "public_record": "public_records",
}


def _steady(
    told: Iterable[Event], gone: frozenset[str], incomes: Iterable[Income]
) -> tuple[dict[str, Answer], dict[str, set[str]]]:
    """Give the answers that only news changes, and who told what they rest on."""
    found: dict[str, Answer] = {}
    senders: dict[str, set[str]] = {}
    if latest := accounts.balances(told, gone):
        found["card_utilisation"] = accounts.used(latest)
        senders["card_utilisation"] = {event.sender for event in latest.values()}
    opened = {event.place: event.sender for event in told if event.kind == "account_opened"}
    if still := opened.keys() - gone:  # that all we heard of are closed does not say that there is none
        found["open_accounts"] = len(still)
        senders["open_accounts"] = {opened[place] for place in still}
    if (income := income_now(incomes)) is not None:
        found["monthly_income"] = income.amount
        senders["monthly_income"] = set() if income.verified else {SELF}
    return found, senders


def _live(dated: Iterable[Dated], day: dt.date) -> tuple[Dated, ...]:
    return tuple(one for one in dated if one.until is None or day <= one.until)


def _term(pack: Pack) -> tuple[int, bool]:
    """Give for how many months a country lets bad news be told, and whether that counts from the day of the item."""
    for one in pack.retention:
        if one.what in _TERMS:
            return one.months, one.from_event == "date_of_item"
    return RECORD_MONTHS, False


def _within(name: str, answer: Answer, pack: Pack) -> Answer:
    """Keep a number within what its question takes, so that it can always be scored."""
    if isinstance(answer, Decimal | int):
        high = bounds(QUESTIONS[name], pack)[1]
        return answer if answer <= high else type(answer)(high)
    return answer
