"""Settling: a watch lasts while loan, consent and lender do. Whatever changes one of these calls `settle`.

All of it happens in the transaction of the change: the watch ends, the case is closed, and what officers were going
to be told is taken back. They learn that a watch has ended, and not why.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.dialogs.reply import Letter, Say
from bot.i18n import t
from bot.services import threads, warning
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.views.menus import buttons
from engine import Result
from storage import cases, consents, loans, notices, scores, staff, watches
from storage.outbox import NOTICE, Of, Parcel
from storage.people import Person
from storage.watches import CONSENT


async def settle(connection: AsyncConnection, context: Context, person: Person) -> list[Parcel]:
    """Begin and end a person's watches as loans, consents and lenders have it, and see to what follows."""
    await consents.hold(connection, person)
    changed = await watches.settle(connection, person, VERSION, context.clock())
    if changed.begun:
        await _start_from_here(connection, context, person)
    parcels: list[Parcel] = []
    for lender_id, why in changed.ended:
        await _let_go(connection, context, person, lender_id)
        if why == CONSENT:
            parcels += await tell_officers(connection, context, person, lender_id)
    return parcels


async def leave(connection: AsyncConnection, context: Context, person: Person) -> list[Parcel]:
    """End every watch of somebody who is about to be erased, and delete their topics; to be called before that."""
    await threads.erase(connection, context, person)
    parcels: list[Parcel] = []
    for watch in await watches.live(connection, person):
        await _let_go(connection, context, person, watch.lender_id)
        parcels += await tell_officers(connection, context, person, watch.lender_id)
    return parcels


async def lapse(connection: AsyncConnection, context: Context, person: Person) -> list[Parcel]:
    """Settle somebody's watches, one of which has run out with its consent, and tell them so."""
    now, parcels = context.clock(), await settle(connection, context, person)
    if person.sealer.usable:
        text = Say(t("watch.lapsed"), buttons("consents"), letter=Letter("notice"))
        until = quiet_until(context, person, now)
        parcels += await tell(context, connection, person, [text], now, NOTICE, until)
    return parcels


async def tell_officers(
    connection: AsyncConnection, context: Context, person: Person, lender_id: int
) -> list[Parcel]:
    """Tell who looks after somebody's loans at a lender that there is nothing more to come."""
    now, parcels = context.clock(), list[Parcel]()
    lent = await loans.of_person(connection, person, lender_id)
    named = {one.officer for one in lent if one.officer}
    officers = [
        one
        for one in await staff.serving(connection, context.vault, [Role.OFFICER], lender_id)
        if one.id != person.id and (not named or one.handle in named)
    ]
    text = t(
        "watch.ended", handle=person.handle, loans=", ".join(sorted(one.reference for one in lent)) or "–"
    )
    for officer in officers:
        until = quiet_until(context, officer, now)
        parcels += await tell(
            context,
            connection,
            officer,
            [Say(text, letter=Letter("notice"))],
            now,
            NOTICE,
            until,
            Of(lender_id),
        )
    return parcels


async def _let_go(connection: AsyncConnection, context: Context, person: Person, lender_id: int) -> None:
    """Take back what is on its way to officers of a lender, and close its case."""
    now = context.clock()
    await notices.recall(connection, lender_id, borrower=person.id)
    case = await cases.open_of(connection, person.id, lender_id)
    if case is not None and await cases.close(connection, case.id, cases.ENDED, now):
        await cases.enter(connection, person, case.id, cases.CLOCK, "ended", now)


async def _start_from_here(connection: AsyncConnection, context: Context, person: Person) -> None:
    """Measure what is to come against the score of today, for watches that have nothing to measure against."""
    newest = await scores.recent(connection, person, most=1)
    if not newest:
        return
    result = msgspec.convert(newest[0].content["result"], Result)
    if result.model_hash != context.model.hash:
        return  # its bands need not be those of now
    for watch in await watches.live(connection, person):
        if watch.best is None:
            best = msgspec.to_builtins(warning.reading(context, result))
            await watches.read(connection, person, watch, best)
