"""Judging: what a lender's alerts were worth, rule by rule, for its admin to decide by (see `engine.watch.ledger`)."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.authority import Role
from bot.services.context import Answering, Context
from bot.services.warning import rules_of
from bot.views import ledgers as views
from engine.watch import Event, current
from engine.watch.ledger import Ledger, Sent, Watched, ledger
from storage import lender_rules, lenders, staff, worth
from storage.cases import CURED, OUTCOMES
from storage.lenders import Lender

NEVER = 10_000
"""Days that no instalment is late."""


async def show(a: Answering) -> None:
    """Show the ledger of each lender somebody is an admin of."""
    for grant in await staff.grants(a.read, a.person):
        lender = await lenders.find(a.read, grant.lender_id or 0) if grant.role == Role.ADMIN else None
        if lender is not None:
            a.audit("ledger", f"lender:{lender.id}")
            a.say(views.shown(lender.name, await judge(a.context, a.read, lender)))


async def judge(context: Context, connection: AsyncConnection, lender: Lender) -> Ledger:
    """Make the ledger of a lender as of now."""
    sent = [_sent(one) for one in await worth.sent(connection, context.vault, lender.id)]
    defaults = await _defaults(context, connection, lender)
    watched = [
        _watched(person, start, end, defaults.get(person, ()))
        for person, start, end in await worth.watched(connection, lender.id)
    ]
    return await asyncio.to_thread(ledger, sent, watched, context.clock().date())


async def _defaults(
    context: Context, connection: AsyncConnection, lender: Lender
) -> dict[int, list[dt.date]]:
    """Find the days of default by person: as told, or an instalment as late as the lender's own rule says."""
    rules = rules_of(context, await lender_rules.find(connection, lender.id)).rules
    days = next((one.days for one in rules if one.kind == "default" and one.days), NEVER)
    told: dict[int, list[Event]] = {}
    for person, sender, content in await worth.told(
        connection, context.vault, lender.id, ("default", "instalment_late")
    ):
        told.setdefault(person, []).append(msgspec.convert({**content, "sender": sender}, Event))
    return {
        person: sorted(one.on for one in current(events) if one.kind == "default" or (one.days or 0) >= days)
        for person, events in told.items()
    }


def _watched(
    person: int, start: dt.datetime, end: dt.datetime | None, defaults: Sequence[dt.date]
) -> Watched:
    """Give a watch with the first default in it."""
    last = end.date() if end else dt.date.max
    first = next((day for day in defaults if start.date() <= day <= last), None)
    return Watched(person=str(person), start=start.date(), end=end.date() if end else None, default=first)


def _sent(one: worth.Sent) -> Sent:
    hours = None if one.contacted_at is None else max((one.contacted_at - one.at).total_seconds() / 3600, 0.0)
    fallen: list[Any] = [ground["measures"].get("points", 0) for ground in one.grounds]
    return Sent(
        person=str(one.person_id),
        rule=one.rule,
        on=one.at.date(),
        points=max(fallen, default=0),
        contact_hours=hours,
        cured=one.outcome in CURED if one.outcome in OUTCOMES else None,
    )
