"""Showing a ticket to support: of its borrower only what they allowed, and that masked."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Say
from bot.i18n import T, t
from bot.services.enrol import mask
from bot.services.passing import like
from bot.views import tickets as views
from storage import disputes, people, scores, ticket_lines
from storage.people import Person
from storage.tickets import Ticket


async def card(
    connection: AsyncConnection, ticket: Ticket, borrower: Person, now: dt.datetime, page: int = 0, *,
    in_thread: bool = False,
) -> Say:  # fmt: skip
    """Give a ticket as support may see it: what its borrower allowed holds while they are being helped."""
    lines = await ticket_lines.thread(connection, borrower, ticket.id)
    shown = views.Card(
        ticket=like(views.Ticket, ticket),
        handle=borrower.handle,
        language=borrower.language,
        known=[] if ticket.closed_at else [await SHOW[one](connection, borrower) for one in ticket.shown],
        lines=[like(views.Line, one) for one in lines],
        files=any(one.message_id is not None for one in lines),
        in_thread=in_thread,
    )
    return views.card(shown, page, now)


async def _name(connection: AsyncConnection, borrower: Person) -> T:
    who = await people.profile(connection, borrower)
    return t("ticket.known.name", name=" ".join(f"{part[0]}•••" for part in who.name.split()) if who else "–")


async def _phone(connection: AsyncConnection, borrower: Person) -> T:
    who = await people.profile(connection, borrower)
    phone, national_id = (mask(who.phone), mask(who.national_id)) if who else ("–", "–")
    return t("ticket.known.phone", phone=phone, national_id=national_id)


async def _score(connection: AsyncConnection, borrower: Person) -> T:
    found = await scores.recent(connection, borrower, most=1)
    if not found:
        return t("ticket.known.no_score")
    result = found[0].content["result"]
    return t("ticket.known.score", score=result["score"], band=result["band"], at=found[0].at)


async def _disputes(connection: AsyncConnection, borrower: Person) -> T:
    still = [one for one in await disputes.every(connection, borrower) if one.state == disputes.OPEN]
    return t("ticket.known.disputes", n=len(still))


SHOW: Mapping[str, Callable[[AsyncConnection, Person], Awaitable[T]]] = {
    "name": _name,
    "phone": _phone,
    "score": _score,
    "disputes": _disputes,
}
"""What a borrower may allow to be shown, and how."""
