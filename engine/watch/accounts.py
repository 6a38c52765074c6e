"""What the events of accounts come to: instalments late, limits passed, limits used, accounts open."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from engine.questions import EXACT
from engine.watch.events import Event

_HUNDRED = Decimal(100)
_TENTH = Decimal("0.1")

Id = tuple[str, str]


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """An instalment that is late, or was before it was `paid`: by `days`, as told last, on `on`.

    `account` is the `place` of its events; `id` the event that decides, `told` all that reported it late.
    """

    account: str
    due: dt.date
    on: dt.date
    days: int
    paid: bool
    id: Id
    told: tuple[Id, ...]


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """An account over its limit since the day `since`, by `percent` of the limit, as told last.

    None is a percentage where there is no limit to measure by. `steps` are the events that told of it, in order, and
    by how much it was over with each.
    """

    account: str
    since: dt.date
    percent: Decimal | None
    steps: tuple[tuple[Id, Decimal | None], ...]


def lates(told: Sequence[Event]) -> tuple[Late, ...]:
    """Give every instalment that was ever late, in the order of the last day on which it was.

    The last word on an instalment holds: a payment says by how many days it came late, or that it did not.
    """
    instalments: dict[tuple[str, dt.date], list[Event]] = {}
    for event in told:
        if event.kind in ("instalment_late", "instalment_paid"):
            due = event.due or event.on - dt.timedelta(days=event.days or 0)
            instalments.setdefault((event.place, due), []).append(event)
    found = [_late(account, due, words) for (account, due), words in instalments.items()]
    return tuple(
        sorted((one for one in found if one.days > 0), key=lambda one: (one.on, one.account, one.due))
    )


def _late(account: str, due: dt.date, words: Sequence[Event]) -> Late:
    # Late in the morning and paid in the evening is paid.
    last = max(words, key=lambda event: (event.on, event.kind == "instalment_paid"))
    paid = last.kind == "instalment_paid"
    return Late(
        account=account,
        due=due,
        on=last.on,
        days=(last.on - due).days if paid else last.days or 0,
        paid=paid,
        id=last.id,
        told=tuple(event.id for event in words if event.kind == "instalment_late"),
    )


def closed(told: Iterable[Event]) -> frozenset[str]:
    """Name the accounts that are closed: opened again on a later day, they are not."""
    last = {event.place: event.kind for event in told if event.kind in ("account_opened", "account_closed")}
    return frozenset(place for place, kind in last.items() if kind == "account_closed")


def days_past_due(late: Iterable[Late], gone: frozenset[str]) -> dict[str, int]:
    """Give the most days past due of each account that has an unpaid late instalment and is not closed."""
    worst: dict[str, int] = {}
    for one in late:
        if not one.paid and one.account not in gone:
            worst[one.account] = max(one.days, worst.get(one.account, 0))
    return dict(sorted(worst.items()))


def over_limit(told: Iterable[Event], gone: frozenset[str]) -> tuple[Over, ...]:
    """Give each account that is over its limit, or overdrawn, as told last."""
    over: dict[str, Over] = {}
    for event in told:
        by = _beyond(event)
        if by is None or event.place in gone:
            continue
        began = over.get(event.place)
        if by[0] <= 0:
            # Told of the same day, an overdraft was there all the same.
            if began is None or event.on > began.since:
                over.pop(event.place, None)
            continue
        over[event.place] = Over(
            account=event.place,
            since=began.since if began else event.on,
            percent=by[1],
            steps=(*(began.steps if began else ()), (event.id, by[1])),
        )
    return tuple(over[place] for place in sorted(over))


def _beyond(event: Event) -> tuple[Decimal, Decimal | None] | None:
    """Give by how much an event says its account is over its limit, in money and in percent; None: it does not say."""
    if event.kind == "over_limit":
        beyond = event.amount or Decimal(0)
    elif event.kind == "balance" and event.balance is not None and event.limit is not None:
        beyond = EXACT.subtract(event.balance, event.limit)
    else:
        return None
    if not event.limit:
        return beyond, None
    return beyond, EXACT.multiply(EXACT.divide(beyond, event.limit), _HUNDRED)


def balances(told: Iterable[Event], gone: frozenset[str]) -> Mapping[str, Event]:
    """Give the last balance of each account that is not closed and has a limit to be measured by."""
    last = {event.place: event for event in told if event.kind == "balance" and event.place not in gone}
    return {place: event for place, event in last.items() if event.limit}


def used(latest: Mapping[str, Event]) -> Decimal:
    """Give the share of all limits that is used, in percent; what is in credit uses none."""
    owed = sum((max(event.balance or Decimal(0), Decimal(0)) for event in latest.values()), Decimal(0))
    limits = sum((event.limit or Decimal(0) for event in latest.values()), Decimal(0))
    share = EXACT.multiply(EXACT.divide(owed, limits), _HUNDRED)
    return share.quantize(_TENTH, context=EXACT)
