"""The audit trail from the front: entries commit with what they tell of, and are anchored outside the database next."""

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.context import Context
from storage import audit, damages
from storage.anchor import AnchorDamaged, Head
from storage.audit import Entry

log = logging.getLogger(__name__)

CLOCK, SHELL = "clock", "shell"
"""Who acts where no person does: our own jobs, and whoever is at the command line."""


async def append(
    context: Context, connection: AsyncConnection, entries: Sequence[Entry], now: dt.datetime
) -> Head | None:
    """Add entries, last in a transaction; gives the trail's head, to be anchored once it is committed."""
    if not entries:
        return None
    return await audit.append(connection, context.vault.secret("audit"), entries, now)


async def anchor(context: Context, head: Head | None, now: dt.datetime) -> None:
    """Note a committed head outside the database; a failure is said loudly, and caught up with by `audit.keep`."""
    if head is None:
        return
    try:
        await asyncio.to_thread(context.anchor.note, *head, now)
    except (AnchorDamaged, OSError) as trouble:
        # the rows are committed, and what they tell of has happened: nobody is turned away for it
        log.critical("the audit trail is not anchored: %s", type(trouble).__name__)


async def record(context: Context, entries: Sequence[Entry], now: dt.datetime) -> None:
    """Add entries in a transaction of their own, and anchor them."""
    async with context.database.write() as write:
        head = await append(context, write, entries, now)
    await anchor(context, head, now)


def damages_found() -> list[Entry]:
    """Give an entry for every damaged value met since the last call."""
    return [Entry(CLOCK, "damage.found", place, "-", audit.FAILED) for place in damages.take()]
