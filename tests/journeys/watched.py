"""Journeys in which a lender watches: a loan, the consent to it, and things that happen, without the road to them."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from bot.services import ingest
from engine.watch import Event
from storage import consents, loans, watches
from storage.lenders import Lender
from storage.loans import Draft
from tests.chat import Candor, Somebody
from tests.journeys.staffed import known, lender, scored, serves
from tests.storage.sample import watched as agreed

YEAR = dt.timedelta(days=365)


async def bank(candor: Candor, country: str = "us") -> tuple[Lender, Somebody]:
    """A lender and an officer of it."""
    house = await lender(candor, country=country)
    return house, await serves(candor.person(), "officer", house)


async def borrows(somebody: Somebody, house: Lender, reference: str = "L-1", **draft: Any) -> int:
    """Let somebody have a loan, and agree to have it watched."""
    context = somebody.candor.context
    person, now = await known(somebody), context.clock()
    values = {"terms": {"amount": "1000", "instalments": 12}, "measures": ("reschedule", "security"), **draft}
    async with context.database.write() as write:
        made = Draft(reference, "USD", now.date(), (now + YEAR).date(), **values)
        number = await loans.put(write, person, house.id, made, "OFFICER234", now)
        await consents.record(write, person, [agreed(house.id, at=now, country=house.country)])
        await watches.settle(write, person, 1, now)
    return number


async def happens(
    candor: Candor, house: Lender, kind: str, reference: str = "L-1", ref: str = "e-1", **fields: Any
) -> list[ingest.Outcome]:
    """Let a lender tell of something, and everything follow from it.

    It happens on the lender's own day: around midnight that of UTC may still be to come there.
    """
    zone = candor.context.packs[house.country].zone
    on = fields.pop("on", candor.context.clock().astimezone(ZoneInfo(zone or "UTC")).date())
    event = Event(ref=ref, kind=kind, on=on, **fields)  # type: ignore[arg-type]  # a kind by its name
    outcomes = await ingest.take(candor.context, house.id, [ingest.Row(reference, event)])
    await candor.quiet()
    return outcomes


async def watched(candor: Candor, **draft: Any) -> tuple[Lender, Somebody, Somebody]:
    """A lender, an officer of it, and a borrower with a score whose loan it watches."""
    house, officer = await bank(candor)
    borrower = await scored(candor)
    await borrows(borrower, house, **draft)
    return house, officer, borrower
