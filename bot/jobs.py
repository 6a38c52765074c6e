"""Jobs: APScheduler is only the clock. What is due is asked of the database, so that a missed hour is made up for.

A job has a period: an hour, a day, or a stretch of other length. It runs once for each, whichever process works then;
periods missed while nobody worked are made up for by one run, for the newest of them. A job that fails, or is cut off,
runs again: each must do no harm when it is run twice.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services import (
    alerting,
    asking,
    bulletins,
    casework,
    deskwork,
    digesting,
    disputing,
    feedback,
    retention,
    saving,
    sweeping,
    tips,
    trail,
)
from bot.services.context import Context
from bot.services.folder import Folder
from bot.services.leading import Leading
from storage import audit, dialogs, erasures, inbox, leases, marks, outbox, periods, rekeying, requests
from storage.leases import Fenced

log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every look that a long job holds up

Work = Callable[[Context], Awaitable[object]]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
QUARTER = dt.timedelta(seconds=15)
MONDAY = dt.timedelta(days=4)
"""From the day that time is counted from, a Thursday."""
OFTEN = dt.timedelta(minutes=5)
"""Jobs as frequent as this do not wait for the others."""
SECONDS_BETWEEN_LOOKS = 5.0
LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and how often. Stretches begin at `at` after midnight UTC, and at multiples of their length on.

    `whole`: all that it writes is one transaction. That it ran is noted in the same one, so that not even a kill lets
    it run twice.
    """

    work: Work
    every: dt.timedelta
    at: dt.timedelta = dt.timedelta(0)
    whole: bool = False

    def period(self, now: dt.datetime) -> str:
        """Name the period that `now` lies in by its beginning."""
        began = EPOCH + self.at + (now - EPOCH - self.at) // self.every * self.every
        return began.isoformat(timespec="seconds").replace("+00:00", "Z")


def table(context: Context) -> dict[str, Job]:
    """List the jobs, in the order they are done in when several are due."""
    inbox_of_lenders = context.settings.inbox
    folder = {} if inbox_of_lenders is None else {"folder": Job(Folder(inbox_of_lenders).look, QUARTER)}
    return folder | {
        "tidy": Job(tidy, HOUR),
        "backup": Job(saving.save, dt.timedelta(hours=context.settings.config.backups.every_hours)),
        "keyring": Job(saving.refresh_keyring, OFTEN),
        "keys": Job(let_keys_go, DAY),
        "trail": Job(keep_trail, DAY),
        "retention": Job(sweep, DAY),
        "absent": Job(retention.warn, DAY, whole=True),
        "disputes": Job(disputing.remind, DAY, whole=True),
        "feedback": Job(feedback.digest, DAY, whole=True),
        "questions": Job(asking.digest, 7 * DAY, MONDAY, whole=True),
        "escalate": Job(alerting.escalate, MINUTE),
        "wake": Job(casework.wake, MINUTE),
        "tickets": Job(deskwork.remind, MINUTE),
        "bulletins": Job(bulletins.deliver, MINUTE),
        "tips": Job(tips.weekly, HOUR),
        "digest": Job(digesting.digest, HOUR),
        "sweep": Job(sweeping.nightly, DAY, dt.timedelta(hours=context.settings.config.watch.sweep_hour)),
    }


class Rounds:
    """One worker's looks at what is due."""

    def __init__(self, context: Context, lead: Leading, jobs: Mapping[str, Job] | None = None) -> None:
        self._context, self._lead = context, lead
        self.jobs = table(context) if jobs is None else jobs
        self._settled: dict[str, str] = {}  # by job: the period that needs no more looking
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    async def look(self, *, often: bool | None = None) -> None:
        """Do what is due, one thing after the other: of all jobs, of the frequent ones, or of the others."""
        for name, job in self.jobs.items():
            if often is None or often == (job.every < OFTEN):
                period = job.period(self._context.clock())
                waits = asyncio.get_running_loop().time() < self._not_before.get(name, 0.0)
                if self._settled.get(name) != period and not waits and self._lead.sure:
                    await self._run(name, job, period)

    async def _run(self, name: str, job: Job, period: str) -> None:
        context, fence = self._context, self._lead.fence

        async def finish(write: AsyncConnection) -> None:
            await periods.finish(write, fence, name, period, context.clock())

        async with context.database.write() as write:
            mine = await periods.claim(write, leases.WORKER, fence, name, period, context.clock())
        if mine:
            fenced = Fenced(context.database, leases.WORKER, fence, finish if job.whole else None)
            try:
                await job.work(replace(context, database=fenced))
            except Exception as trouble:
                log.exception("the job %s failed: %s", name, type(trouble).__name__)
                self._pause(name)
                async with context.database.write() as write:
                    await periods.give_back(write, fence, name, period)
                return
            async with context.database.write() as write:
                await finish(write)
            context.bell.set()
        self._settled[name] = period
        self._failures.pop(name, None)

    def _pause(self, name: str) -> None:
        """Let a job that failed wait, each time longer."""
        self._failures[name] = self._failures.get(name, 0) + 1
        pause = min(SECONDS_BETWEEN_LOOKS * 2.0 ** min(self._failures[name], 10), LONGEST_PAUSE)
        self._not_before[name] = asyncio.get_running_loop().time() + pause


@contextlib.contextmanager
def running(context: Context, lead: Leading) -> Iterator[Rounds]:
    """Look again and again, for as long as this process works; a job under way at the end is cut off."""
    rounds = Rounds(context, lead)
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    for often in (True, False):
        clock.add_job(
            rounds.look,
            "interval",
            kwargs={"often": often},
            seconds=SECONDS_BETWEEN_LOOKS,
            id="often" if often else "others",
        )
    clock.start()
    try:
        yield rounds
    finally:
        clock.shutdown(wait=False)


async def tidy(context: Context) -> None:
    """Forget conversations nobody came back to, and rows that have done their work."""
    config, now = context.settings.config, context.clock()
    await erasures.settle(context.database, context.vault, now)  # what a turn could not bring to its end
    async with context.database.write() as write:
        gone = await dialogs.expire(write, now - dt.timedelta(days=config.conversation.keep_days))
        old = now - dt.timedelta(days=config.delivery.keep_days)
        rows = await inbox.prune(write, old) + await outbox.prune(write, old)
        rows += await erasures.prune(write, now) + await marks.prune(write, now - DAY)
        rows += await periods.prune(write, now - DAY) + await requests.prune(write, now)
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
    if verdict.sound:
        async with context.database.write() as write:
            await marks.put(write, marks.TRAIL, str(verdict.rows), context.clock())
    for finding in verdict.findings:
        log.critical("the audit trail: %s; see `python -m bot audit verify`", finding.words)
