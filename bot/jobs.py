"""Jobs: APScheduler is only the clock; what is due is asked of the database, so that a missed hour is made up for."""

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.services import disputing, feedback, retention, saving, trail
from bot.services.context import Context
from storage import audit, dialogs, erasures, inbox, marks, outbox, rekeying
from storage.outbox import Parcel

log = logging.getLogger(__name__)

Job = Callable[[Context], Awaitable[list[Parcel] | None]]
"""What is done, and what it leaves to be sent."""
Carry = Callable[[Sequence[Parcel]], None]
DAY = dt.timedelta(days=1)
MONTH = dt.timedelta(days=30)
SECONDS_BETWEEN_LOOKS = 300


def scheduler(context: Context, carry: Carry) -> AsyncIOScheduler:
    """Build the clock: every few minutes it looks what is due. `carry` takes what is to be sent."""
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    clock.add_job(look, "interval", [context, carry], seconds=SECONDS_BETWEEN_LOOKS, id="look")
    clock.add_job(look, args=[context, carry], id="first-look")
    return clock


async def look(context: Context, carry: Carry) -> None:
    """Do what is due, one thing after the other; what fails is tried again at the next look."""
    hours = dt.timedelta(hours=context.settings.config.backups.every_hours)
    jobs: dict[str, tuple[dt.timedelta, Job]] = {
        "tidy": (dt.timedelta(hours=1), tidy),
        "backup": (hours, saving.save),
        "keyring": (dt.timedelta(0), saving.refresh_keyring),
        "keys": (DAY, let_keys_go),
        "trail": (DAY, keep_trail),
        "retention": (DAY, sweep),
        "absent": (DAY, retention.warn),
        "disputes": (DAY, disputing.remind),
        "digest": (MONTH, feedback.digest),
    }
    for name, (every, job) in jobs.items():
        async with context.database.write() as write:
            due = await marks.due(write, f"job.{name}", every, context.clock())
        if not due:
            continue
        try:
            carry(await job(context) or [])
        except Exception as trouble:
            log.exception("the job %s failed: %s", name, type(trouble).__name__)
            async with context.database.write() as write:
                await marks.forget(write, f"job.{name}")


async def tidy(context: Context) -> None:
    """Forget conversations nobody came back to, and rows that have done their work."""
    config, now = context.settings.config, context.clock()
    await erasures.settle(context.database, context.vault, now)  # what a turn could not bring to its end
    async with context.database.write() as write:
        gone = await dialogs.expire(write, now - dt.timedelta(days=config.conversation.keep_days))
        old = now - dt.timedelta(days=config.delivery.keep_days)
        rows = await inbox.prune(write, old) + await outbox.prune(write, old)
        rows += await erasures.prune(write, now) + await marks.prune(write, now - DAY)
    log.info("tidied: %d conversations, %d rows", gone, rows)


async def sweep(context: Context) -> None:
    """Drop what has been kept as long as law and settings say."""
    log.info("retention: %s", await retention.sweep(context))


async def let_keys_go(context: Context) -> None:
    """Destroy data keys nobody needs: of people who never came to be, and those no kept backup is sealed under."""
    now = context.clock()
    gone = await erasures.orphans(context.database, context.vault, now)
    before = now - saving.scheme(context).horizon
    old = await rekeying.destroy_retired(context.database, context.vault, before, now)
    log.info("destroyed keys: %d of nobody, %d retired", gone, old)


async def keep_trail(context: Context) -> None:
    """Hold the whole audit trail against its chain and its anchor."""
    await trail.record(context, trail.damages_found(), context.clock())
    key = context.vault.secret("audit")
    verdict = await audit.keep(context.database, key, context.anchor, context.clock())
    for finding in verdict.findings:
        log.critical("the audit trail: %s; see `python -m bot audit verify`", finding.words)
