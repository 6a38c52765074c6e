"""T5: `python -m tests.drills.replicas`: three bots on one database, and whoever works is killed again and again.

Time runs fast for them, so that an hour's jobs fall into a minute or two. Each run of a job leaves a row at its
beginning and another at its end, half of them in one transaction, which then notes the period too. Every period must
have been run to its end once; one whose job has several transactions may be run again if the kill came between its
last commit and the note. Some holders are paused instead (SIGSTOP) and wake up after they were followed.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bot import jobs, settings, wire
from bot.channels.local import LocalBotApi
from bot.jobs import Job
from bot.services import processes
from bot.services.context import Context
from storage import leases, marks, tables
from storage.database import Database
from tests import unhurried
from tests.drills.kill import ROOT, TOKEN
from tests.drills.servers import postgresql

BARS = {"sqlite": 5.0, "postgresql": 2.0}
"""Seconds within which another bot fetches updates."""
LENGTHS = (5, 5, 5, 5, 10, 10, 15, 20)
"""Minutes of the periods of the jobs."""
LOOKS = 0.1
SPREAD = 0.05  # seconds that a job takes, at most


@dataclass
class Report:
    """What became of the periods, and how long nobody worked."""

    kills: int = 0
    pauses: int = 0
    stuck: int = 0
    minutes: float = 0.0
    periods: int = 0
    once: int = 0
    unnoted: int = 0
    begun_again: int = 0
    gaps: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        gaps = sorted(self.gaps) or [0.0]
        return (
            f"{self.kills} kills, {self.pauses} pauses (in a transaction {self.stuck}), {self.minutes:.0f} minutes | "
            f"{self.periods} periods, run to the end once {self.once}, killed after the work and before the note "
            f"{self.unnoted}, begun again {self.begun_again} | take-over {statistics.median(gaps):.2f} s median, "
            f"{gaps[-1]:.2f} s at most | wrong {len(self.wrong)}"
        )


class Drill:
    """A Bot API, some bots, and what happens to whoever works."""

    def __init__(self, folder: Path, url: str, seed: int, *, beside: bool, speed: float = 40.0) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self._log = folder / "bot.log"
        self._environ = {
            "CANDOR_DATA": str(folder / "data"),
            "CANDOR_CONFIG": unhurried.config(folder),
            "DATABASE_URL": url,
            "BOT_TOKEN": TOKEN,
        }
        self._told = settings.load(environ=self._environ)
        self._api = LocalBotApi(TOKEN, people=())
        self._speed, self._began = speed, time.time()
        self._flags = ["--beside"] * beside
        self._bots: dict[int, asyncio.subprocess.Process] = {}
        self._starts = 0
        self.report = Report()

    async def run(self, kills: int, pauses: int, minutes: float) -> Report:
        """Kill and pause whoever works so many times, for so many minutes of the bots at least."""
        await asyncio.to_thread(wire.prepare, self._told)
        self._database = Database(self._told.database_url)
        await self._api.start()
        try:
            for _ in range(3):
                await self._start()
            await self._all_up()
            fence = await self._followed(0, 0.0)
            await asyncio.sleep(1)  # the first looks
            first = self._now()
            blows = ["kill"] * kills + ["pause"] * pauses
            self._rng.shuffle(blows)
            for blow in blows:
                await asyncio.sleep(self._rng.uniform(0.2, 1.5))
                fence = await self._strike(blow, fence)
            while (self._now() - first).total_seconds() < minutes * 60:
                await asyncio.sleep(0.1)
            last = self._now()
            await asyncio.sleep(3)  # whoever was started last listens to signals by now
            self.report.minutes = (last - first).total_seconds() / 60
            for bot in self._bots.values():
                bot.terminate()
            for bot in self._bots.values():
                if await bot.wait():
                    self.report.wrong.append(f"a bot ended with {bot.returncode} on SIGTERM")
            await self._compare(first, last)
        except TimeoutError:
            self.report.wrong.append(f"nobody followed; the log ends: {self.mistakes()}")
        finally:
            for bot in self._bots.values():
                if bot.returncode is None:
                    bot.kill()
                    await bot.wait()
            await self._database.close()
            await self._api.stop()
        return self.report

    def mistakes(self) -> str:
        """Give the last lines that the bots logged."""
        return "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-30:])

    def _now(self) -> dt.datetime:
        return fast(self._began, self._speed)

    async def _start(self) -> None:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
        environ = {**keep, **self._environ, "BOT_API_URL": self._api.url}
        command = (
            "-m",
            "tests.drills.replicas",
            "--replica",
            f"{self._began}",
            f"{self._speed}",
            *self._flags,
        )
        with self._log.open("ab") as log:
            bot = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=ROOT, env=environ, stdout=log, stderr=log
            )
        self._bots[bot.pid] = bot
        self._starts += 1

    async def _strike(self, blow: str, fence: int) -> int:
        async with self._database.read() as read:
            lease = await leases.find(read, leases.WORKER)
        assert lease is not None
        bot = self._bots[int(lease.holder.split("-")[1])]
        began = time.time()
        if blow == "kill":
            bot.kill()
            del self._bots[bot.pid]
            self.report.kills += 1
            followed = await self._followed(fence, began)
            await bot.wait()
            await self._start()
            await self._all_up()
            return followed
        bot.send_signal(signal.SIGSTOP)
        self.report.pauses += 1
        try:
            return await self._followed(fence, began, within=8)
        except TimeoutError:
            if not self._database.sqlite:
                raise
            self.report.stuck += 1  # paused in a transaction, it keeps everybody from writing
            return fence
        finally:
            await asyncio.sleep(self._rng.uniform(0, 1))
            bot.send_signal(signal.SIGCONT)

    async def _all_up(self) -> None:
        """Wait until every bot started so far stands by, or works."""
        async with asyncio.timeout(60):
            while self._log.read_text("utf-8", "replace").count("Candor is ready") < self._starts:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)

    async def _followed(self, fence: int, since: float, within: float = 30) -> int:
        """Wait until somebody with a higher fence fetches updates; gives the fence."""
        async with asyncio.timeout(within):
            while True:
                polls = [c.at for c in self._api.log if c.method == "getUpdates" and c.at > since + 0.005]
                async with self._database.read() as read:
                    lease = await leases.find(read, leases.WORKER)
                if polls and lease is not None and lease.fence > fence:
                    break
                await asyncio.sleep(0.01)
        if fence:
            self.report.gaps.append(polls[0] - since)
        return lease.fence

    async def _compare(self, first: dt.datetime, last: dt.datetime) -> None:
        async with self._database.read() as read:
            rows = (await read.execute(select(tables.marks.c.name, tables.marks.c.value))).all()
            taken = (
                await read.execute(select(tables.periods).where(tables.periods.c.job.startswith("drill")))
            ).all()
        begun: Counter[str] = Counter()
        ended: Counter[str] = Counter()
        for name, value in rows:
            if name.startswith("drill"):
                run, _, what = name.rpartition(".")
                (begun if what == "b" else ended)[run] += int(value)
        done = {f"{row.job}.{row.period}" for row in taken if row.done_at is not None}
        for name, job in drilled(SPREAD).items():
            moment, wanted = first, set()
            while moment <= last:
                wanted.add(f"{name}.{job.period(moment)}")
                moment += job.every / 4
            self.report.periods += len(wanted)
            for run in sorted(wanted):
                if ended[run] == 1 and run in done:
                    self.report.once += 1
                elif ended[run] == 2 and run in done and not job.whole:
                    self.report.unnoted += (
                        1  # its process was killed between its last commit and the note of it
                    )
                else:
                    self.report.wrong.append(
                        f"{run}: begun {begun[run]}, ended {ended[run]}, noted {run in done}"
                    )
                self.report.begun_again += max(begun[run] - 1, 0)
        if self.report.unnoted > self.report.kills:
            self.report.wrong.append(f"{self.report.unnoted} periods were run to the end twice")


def fast(began: float, speed: float) -> dt.datetime:
    """Give the time of the bots, which runs so much faster since `began`."""
    return dt.datetime.fromtimestamp(began + (time.time() - began) * speed, dt.UTC)


def drilled(spread: float) -> dict[str, Job]:
    """List jobs that note when they begin and when they end."""

    def made(name: str) -> Job:
        async def work(context: Context) -> None:
            chosen = select(tables.periods.c.period).where(
                tables.periods.c.job == name, tables.periods.c.done_at.is_(None)
            )
            async with context.database.write() as write:
                period = (await write.scalars(chosen.order_by(tables.periods.c.at.desc()))).first()
                await marks.more(write, f"{name}.{period}.b", context.clock())
                if number % 2:
                    await asyncio.sleep(random.uniform(0, spread))  # noqa: S311 - any moment will do
                    await marks.more(write, f"{name}.{period}.e", context.clock())
                    return
            await asyncio.sleep(random.uniform(0, spread))  # noqa: S311 - any moment will do
            async with context.database.write() as write:
                await marks.more(write, f"{name}.{period}.e", context.clock())

        number = int(name.removeprefix("drill"))
        return Job(work, dt.timedelta(minutes=LENGTHS[number]), whole=number % 2 > 0)

    return {name: made(name) for name in (f"drill{n}" for n in range(len(LENGTHS)))}


def replica(began: float, speed: float, *, beside: bool) -> None:
    """Be one of the bots. Unless `beside`, others take it for a process of another machine."""
    if not beside:  # as a start on another machine
        processes.name = lambda: f"elsewhere-{os.getpid()}"
    jobs.table = lambda _: drilled(SPREAD)  # type: ignore[assignment]  # jobs that are there to be counted
    jobs.SECONDS_BETWEEN_LOOKS = LOOKS
    asyncio.run(wire.run(settings.load(), print, lambda: fast(began, speed)))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.replicas", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 kills and a pause of each kind")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pauses", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=60, help="of the bots' own time, at least")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--replica", nargs=2, type=float, help=argparse.SUPPRESS)
    parser.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.replica:
        replica(*chosen.replica, beside=chosen.beside)
        return 0
    kills, pauses, minutes = (3, 1, 10.0) if chosen.quick else (chosen.kills, chosen.pauses, chosen.minutes)
    print(f"seed {chosen.seed}", flush=True)
    good = True
    with tempfile.TemporaryDirectory(prefix="candor-replicas-") as name, contextlib.ExitStack() as stack:
        make = stack.enter_context(postgresql(Path(name)))
        for kind in BARS:
            for beside in (False, True):
                folder = Path(name) / f"{kind}-{beside}"
                url = make(f"drill_{beside}".lower()) if kind == "postgresql" else ""
                drill = Drill(folder, url, chosen.seed, beside=beside)
                report = asyncio.run(drill.run(kills, 0 if beside else pauses, minutes))
                where = "on one machine" if beside else "as on three machines"
                print(f"T5 | {kind}, {where} | {report}", *report.wrong, sep="\n", flush=True)
                good = good and not report.wrong and max(report.gaps) <= BARS[kind]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
