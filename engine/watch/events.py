"""What happened: one shape for every event that a lender, a statement or a report tells of a borrower.

An event has a name of its sender's (`ref`) and a version, so that it may come twice, late, out of order, corrected or
taken back, and the state made of it is the same as if it had come once, in order and right.
"""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, get_args

import msgspec

Kind = Literal[
    "instalment_due",
    "instalment_paid",
    "instalment_late",
    "balance",
    "over_limit",
    "enquiry",
    "public_record",
    "income",
    "account_opened",
    "account_closed",
    "default",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

SELF = "self"
"""The sender of what the borrower brought along."""

HARD, SOFT = "application", "review"
DECLARED, VERIFIED = "declared", "verified"

LONGEST_WHAT = 80
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", re.ASCII)
_FIRST = dt.date(1950, 1, 1)
_FURTHEST = dt.timedelta(days=3660)  # from `on` to `due` or `until`
_MOST_DAYS = 3650
_MOST_VERSIONS = 1_000_000
_MOST_MONEY = Decimal(10) ** 12
_DECIMALS = -4

# kind -> the fields it cannot do without, and those it may have besides
_NEEDS: dict[Kind, tuple[str, ...]] = {
    "instalment_due": ("account", "due"),
    "instalment_paid": ("account", "due"),
    "instalment_late": ("account", "days"),
    "balance": ("account", "balance", "limit"),
    "over_limit": ("account", "amount"),
    "enquiry": ("what",),
    "public_record": ("what",),
    "income": ("amount", "what"),
    "account_opened": ("account",),
    "account_closed": ("account",),
    "default": ("account",),
}
_TAKES: dict[Kind, tuple[str, ...]] = {
    "instalment_due": ("amount",),
    "instalment_paid": ("amount",),
    "instalment_late": ("amount", "due"),
    "over_limit": ("limit",),
    "enquiry": ("account",),
    "public_record": ("until", "amount"),
    "account_opened": ("what", "limit", "amount"),
    "account_closed": ("what",),
    "default": ("amount",),
}
_WORDS: dict[Kind, tuple[str, ...]] = {"enquiry": (HARD, SOFT), "income": (DECLARED, VERIFIED)}
_EXAMPLES = {
    "ref": "inv-2026-00017",
    "version": "1",
    "account": "loan-4711",
    "sender": "lender:3",
    "on": "2026-03-31",
    "due": "2026-03-01",
    "until": "2031-03-31",
    "days": "12",
    "amount": "250.00",
    "limit": "5000",
    "balance": "1200.50",
    "what": "court judgment",
}


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happened on a day (`on`), as its sender tells it.

    `ref` is the sender's own name for it; a higher `version` replaces what was told before under that name, and
    `void` takes it back. `days` are days past due on `on`; `due` names the instalment. `amount` is the sum of the
    kind: instalment, how far over the limit, monthly income. `balance` is what is owed, negative when in credit.
    `what` says what sort it is: an enquiry is an "application" or a "review", an income "declared" or "verified".
    Sums are in the currency of the borrower's country.
    """

    ref: str
    kind: Kind
    on: dt.date
    version: int = 1
    void: bool = False
    account: str = ""
    sender: str = ""
    due: dt.date | None = None
    days: int | None = None
    amount: Decimal | None = None
    limit: Decimal | None = None
    balance: Decimal | None = None
    what: str = ""
    until: dt.date | None = None

    @property
    def id(self) -> tuple[str, str]:
        """Whose name it is, and the name."""
        return self.sender, self.ref

    @property
    def place(self) -> str:
        """Name its account so that two lenders may use the same number."""
        return f"{self.sender}/{self.account}"


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with an event: the field, the key of the reason, and a value that would be accepted there.

    The keys: "missing", "unasked" (the kind has no such field), "letters", "long", "future", "past", "far", "low",
    "high", "decimals", "choice".
    """

    field: str
    key: str
    example: str


def fields_of(kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the fields that a kind needs, and those that it may have besides."""
    return _NEEDS[kind], _TAKES.get(kind, ())


def problem(event: Event, today: dt.date) -> Fault | None:
    """Say what is wrong with an event by itself, or None; `today` is the date where it happened."""
    wrong = _identity(event) or _dates(event, today)
    if wrong is None and not event.void:
        wrong = _fields(event) or _numbers(event) or _words(event)
    return wrong


def current(events: Iterable[Event]) -> tuple[Event, ...]:
    """Keep the newest version of each event, leave out what was taken back, and put them in one fixed order.

    The order is by day, and within one by kind and name; in which order they came has no part in it.
    """
    newest: dict[tuple[str, str], Event] = {}
    for event in events:
        known = newest.get(event.id)
        if known is None or event.version > known.version:
            newest[event.id] = event
        elif event.version == known.version and event != known:
            # Two different ones under one version: which of them came first must not matter.
            newest[event.id] = max(known, event, key=msgspec.json.encode)
    return tuple(
        sorted((event for event in newest.values() if not event.void), key=lambda one: (one.on, _rank(one)))
    )


def _rank(event: Event) -> tuple[int, str, str]:
    return KINDS.index(event.kind), event.sender, event.ref


def _fault(field: str, key: str, example: str = "") -> Fault:
    return Fault(field, key, example or _EXAMPLES[field])


def _identity(event: Event) -> Fault | None:
    if not _NAME.fullmatch(event.ref):
        return _fault("ref", "letters")
    if not 1 <= event.version <= _MOST_VERSIONS:
        return _fault("version", "low" if event.version < 1 else "high")
    for field in ("account", "sender"):
        if (name := getattr(event, field)) and not _NAME.fullmatch(name):
            return _fault(field, "letters")
    return None


def _dates(event: Event, today: dt.date) -> Fault | None:
    if event.on > today:
        return _fault("on", "future", today.isoformat())
    if event.on < _FIRST:
        return _fault("on", "past")
    for field, date in (("due", event.due), ("until", event.until)):
        if date is not None and abs(date - event.on) > _FURTHEST:
            return _fault(field, "far", event.on.isoformat())
    if event.kind == "instalment_late" and event.due is not None and event.due >= event.on:
        return _fault("due", "future", (event.on - dt.timedelta(days=event.days or 1)).isoformat())
    return _fault("until", "past") if event.until is not None and event.until < event.on else None


def _fields(event: Event) -> Fault | None:
    needs, takes = fields_of(event.kind)
    for field in _OPTIONAL:
        told = getattr(event, field) not in (None, "")
        if field in needs and not told:
            words = {"what": _WORDS.get(event.kind, ("",))[0], "due": event.on.isoformat()}
            return _fault(field, "missing", words.get(field, ""))
        if told and field not in needs and field not in takes:
            return _fault(field, "unasked", ", ".join(needs))
    return None


def _numbers(event: Event) -> Fault | None:
    if event.days is not None and not 1 <= event.days <= _MOST_DAYS:
        return _fault("days", "low" if event.days < 1 else "high")
    above_zero = event.kind == "over_limit"
    for field, sum_ in (("amount", event.amount), ("limit", event.limit), ("balance", event.balance)):
        if sum_ is None:
            continue
        if not sum_.is_finite() or abs(sum_) > _MOST_MONEY:
            return _fault(field, "high")
        if field != "balance" and (sum_ < 0 or (above_zero and field == "amount" and sum_ == 0)):
            return _fault(field, "low")
        if int(sum_.as_tuple().exponent) < _DECIMALS:  # finite, so it is a number
            return _fault(field, "decimals")
    return None


def _words(event: Event) -> Fault | None:
    if len(event.what) > LONGEST_WHAT:
        return _fault("what", "long")
    if not event.what.isprintable():
        return _fault("what", "letters")
    accepted = _WORDS.get(event.kind)
    return _fault("what", "choice", accepted[0]) if accepted and event.what not in accepted else None


_OPTIONAL = ("account", "due", "days", "amount", "limit", "balance", "what", "until")
