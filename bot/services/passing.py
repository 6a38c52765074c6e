"""Passing on: what a borrower says goes to support, what support says to the borrower, and all of it into the ticket.

All of this happens in the transaction of the turn that causes it. Support is told in the ticket's topic where it has
one, else whoever has the ticket, else everybody who serves: these without a word of what was said.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.despair import despairs
from bot.dialogs.event import File, Media, Text
from bot.dialogs.reply import Copy, Reply, Say
from bot.i18n import t
from bot.office import Office
from bot.quoting import units
from bot.services import threads
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.veiling import veiled
from bot.views import tickets as views
from storage import people, staff, ticket_lines, tickets
from storage.outbox import ANSWER, NOTICE, Parcel
from storage.people import Person
from storage.ticket_lines import ANSWERED, FILE, SAID
from storage.tickets import Ticket

Shape = TypeVar("Shape", views.Ticket, views.Line)

LONGEST = 3500
"""Letters of words that go on with a heading; what is longer is copied as it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """Something somebody wrote or sent: the message it lies in, its words, and whether it is a file."""

    text: str
    chat_id: int = 0
    message_id: int = 0
    file: bool = False

    @property
    def copied(self) -> bool:
        """Say whether the message itself is passed on."""
        return self.message_id != 0 and (self.file or units(self.text) > LONGEST)

    @property
    def place(self) -> tuple[int, int] | None:
        """Name where it lies, where it is to be copied again."""
        return (self.chat_id, self.message_id) if self.copied else None


def words_of(chat_id: int, event: Text | Media | File) -> Words:
    """Give what somebody wrote or sent, as it is passed on."""
    if isinstance(event, Text):
        return Words(event.text, chat_id, event.message_id)
    return Words(event.caption, chat_id, event.message_id, file=True)


def promise(context: Context, now: dt.datetime) -> dt.datetime:
    """Give the moment by which a question asked now is answered."""
    return Office.of(context.settings.config.support).promise(now)


async def opened(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, card: Say,
    words: Sequence[Words], now: dt.datetime,
) -> list[Parcel]:  # fmt: skip
    """Tell support of a new ticket. `card` is for the group, where there is one."""
    words = await _veiled(connection, borrower, words)
    await _write_down(connection, borrower, ticket, words, now)
    if threads.group(context):
        more = [reply for one in words for reply in heard(ticket, one)]
        return await threads.open_one(connection, context, borrower, ticket, card, more)
    return await _notify(connection, context, ticket, borrower, "ticket.new", now)


async def said(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, words: Sequence[Words],
    now: dt.datetime,
) -> list[Parcel]:  # fmt: skip
    """Pass on what a borrower says in their ticket. Raises Stale when that changed since."""
    waits = {} if ticket.waiting_since else {"waiting_since": now, "promised_at": promise(context, now)}
    urgent = {"priority": tickets.URGENT} if any(despairs(one.text) for one in words) else {}
    await tickets.change(connection, ticket, **waits, **urgent)
    words = await _veiled(connection, borrower, words)
    await _write_down(connection, borrower, ticket, words, now)
    told = [reply for one in words for reply in heard(ticket, one)]
    return await inform(connection, context, borrower, ticket, told, "ticket.news", now)


async def answered(
    connection: AsyncConnection, context: Context, by: Person, borrower: Person, ticket: Ticket, words: Words,
    now: dt.datetime, canned: str = "", *, from_thread: bool = False,
) -> list[Parcel]:  # fmt: skip
    """Pass an answer on to the borrower. Who answers a free ticket has it. Raises Stale when it changed since."""
    first = ticket.first_answer_at or now
    owner = ticket.assignee or by.handle
    await tickets.change(connection, ticket, first_answer_at=first, waiting_since=None, assignee=owner)
    kind = FILE if words.file else ANSWERED
    await ticket_lines.add(
        connection,
        borrower,
        ticket.id,
        by.handle,
        kind,
        now,
        detail=canned,
        words=words.text,
        place=words.place,
    )
    replies: list[Reply] = [views.answer(ticket.id, "" if words.copied else words.text, file=words.copied)]
    if words.copied:
        replies.append(copied(words.chat_id, words.message_id, words.text, file=words.file))
    parcels = await tell(context, connection, borrower, replies, now)
    if ticket.thread is not None and (canned or not from_thread):
        echo = Say(t("thread.answered", who=by.handle, words="–" if words.copied else words.text))
        parcels += await threads.post(connection, context, borrower, ticket, [echo, *replies[1:]])
    return parcels


def heard(ticket: Ticket, words: Words) -> list[Reply]:
    """Give what support reads of a borrower's words."""
    if not words.copied:
        return [views.heard(ticket.id, words.text)]
    copy = copied(words.chat_id, words.message_id, words.text, file=words.file)
    return [views.heard(ticket.id, "", file=True), copy]


def copied(chat_id: int, message_id: int, words: str | None, *, file: bool) -> Copy:
    """Give a message once more; beneath a file stand the words that were written down, which may say less."""
    return Copy(chat_id, message_id, (words or "") if file else "")


async def inform(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, whole: Sequence[Reply],
    bare: str, now: dt.datetime,
) -> list[Parcel]:  # fmt: skip
    """Tell support what happened in a ticket: `whole` for those who have it, `bare` is a key for all others."""
    if ticket.thread is not None:
        return await threads.post(connection, context, borrower, ticket, whole)
    for one in await serving(connection, context, borrower):
        if one.handle == ticket.assignee and one.reachable:
            return await tell(context, connection, one, whole, now, ANSWER)
    return await _notify(connection, context, ticket, borrower, bare, now)


async def serving(connection: AsyncConnection, context: Context, borrower: Person) -> list[Person]:
    """List those who may answer a ticket of somebody, who is never one of them."""
    found = await staff.serving(connection, context.vault, [Role.SUPPORT, Role.OPERATOR])
    return [one for one in found if one.id != borrower.id]


async def ended(
    connection: AsyncConnection,
    context: Context,
    borrower: Person,
    ticket: Ticket,
    reason: str,
    now: dt.datetime,
) -> list[Parcel]:
    """Close the topic of a ticket that was closed, and tell the borrower."""
    ticket = replace(ticket, closed_at=now, reason=reason)
    parcels = await tell(context, connection, borrower, [views.ended(ticket.id, reason)], now)
    return parcels + await shut(connection, context, borrower, ticket)


async def shut(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket
) -> list[Parcel]:
    """See that the topic of a ticket, where it has one, is open or closed as the ticket is."""
    if ticket.thread is None:
        return []
    closed = ticket.closed_at is not None
    return await threads.shut(connection, context, borrower, ticket, closed=closed)


def like(shape: type[Shape], found: Any) -> Shape:
    """Give of something stored what a view shows of it."""
    return shape(**{one.name: getattr(found, one.name) for one in fields(shape)})


async def _veiled(connection: AsyncConnection, borrower: Person, words: Sequence[Words]) -> list[Words]:
    """Give a borrower's words without their whole phone and ID; a message that holds one is not copied as it is."""
    who = await people.profile(connection, borrower) if borrower.registered else None
    found: list[Words] = []
    for one in words:
        text = veiled(one.text, (who.phone, who.national_id) if who else ())
        if one.file or text == one.text:
            found.append(replace(one, text=text))
        else:
            found += [Words(text[at : at + LONGEST]) for at in range(0, len(text), LONGEST)]
    return found


async def _write_down(
    connection: AsyncConnection, borrower: Person, ticket: Ticket, words: Sequence[Words], now: dt.datetime
) -> None:
    """Enter a borrower's words into their ticket."""
    for one in words:
        kind = FILE if one.file else SAID
        await ticket_lines.add(
            connection, borrower, ticket.id, borrower.handle, kind, now, words=one.text, place=one.place
        )


async def _notify(
    connection: AsyncConnection,
    context: Context,
    ticket: Ticket,
    borrower: Person,
    key: str,
    now: dt.datetime,
) -> list[Parcel]:
    """Tell everybody who serves that there is something, and nothing of what it is; operators where nobody serves."""
    team = await serving(connection, context, borrower)
    first = await staff.serving(connection, context.vault, [Role.SUPPORT])
    chosen = [one for one in team if one.id in {each.id for each in first}] or team
    text = t(key, number=ticket.id, about=t(f"ticket.about.{ticket.about}"), at=ticket.promised_at)
    parcels: list[Parcel] = []
    for one in chosen:
        until = quiet_until(context, one, now) if ticket.priority != tickets.URGENT else None
        parcels += await tell(context, connection, one, [views.note(text, ticket.id)], now, NOTICE, until)
    return parcels
