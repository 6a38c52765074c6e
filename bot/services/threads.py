"""The staff group: each ticket is a topic of its own there, where those who serve see it and answer it.

What goes into the group is sealed under the borrower's key. A topic has no number until Telegram has made it: up to
then a ticket's `thread` is the row of the outbox that makes it, below zero, and what is to go in waits for that row.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.dialogs.reply import Inline, Reply, Say
from bot.i18n import Locale, t
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.telling import tell
from bot.views import tickets as views
from bot.views.render import render
from storage import marks, outbox, people, staff, tickets
from storage.outbox import NOTICE, Call, Parcel
from storage.people import Person
from storage.tickets import Ticket

LONGEST_NAME = 128
MAKE = "createForumTopic"
COPY = "copyMessage"
GROUP = "support.group"
"""The mark of the group in which the topics are."""
INTO = ("send", "copy", "closeForumTopic", "reopenForumTopic")
"""How the calls begin that go into a topic."""
ELSEWHERE = (".answer", ".leave", ".note")


def group(context: Context) -> int:
    """Give the chat id of the staff group; 0 where there is none."""
    return context.settings.config.support.group


def locale(context: Context) -> Locale:
    """Give the language of the group."""
    return i18n.locale(context.settings.config.bot.fallback_language)


async def open_one(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, card: Say,
    more: Sequence[Reply] = (),
) -> list[Parcel]:  # fmt: skip
    """Make the topic of a ticket, with its card pinned as the first message and what was said beneath it."""
    chat, now = group(context), context.clock()
    about = locale(context).plain(t("thread.name", number=ticket.id, about=t(f"ticket.about.{ticket.about}")))
    make = Call(MAKE, {"chat_id": chat, "name": about[:LONGEST_NAME]})
    (made,) = await outbox.put(connection, borrower.sealer, chat, [make], now)
    await tickets.change(connection, ticket, thread=-made.id)
    ticket = replace(ticket, thread=-made.id)
    (shown,) = await post(connection, context, borrower, ticket, [card])
    pin = Call("pinChatMessage", {"chat_id": chat, "disable_notification": True}, edits=shown.id)
    pinned = await outbox.put(connection, borrower.sealer, chat, [pin], now)
    return [made, shown, *pinned, *await post(connection, context, borrower, ticket, more)]


async def post(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, replies: Sequence[Reply]
) -> list[Parcel]:
    """Put messages into the topic of a ticket."""
    chat, language = group(context), locale(context)
    calls = [_in(ticket, Call(*render(_fit(reply), language, chat))) for reply in replies]
    return await outbox.put(connection, borrower.sealer, chat, calls, context.clock())


async def shut(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, *, closed: bool
) -> list[Parcel]:
    """Close the topic of a ticket, or open it again."""
    method, chat = "closeForumTopic" if closed else "reopenForumTopic", group(context)
    call = _in(ticket, Call(method, {"chat_id": chat}))
    return await outbox.put(connection, borrower.sealer, chat, [call], context.clock())


async def ticket_in(connection: AsyncConnection, thread: int) -> Ticket | None:
    """Give the ticket that a topic is about, be it made this very moment."""
    found = await tickets.in_thread(connection, thread)
    if found is not None or thread <= 0:
        return found
    waiting = [await settled(connection, one) for one in await tickets.pending(connection)]
    return next((one for one in waiting if one.thread == thread), None)


async def settled(connection: AsyncConnection, ticket: Ticket) -> Ticket:
    """Give a ticket with the number of its topic, as far as that is known by now."""
    if ticket.thread is None or ticket.thread > 0:
        return ticket
    number = await outbox.message_of(connection, -ticket.thread)
    return ticket if number is None else replace(ticket, thread=number)


async def settle(connection: AsyncConnection) -> None:
    """Write down the numbers of topics made meanwhile, before the rows that made them go."""
    for ticket in await tickets.pending(connection):
        known = await settled(connection, ticket)
        if known.thread != ticket.thread:
            await tickets.change(connection, ticket, thread=known.thread)


async def erase(connection: AsyncConnection, context: Context, borrower: Person) -> None:
    """Delete the topics of somebody who is about to be erased, with all that was said there."""
    for ticket in await tickets.of_person(connection, borrower):
        await _delete(connection, context, ticket)


async def expire(connection: AsyncConnection, context: Context, before: dt.datetime) -> None:
    """Delete the topics of tickets that were closed before a moment, which go with all that was said in them."""
    for ticket in await tickets.closed(connection, before):
        await _delete(connection, context, ticket)


async def move(context: Context) -> None:
    """Let tickets leave their topics when the group is another one: there the same numbers are other topics."""
    async with context.database.write() as write:
        known, here = await marks.find(write, GROUP), str(group(context))
        if known is None or known.value != here:
            await tickets.leave_threads(write)
            await marks.put(write, GROUP, here, context.clock())


async def undelivered(context: Context, parcel: Parcel) -> None:
    """Go on in private chats with a ticket whose topic cannot be used; operators hear of it once a day."""
    if parcel.chat_id != group(context) or not parcel.call.method.startswith((MAKE, "send")):
        return
    now = context.clock()
    async with context.database.write() as write:
        ticket = await _carried(write, parcel)
        borrower = await people.by_id(write, context.vault, ticket.person_id) if ticket else None
        if ticket is None or borrower is None:
            return
        await tickets.change(write, ticket, thread=None)
        serving = await staff.serving(write, context.vault, [Role.SUPPORT, Role.OPERATOR])
        for one in serving:
            if one.id != borrower.id:
                lost = views.note(t("thread.lost", number=ticket.id), ticket.id)
                await tell(context, write, one, [lost], now, NOTICE)
        if await marks.more(write, f"{marks.COUNTED}group.{now.date()}", now) == 1:
            for one in await staff.serving(write, context.vault, [Role.OPERATOR]):
                await tell(context, write, one, [Say(t("thread.broken"))], now, NOTICE)
    context.bell.set()


async def no_file(context: Context, parcel: Parcel) -> None:
    """Say where a file was to come that it is gone: whoever sent it has deleted it, or it was nothing to copy."""
    if parcel.call.method != COPY:
        return
    now, text = context.clock(), Say(t("ticket.no_file"))
    async with context.database.write() as write:
        if parcel.chat_id != group(context):
            person = await people.find(write, context.vault, parcel.chat_id)
            if person is not None:
                await tell(context, write, person, [text], now)
        elif (ticket := await _carried(write, parcel)) is not None:
            borrower = await people.by_id(write, context.vault, ticket.person_id)
            if borrower is not None:
                await post(write, context, borrower, ticket, [text])
    context.bell.set()


async def _delete(connection: AsyncConnection, context: Context, ticket: Ticket) -> None:
    """Delete a topic, under our own key: that of its borrower may be gone by then."""
    chat, thread = group(context), (await settled(connection, ticket)).thread
    if chat and thread is not None and thread > 0:
        gone = Call("deleteForumTopic", {"chat_id": chat, "message_thread_id": thread})
        await outbox.put(connection, context.vault.system, chat, [gone], context.clock())


async def _carried(connection: AsyncConnection, parcel: Parcel) -> Ticket | None:
    """Give the ticket a parcel for the group is about, unless it has left its topic."""
    if parcel.call.method == MAKE:
        return await tickets.in_thread(connection, -parcel.id)
    thread = -parcel.call.edits if parcel.call.edits else parcel.call.payload.get("message_thread_id")
    if not isinstance(thread, int):
        return None
    return await tickets.in_thread(connection, thread) or await ticket_in(connection, thread)


def _in(ticket: Ticket, call: Call) -> Call:
    """Put a call into the topic of a ticket."""
    if not call.method.startswith(INTO):
        return call
    if ticket.thread is not None and ticket.thread < 0:
        return replace(call, edits=-ticket.thread)
    return replace(call, payload={**call.payload, "message_thread_id": ticket.thread})


def _fit(reply: Reply) -> Reply:
    """Leave out the buttons of what is not done in a group: there one simply writes."""
    if not isinstance(reply, Say) or not isinstance(reply.keyboard, Inline):
        return reply
    rows = (tuple(one for one in row if not one.data.endswith(ELSEWHERE)) for row in reply.keyboard.rows)
    kept = tuple(row for row in rows if row)
    return replace(reply, keyboard=Inline(kept) if kept else None)
