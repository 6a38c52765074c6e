"""Closing a lender: everything that was agreed to for it ends with it, in sight of those who agreed."""

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.dialogs.reply import Letter, Say
from bot.i18n import t
from bot.services import consenting, settling
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.views.menus import buttons
from storage import consents, lenders, loans, people
from storage.consents import Decision
from storage.lenders import Lender
from storage.outbox import NOTICE
from storage.people import Person


async def close(connection: AsyncConnection, context: Context, lender: Lender) -> tuple[int, int]:
    """Close a lender; gives how many roles have ended, and for how many people something has.

    Loans, watches and consents end with a receipt to whoever gave them; the courier carries it.
    """
    now = context.clock()
    roles = await lenders.close(connection, lender.id, now)
    concerned = {*await loans.borrowers(connection, lender.id), *await consents.naming(connection, lender.id)}
    told = 0
    for number in sorted(concerned):
        person = await people.by_id(connection, context.vault, number)
        if person is not None:
            told += await _end(connection, context, person, lender)
    return roles, told


async def _end(connection: AsyncConnection, context: Context, person: Person, lender: Lender) -> bool:
    """End what ties somebody to a lender; says whether there was anything they should hear of."""
    now = context.clock()
    await consents.hold(connection, person)
    for loan in await loans.of_person(connection, person, lender.id) if person.sealer.usable else ():
        await loans.close(connection, loan.id, now)
    before = await consents.history(connection, person)
    made = _ended(context, person, lender, before)
    await consents.record(connection, person, made)
    await settling.settle(connection, context, person)
    if not made or not person.sealer.usable:
        return False
    receipt = consenting.receipt_of(context, person, made, before, {lender.id: lender.name})
    text = Say(t("lender.closed", lender=lender.name), buttons("consents"), letter=Letter("notice"))
    until = quiet_until(context, person, now)
    await tell(context, connection, person, [text, *receipt], now, NOTICE, until)
    return True


def _ended(context: Context, person: Person, lender: Lender, before: Sequence[Decision]) -> list[Decision]:
    """Build the end of each consent that is live for a lender, under one receipt."""
    now, receipt = context.clock(), str(uuid.uuid4())
    newest = {one.subject: one for one in before if one.lender_id == lender.id}
    return [
        consenting.decision(
            context, person, purpose, given=False, method=consents.CLOSED, at=now, receipt=receipt,
            language=one.language, lender=lender,
        )
        for (purpose, _), one in newest.items()
        if one.live(now, VERSION)
    ]  # fmt: skip
