"""T6: `python -m tests.drills.downtime`: the bot is away for ten minutes, and for more than a day.

While it is, alerts fall due, a conversation expires, hours and days for jobs go by, and people write. After the start
all of it must be done, once and in its order, within a minute.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select, update

from bot import jobs, settings, wire
from bot.channels.local import LocalBotApi, Person, Player
from bot.channels.telegram import Front
from bot.services import saving
from storage import outbox, tables
from storage.backups import archives
from storage.outbox import Call
from tests import unhurried
from tests.drills.backup import programs
from tests.drills.kill import TOKEN
from tests.drills.servers import postgresql
from tests.reading import reads, text_of

BAR = 60.0
GAPS = {"ten minutes": dt.timedelta(minutes=10), "twenty-five hours": dt.timedelta(hours=25)}
ALERTS = 3
PEOPLE = 8


@dataclass
class Report:
    """What was due, and what became of it."""

    alerts: int = 0
    updates: int = 0
    jobs: int = 0
    skipped: int = 0
    expired: int = 0
    backups: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"due: alerts {self.alerts}, updates {self.updates}, jobs {self.jobs} "
            f"(for {self.skipped} periods more that went by), conversations {self.expired}, backups {self.backups} | "
            f"all done after {self.seconds:.1f} s | wrong {len(self.wrong)}"
        )


class Drill:
    """A bot that is stopped, and started again so much later."""

    def __init__(self, folder: Path, url: str) -> None:
        self._told = settings.load(
            environ={
                "CANDOR_DATA": str(folder / "data"),
                "CANDOR_CONFIG": unhurried.config(folder),
                "DATABASE_URL": url,
                "BOT_TOKEN": TOKEN,
            }
        )
        self._api = LocalBotApi(TOKEN, people=())
        self._players = [
            self._api.add_person(Person(5000 + n, "Maria", language_code="en")) for n in range(PEOPLE)
        ]
        self._gap = dt.timedelta(0)
        self.report = Report()

    async def run(self, gap: dt.timedelta) -> Report:
        """Let the bot work, be away for so long, and work again."""
        await asyncio.to_thread(wire.prepare, self._told)
        await self._api.start()
        try:
            await self._start()
            for player in self._players:
                await player.say("/start")
            await self._done(60)
            before = await self._periods()
            await self._stop()
            await self._while_away(gap)
            self._gap = gap
            began = time.monotonic()
            await self._start()
            await self._done(BAR)
            self.report.seconds = time.monotonic() - began
            await asyncio.sleep(1.5)  # whatever is done twice
            await self._compare(before, gap)
            await self._stop()
        except TimeoutError:
            self.report.wrong.append(f"not done within {BAR:.0f} s: {await self._undone()}")
        finally:
            if not self._running.done():
                await self._stop()
            await self._api.stop()
        return self.report

    def _clock(self) -> dt.datetime:
        return wire.now() + self._gap

    async def _start(self) -> None:
        self._context = await wire.build(self._told, self._clock)
        self._front = Front(self._context, TOKEN, self._api.url, beside=jobs.running)
        self._running = asyncio.create_task(self._front.run())

    async def _stop(self) -> None:
        self._front.stop()
        await self._running
        await self._context.database.close()
        await self._context.vault.close()

    async def _while_away(self, gap: dt.timedelta) -> None:
        """Let alerts wait for an hour of the gap, a conversation be left alone for long enough, and people write."""
        context = await wire.build(self._told, self._clock)
        due, sealer = self._clock() + gap / 2, context.vault.system
        async with context.database.write() as write:
            for number in range(ALERTS):
                for player in self._players:
                    chat = player.person.id
                    call = Call("sendMessage", {"chat_id": chat, "text": f"alert {number}"})
                    await outbox.put(
                        write,
                        sealer,
                        chat,
                        [call],
                        self._clock(),
                        outbox.NOTICE,
                        due + dt.timedelta(seconds=number),
                    )
            kept = dt.timedelta(days=self._told.config.conversation.keep_days)
            longest = self._clock() - kept + gap / 2
            first = select(func.min(tables.dialogs.c.id)).scalar_subquery()
            await write.execute(
                update(tables.dialogs).where(tables.dialogs.c.id == first).values(touched_at=longest)
            )
            self.report.expired = int(
                await write.scalar(select(func.count()).where(tables.dialogs.c.touched_at == longest)) or 0
            )
        facts, _ = saving.folders(self._told)
        self._saved = len(archives(facts, "facts"))
        for player in self._players:
            await player.say("/help")
            await player.say("/about")
        self.report.alerts, self.report.updates = ALERTS * PEOPLE, 2 * PEOPLE
        await context.database.close()
        await context.vault.close()

    async def _undone(self) -> list[str]:
        """Name what is not done for the time it is now."""
        table, now = jobs.table(self._context), self._clock()
        async with self._context.database.read() as read:
            p = tables.periods.c
            done = {
                tuple(row)
                for row in await read.execute(select(p.job, p.period).where(p.done_at.is_not(None)))
            }
            unsent = await outbox.count(read, outbox.WAITING)
        # what is frequent begins anew all the time
        left = [n for n, job in table.items() if job.every >= jobs.HOUR and (n, job.period(now)) not in done]
        return left + [f"{unsent} messages"] * bool(unsent) + ["updates"] * bool(self._api.pending_updates)

    async def _done(self, within: float) -> None:
        async with asyncio.timeout(within):
            while await self._undone() or self._front.busy:
                await asyncio.sleep(0.05)

    async def _periods(self) -> set[tuple[str, str]]:
        async with self._context.database.read() as read:
            p = tables.periods.c
            rows = await read.execute(
                select(p.job, p.period).where(p.done_at.is_not(None)).order_by(p.done_at)
            )
            self._order = [tuple(row) for row in rows]
        return set(self._order)

    async def _compare(self, before: set[tuple[str, str]], gap: dt.timedelta) -> None:
        wrong, table = self.report.wrong, jobs.table(self._context)
        after = await self._periods()
        slow = [name for name, job in table.items() if job.every >= jobs.HOUR]
        new = [name for name, period in self._order if (name, period) not in before and name in slow]
        wanted = [n for n in slow if (n, table[n].period(self._clock())) not in before]
        self.report.jobs = len(wanted)
        self.report.skipped = sum(max(int(gap / table[n].every) - 1, 0) for n in slow)
        if new != wanted:
            wrong.append(f"run {new}, wanted once and in this order {wanted}")
        if len(after) < len(before):
            wrong.append("periods are forgotten")
        facts, _ = saving.folders(self._told)
        self.report.backups = wanted.count("backup")
        if len(archives(facts, "facts")) - self._saved != self.report.backups:
            wrong.append(f"{len(archives(facts, 'facts')) - self._saved} backups")
        async with self._context.database.read() as read:
            kept = self._clock() - dt.timedelta(days=self._told.config.conversation.keep_days)
            left = await read.scalar(select(func.count()).where(tables.dialogs.c.touched_at < kept))
        if left and "tidy" in wanted:
            wrong.append(f"{left} conversations are left")
        for player in self._players:
            wrong += [f"{player.person.id} saw {seen}" for seen in [said(player)] if seen != SAID]


SAID = ["help", "about", *(f"alert {n}" for n in range(ALERTS))]


def said(player: Player) -> list[str]:
    """Name what a person saw since they wrote, each kind in its order: answers, then alerts."""
    words = [text_of(m) for m in player.messages() if m["from"]["is_bot"]]
    answers = [k for w in words for k in ("help", "about") if reads(w, f"{k}.text", "en")]
    return answers + [w for w in words if w.startswith("alert ")]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.downtime", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="on SQLite only")
    chosen = parser.parse_args(argv)
    good = True
    with tempfile.TemporaryDirectory(prefix="candor-downtime-") as name, contextlib.ExitStack() as stack:
        make = None if chosen.quick else stack.enter_context(postgresql(Path(name)))
        os.environ["CANDOR_PG_BIN"] = "" if make is None else str(programs())
        for kind in ("sqlite",) if make is None else ("sqlite", "postgresql"):
            for number, (words, gap) in enumerate(GAPS.items()):
                url = make(f"drill_{number}") if make is not None and kind == "postgresql" else ""
                report = asyncio.run(Drill(Path(name) / f"{kind}-{number}", url).run(gap))
                print(f"T6 | {kind}, away for {words} | {report}", *report.wrong, sep="\n", flush=True)
                good = good and not report.wrong and report.seconds <= BAR
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
