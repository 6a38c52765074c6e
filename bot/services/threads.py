"""The staff group: each ticket is a topic of its own there, where those who serve see it and answer it.

What goes into the group is sealed under the borrower's key. A topic has no number until Telegram has made it: up to
then a ticket's `thread` is the row of the outbox that makes it, below zero, and what is to go in waits for that row.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.dialogs.reply import Reply, Say
from bot.i18n import Locale, t
from bot.services.context import Context
from bot.views.render import render
from storage import outbox, tickets
from storage.outbox import Call, Parcel
from storage.people import Person
from storage.tickets import Ticket

LONGEST_NAME = 128


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
    make = Call("createForumTopic", {"chat_id": chat, "name": about[:LONGEST_NAME]})
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
    calls = [_in(ticket, Call(*render(reply, language, chat))) for reply in replies]
    return await outbox.put(connection, borrower.sealer, chat, calls, context.clock())


async def shut(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, *, closed: bool
) -> list[Parcel]:
    """Close the topic of a ticket, or open it again."""
    method, chat = "closeForumTopic" if closed else "reopenForumTopic", group(context)
    call = _in(ticket, Call(method, {"chat_id": chat}))
    return await outbox.put(connection, borrower.sealer, chat, [call], context.clock())


async def settle(connection: AsyncConnection, ticket: Ticket) -> Ticket:
    """Give a ticket with the number of its topic, as far as that is known by now."""
    if ticket.thread is None or ticket.thread > 0:
        return ticket
    number = await outbox.message_of(connection, -ticket.thread)
    return ticket if number is None else replace(ticket, thread=number)


def _in(ticket: Ticket, call: Call) -> Call:
    """Put a call into the topic of a ticket."""
    if ticket.thread is not None and ticket.thread < 0:
        return replace(call, edits=-ticket.thread)
    return replace(call, payload={**call.payload, "message_thread_id": ticket.thread})
