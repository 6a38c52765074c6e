"""Intake: updates become rows before Telegram is told that we have them, each sealed under its person's own key.

So somebody is met here, before their first word is stored: what they sent is erased with them, wherever it lies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.services.context import Context
from storage import inbox, people
from storage.inbox import Item
from storage.people import Person

Update = Mapping[str, Any]


async def take_in(context: Context, updates: Sequence[Update]) -> list[Item]:
    """Store the private updates among some, and commit; gives those that are new."""
    rows = [(int(u["update_id"]), chat, u) for u in updates if (chat := chat_of(u)) is not None]
    if not rows:
        return []
    async with context.database.write() as write:
        sealers = await people.sealers(write, context.vault, {chat for _, chat, _ in rows})
        for _, chat, update in rows:
            if chat not in sealers:
                sealers[chat] = (await meet(context, write, chat, _language(update))).sealer
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
    """Name the private chat an update belongs to; None for anything else."""
    query = update.get("callback_query")
    source = (query or {}).get("message") or update.get("message") or update.get("edited_message")
    source = source or update.get("my_chat_member")
    if query and not source:
        return int(query["from"]["id"])
    if not source or source.get("chat", {}).get("type") != "private":
        return None
    return int(source["chat"]["id"])


def _language(update: Update) -> str | None:
    bodies = (
        update.get(kind) or {} for kind in ("message", "edited_message", "callback_query", "my_chat_member")
    )
    codes = ((body.get("from") or {}).get("language_code") for body in bodies)
    return next((str(code) for code in codes if code), None)
