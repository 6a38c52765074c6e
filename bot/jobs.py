"""Jobs: APScheduler is only the clock; what is due is asked of the database."""

import datetime as dt
import logging

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.services.context import Context
from storage import dialogs, inbox, outbox

log = logging.getLogger(__name__)


def scheduler(context: Context) -> AsyncIOScheduler:
    """Build the clock with its few jobs; missed ones run once, late rather than never."""
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    clock.add_job(tidy, "interval", [context], hours=1, id="tidy")
    return clock


async def tidy(context: Context) -> None:
    """Forget conversations nobody came back to, and rows that have done their work."""
    config, now = context.settings.config, context.clock()
    async with context.database.write() as write:
        gone = await dialogs.expire(write, now - dt.timedelta(days=config.conversation.keep_days))
        old = now - dt.timedelta(days=config.delivery.keep_days)
        rows = await inbox.prune(write, old) + await outbox.prune(write, old)
    log.info("tidied: %d conversations, %d rows", gone, rows)
