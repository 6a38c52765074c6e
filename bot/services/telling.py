"""Telling somebody something they did not just ask for: rows of the outbox, in their language, under their key."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Reply
from bot.services import signing
from bot.services.context import Context
from bot.views.render import render
from storage import outbox
from storage.outbox import Call, Of, Parcel
from storage.people import Person


async def tell(
    context: Context, connection: AsyncConnection, person: Person, replies: Sequence[Reply], now: dt.datetime,
    priority: int = outbox.ANSWER, not_before: dt.datetime | None = None, of: Of | None = None,
) -> list[Parcel]:  # fmt: skip
    """Put messages to a person into the outbox; the courier carries what is given back once it is committed.

    `of` is what they hang on: they are taken back while they wait when that ends. Letters among them are signed.
    """
    if not person.reachable:
        return []
    locale = context.scene(person).locale
    calls = [Call(*render(reply, locale, person.chat_id)) for reply in replies]
    calls = await signing.sign(context, connection, person, list(zip(replies, calls, strict=True)), now)
    return await outbox.put(connection, person.sealer, person.chat_id, calls, now, priority, not_before, of)


def quiet_until(context: Context, person: Person, now: dt.datetime) -> dt.datetime | None:
    """Give the end of a person's quiet hours when it is quiet now, in their own zone; None when it is not."""
    start, end = person.quiet_from, person.quiet_to
    if start is None or end is None or start == end:
        return None
    here = now.astimezone(context.scene(person).locale.zone)
    quiet = start <= here.hour < end if start < end else here.hour >= start or here.hour < end
    if not quiet:
        return None
    day = here.date() + dt.timedelta(days=1 if here.hour >= end else 0)
    return dt.datetime.combine(day, dt.time(end), here.tzinfo).astimezone(dt.UTC)
