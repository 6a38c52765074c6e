"""Retracting: when what was told of a borrower is taken back, whoever was alerted hears that in the same case."""

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.i18n import t
from bot.services import alerting
from bot.services.context import Context
from bot.views import cases as views
from bot.views.notices import numbered
from storage import alerts, cases, watches
from storage.events import Told
from storage.outbox import Parcel
from storage.people import Person


def taken_back(told: Sequence[Told], news: Collection[Told]) -> frozenset[str]:
    """Name the causes of alerts that rest on what the news takes back; `told` is everything, the news with it."""
    gone = {(one.sender, one.content["ref"]) for one in news if one.content.get("void")}
    return frozenset(f"event:{one.id}" for one in told if (one.sender, one.content["ref"]) in gone)


async def tell(
    connection: AsyncConnection, context: Context, borrower: Person, causes: Collection[str], now: dt.datetime
) -> list[Parcel]:
    """Enter into the open cases that the ground of an alert is gone, and tell those who have them."""
    parcels: list[Parcel] = []
    for watch in await watches.live(connection, borrower):
        case = await cases.open_of(connection, borrower.id, watch.lender_id)
        if case is None or not await alerting.alive(connection, borrower, watch.lender_id, now):
            continue
        for one in await alerts.of_case(connection, borrower, case.id):
            if one.cause in causes and not one.held:
                await cases.enter(connection, borrower, case.id, cases.CLOCK, "voided", now, one.number)
                text = t("case.voided", number=case.id, handle=borrower.handle, alert=numbered(one.number))
                note = views.note(text, case.id)
                parcels += await alerting.tell_team(connection, context, case, note, now)
    return parcels
