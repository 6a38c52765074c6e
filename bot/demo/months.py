"""The months: what befalls a made-up borrower between two days, by their story."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from bot.demo.crowd import YEAR, Borrower, Story, due_after, paid
from engine.watch import Event
from engine.watch.standing import later

Told = Iterator[Event]

BY = {"late_once": 11, "sliding": 14}
"""How many days late the first instalment of a story is."""
GUEST_PAYS = dt.timedelta(days=2)
"""When a real person's instalment is due, from the beginning of the month."""


def happened(one: Borrower, month: int, after: dt.date, until: dt.date) -> list[Event]:
    """Tell what happened to a borrower in the `month`-th month of the demonstration: after one day, until another."""
    due = due_after(one.day, after)
    if due > until:
        return []
    since = month - one.begins
    if one.story == "steady" or since < 0:
        return [paid(one, due, due)]
    return list(_STORIES[one.story](one, since % YEAR, due, until))


def to_guest(
    reference: str, opened_on: dt.date, before: dt.date, after: dt.date, until: dt.date
) -> list[Event]:
    """Tell what happened to somebody real who borrowed here; the month before this one began `before`.

    A first instalment is nine days late, a second one three weeks, each paid in the month after; then all is well.
    """
    due, owed = min(after + GUEST_PAYS, until), before + GUEST_PAYS
    since = (after.year - opened_on.year) * YEAR + after.month - opened_on.month
    told = [_paid(reference, owed, due)] if since in {1, 2} else []
    if since > 1:
        return [*told, _paid(reference, due, due)]
    return [*told, *_late(reference, due, due + dt.timedelta(days=20 if since else 9), until)]


def _late_once(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Pay one instalment with the next one, and everything after it on time."""
    if since == 0:
        yield from _late(one.reference, due, due + dt.timedelta(days=BY["late_once"]), until)
        return
    if since == 1:
        yield paid(one, later(due, -1), due)
    yield paid(one, due, due)


def _sliding(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Be late, be late again, and then pay what is owed; a third of them default first."""
    if since == 0:
        yield from _late(one.reference, due, due + dt.timedelta(days=BY["sliding"]), until)
    elif since == 1:
        yield from _late(one.reference, due, due + dt.timedelta(days=22), until)
    elif since == 2 and one.number % 3 == 0:
        yield Event(
            ref=f"default-{due}", kind="default", on=due, account=one.reference, amount=one.amount / 2
        )
    elif since == 3:
        for back in range(4):
            yield paid(one, later(due, -back), due)
    elif since > 3:
        yield paid(one, due, due)


def _over_limit(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Draw the card to well over its limit, and bring it back the month after."""
    yield paid(one, due, due)
    share = {0: Decimal("1.12"), 1: one.used / 100}.get(since)
    if share is not None:
        on = min(due + dt.timedelta(days=8), until)
        balance = (one.limit * share).quantize(Decimal(1))
        yield Event(
            ref=f"balance-{due}", kind="balance", on=on, account=one.card, balance=balance, limit=one.limit
        )


def _income(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Earn two fifths less, for half a year."""
    yield paid(one, due, due)
    share = {0: Decimal("0.6"), 6: Decimal(1)}.get(since)
    if share is not None:
        amount = (Decimal(one.said["monthly_income"]) * share).quantize(Decimal(1))
        on = min(due + dt.timedelta(days=5), until)
        yield Event(ref=f"income-{due}", kind="income", on=on, amount=amount, what="verified")


def _record(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Have a court judgment against one."""
    yield paid(one, due, due)
    if since == 0:
        on = min(due + dt.timedelta(days=6), until)
        yield Event(ref=f"record-{due}", kind="public_record", on=on, what="court judgment")


def _searching(one: Borrower, since: int, due: dt.date, until: dt.date) -> Told:
    """Ask three other lenders within a week."""
    yield paid(one, due, due)
    if since == 0:
        for number in range(3):
            on = min(due + dt.timedelta(days=3 * number), until)
            yield Event(ref=f"asked-{due}-{number}", kind="enquiry", on=on, what="application")


_STORIES: Mapping[Story, Callable[[Borrower, int, dt.date, dt.date], Told]] = {
    "late_once": _late_once,
    "sliding": _sliding,
    "over_limit": _over_limit,
    "income": _income,
    "record": _record,
    "searching": _searching,
}


def _late(account: str, due: dt.date, told_on: dt.date, until: dt.date) -> Told:
    """Tell of an instalment that is late."""
    on = min(told_on, until)
    if on > due:
        yield Event(
            ref=f"late-{due}", kind="instalment_late", on=on, due=due, days=(on - due).days, account=account
        )


def _paid(account: str, due: dt.date, on: dt.date) -> Event:
    return Event(ref=f"paid-{due}", kind="instalment_paid", on=on, due=due, account=account)
