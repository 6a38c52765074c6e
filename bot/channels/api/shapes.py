"""Shapes: what goes over the wire, in both directions. The OpenAPI document is made of these very types."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bot.services.ingest import Row, State
from engine.watch import Event, Kind
from storage.loans import Draft

Reference = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,39}$",
        description="Your own name of a loan.",
        examples=["L-2026-0017"],
    ),
]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]
Handle = Annotated[
    str,
    Meta(
        pattern=r"^[23456789BCDFGHJKMNPQRSTVWXYZ]{10}$",
        description="How somebody is called here; they find it in /settings.",
        examples=["7QX4M2KPZ3"],
    ),
]
Money = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
        description="A sum in the currency of your country, as text: no float ever touches it.",
        examples=["1250.00"],
    ),
]
Signed = Annotated[
    str,
    Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$", description="A sum that may be below zero, as text."),
]
Day = Annotated[dt.date, Meta(description="A day, as ISO 8601 has it.", examples=["2026-03-31"])]
Moment = Annotated[dt.datetime, Meta(description="A time with its zone, as RFC 3339 has it.", tz=True)]
Measure = Literal["reschedule", "security", "early"]


class EventIn(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Something that happened to a loan, on the day `on`.

    `ref` is your own name of it: telling it twice is telling it once. A higher `version` corrects it, `void` takes it
    back. Which fields a kind needs is listed in the guide.
    """

    loan: Reference
    ref: Name
    kind: Kind
    on: Day
    version: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    void: bool = False
    account: Name | None = None
    due: Day | None = None
    days: Annotated[int, Meta(ge=1, le=3650, description="Days past due.")] | None = None
    amount: Money | None = None
    limit: Money | None = None
    balance: Signed | None = None
    what: Annotated[str, Meta(max_length=80)] = ""
    until: Day | None = None

    def row(self) -> Row:
        """Give it as the one door for events takes it."""
        told = Event(
            ref=self.ref,
            kind=self.kind,
            on=self.on,
            version=self.version,
            void=self.void,
            account=self.account or "",
            due=self.due,
            days=self.days,
            amount=_sum(self.amount),
            limit=_sum(self.limit),
            balance=_sum(self.balance),
            what=self.what,
            until=self.until,
        )
        return Row(self.loan, told)


class LoanIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """A loan you have made. Its borrower is asked whether you may be told when their score gets worse."""

    borrower: Handle
    opened_on: Day
    ends_on: Day
    amount: Money
    instalment: Money | None = None
    instalments: Annotated[int, Meta(ge=1, le=600)] | None = None
    measures: Annotated[
        tuple[Measure, ...],
        Meta(max_length=4, description="What your contract allows you to offer or ask for."),
    ] = ()
    officer: Annotated[Handle, Meta(description="Who of you looks after it.")] | None = None

    def draft(self, reference: str, currency: str) -> Draft:
        """Give it as it is stored."""
        told = {"amount": self.amount, "instalment": self.instalment, "instalments": self.instalments}
        terms = {name: value for name, value in told.items() if value is not None}
        measures = tuple(dict.fromkeys(self.measures))
        return Draft(reference, currency, self.opened_on, self.ends_on, terms, measures, self.officer)


class Fault(Struct, omit_defaults=True):
    """What is wrong with a field, and a value that would be accepted there."""

    field: str
    problem: str
    example: str = ""


class Outcome(Struct, omit_defaults=True):
    """What became of a row, by its place in the array or its line, from 1."""

    row: int
    state: State
    ref: str = ""
    wrong: Fault | None = None


class Taken(Struct):
    """What became of an event."""

    ref: str
    state: Literal["accepted", "known"]


class Batch(Struct):
    """What became of a batch: `known` are events told before, to the letter."""

    accepted: int
    known: int
    refused: int
    outcomes: list[Outcome]


class LoanState(Struct):
    """Where a loan stands."""

    reference: str
    state: Literal["waits for the borrower's consent", "watched"]


class LoanOut(Struct):
    """A loan whose borrower agreed to your being told."""

    reference: str
    borrower: str
    currency: str
    opened_on: dt.date
    ends_on: dt.date
    terms: dict[str, str | int]
    measures: list[str]
    officer: str | None
    watched_since: dt.datetime


class Loans(Struct):
    """Some loans, by their references. `next` is what to give as `after` for more; null when these were the last."""

    loans: list[LoanOut]
    next: str | None


class AlertOut(Struct):
    """That a borrower's score got worse. Who it is and why, your officers read in the chat."""

    number: str
    loan: str | None
    rule: str
    severity: Literal["low", "medium", "high"]
    at: dt.datetime
    case: Literal["open", "acknowledged", "closed"]


class Alerts(Struct):
    """Some alerts, oldest first. `next` is what to give as `since` for more; null when these were the last.

    An alert of that very moment comes again: know them by their numbers.
    """

    alerts: list[AlertOut]
    next: dt.datetime | None


class Health(Struct):
    """That it is there, and its database, too."""

    status: Literal["ok"]


class Problem(Struct, omit_defaults=True):
    """What went wrong (RFC 9457): with what would be accepted, and an example, where that helps."""

    type: str
    title: str
    status: int
    detail: str = ""
    accepted: str = ""
    example: str = ""
    errors: list[Fault] = msgspec.field(default_factory=list)
    outcomes: list[Outcome] = msgspec.field(default_factory=list)


def _sum(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)
