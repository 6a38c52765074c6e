"""Intake: updates become rows before Telegram is told that we have them, each sealed under its person's own key.

So somebody is met here, before their first word is stored: what they sent is erased with them, wherever it lies.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.services.context import Context
from storage import inbox, people
from storage.inbox import Item
from storage.people import Person

Update = Mapping[str, Any]
KINDS = ("message", "edited_message", "my_chat_member")
NOTHING: Update = MappingProxyType({})
LARGEST_ID = 2**63


async def take_in(context: Context, updates: Sequence[Update]) -> list[Item]:
    """Store the private updates among some, and those of the staff group, and commit; gives those that are new.

    What happens in the group is the row of whoever does it: it is theirs, and keeps their order.
    """
    group = context.settings.config.support.group
    named = ((chat_of(u) or poster_of(u, group), u) for u in updates)
    rows = [(int(u["update_id"]), chat, u) for chat, u in named if chat is not None]
    if not rows:
        return []
    async with context.database.write() as write:
        sealers = await people.sealers(write, context.vault, {chat for _, chat, _ in rows})
        for _, chat, update in rows:
            if chat not in sealers:
                sealers[chat] = (await meet(context, write, chat, _language(update))).sealer
            if not sealers[chat].usable:  # one lost key must not keep everybody's updates out
                sealers[chat] = context.vault.system
        return await inbox.store(write, sealers, rows, context.clock())


async def meet(
    context: Context, connection: AsyncConnection, chat_id: int, language_code: str | None = None
) -> Person:
    """Start a row for somebody new, in the language their app speaks; give the one that is there otherwise."""
    config = context.settings.config.bot
    language = i18n.guess(language_code, config.languages, config.fallback_language)
    country = config.countries[0] if len(config.countries) == 1 else ""
    return await people.meet(connection, context.vault, chat_id, language, country, context.clock())


def chat_of(update: Update) -> int | None:
    """Name the private chat an update belongs to; None for anything else, and for what is no update at all."""
    query = _part(update, "callback_query") or _part(update, "pre_checkout_query")
    if query and not _part(query, "message"):
        return _number(_part(query, "from"))
    source = _part(query, "message") or next(
        (found for kind in KINDS if (found := _part(update, kind))), NOTHING
    )
    chat = _part(source, "chat")
    return _number(chat) if chat.get("type") == "private" else None


def poster_of(update: Update, group: int) -> int | None:
    """Name the person who did something in a topic of the group; None for whatever else an update is."""
    query = _part(update, "callback_query")
    message = _part(update, "message") or _part(update, "edited_message")
    within = _part(query, "message") or message
    by = _part(query or message, "from")
    if not group or _number(_part(within, "chat")) != group or by.get("is_bot") is not False:
        return None
    return _number(by) if within.get("message_thread_id") else None


def _language(update: Update) -> str | None:
    bodies = (_part(update, kind) for kind in (*KINDS, "callback_query", "pre_checkout_query"))
    codes = (_part(body, "from").get("language_code") for body in bodies)
    return next((code for code in codes if isinstance(code, str) and code), None)


def _part(whole: Update, name: str) -> Update:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else NOTHING


def _number(whole: Update) -> int | None:
    found = whole.get("id")
    return found if isinstance(found, int) and abs(found) < LARGEST_ID else None
