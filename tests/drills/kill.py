"""T1: `python -m tests.drills.kill`: the bot is killed again and again, and nothing is lost or done twice.

The bot runs in a process of its own and is killed (SIGKILL) at random moments while several people walk through it:
at a random time, while it starts, just before or just after one of its calls takes effect, and right after it was given
updates. Then what people said and saw is held against what the database holds.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import make_url

from bot import settings
from bot.channels.local import Fault, LocalBotApi, Person
from bot.channels.local.faults import Injector
from bot.channels.local.params import Call
from tests import unhurried
from tests.drills.ledger import READY_WITHIN, Ledger, Report
from tests.drills.servers import postgresql
from tests.walker import Walker

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "1:DRILL"
LANGUAGES = ("en", "zh-hans", "es", "en", "zh-hans")
MOMENTS = ("time", "time", "start", "before", "after", "after", "fetch")
FIRST_AT_START = 2  # kills that fall, for sure, while the databases are being made
SETTLES = 0.03  # seconds in which what a dead bot sent has reached us


class Drill:
    """A Bot API, people, and a bot that dies a lot."""

    command: Sequence[str] = ("-m", "bot", "run")

    def __init__(self, folder: Path, database_url: str = "", crowd: int = 6, seed: int = 1) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self.data = folder / "data"
        self._environ = {"CANDOR_DATA": str(self.data), "DATABASE_URL": database_url, "BOT_TOKEN": TOKEN}
        self._environ["CANDOR_CONFIG"] = unhurried.config(folder)
        self._told = settings.load(environ=self._environ)
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log = folder / "bot.log"
        self.api = LocalBotApi(TOKEN, people=(), latency=0.01, callback_lifetime=36_000)
        self.walkers = []
        for n in range(crowd):
            person = Person(
                2000 + n, "Maria", language_code=LANGUAGES[n % 5], phone=f"+120255501{n % 100:02d}"
            )
            self.walkers.append(Walker(self.api.add_person(person), "us", n + 1, seed * 1000 + n))
        self._bot: asyncio.subprocess.Process | None = None
        self._fuse: tuple[str, int] = ("", 0)
        # the newest message there was at each kill, once everything of the dead bot had come in
        self._marks: list[int] = []
        self._polls = 0
        self.trouble: Injector | None = None  # what else goes wrong, beside the kills
        self.report = Report()

    async def run(self, kills: int, further: int = 3, progress: bool = False) -> Report:
        """Kill the bot so many times, see everybody go on for some `further` steps, and compare."""
        self.api.fault = self._strike
        await self.api.start()
        walking = [asyncio.create_task(self._walk(walker)) for walker in self.walkers]
        try:
            await self._start()
            for number in range(kills):
                await self._kill("start" if number < FIRST_AT_START else self._rng.choice(MOMENTS))
                if progress and (number + 1) % 10 == 0:
                    print(f"{number + 1} kills, {sum(w.updates for w in self.walkers)} updates", flush=True)
            await self._go_on(further)
            for task in walking:
                if task.done():
                    task.result()  # a walker stumbled: the drill is at fault, not the bot
                task.cancel()
            quiet = 2.2 if self.trouble else 0.7  # a call that was put off comes back within two seconds
            self.trouble = None
            await self.api.idle(quiet, within=60)
            for walker in self.walkers:
                await walker.step()  # they do nothing more, but notice what has come
            await self._stop()
            self._check_file()
            await Ledger(self._told, self.walkers, self._marks, self.report).compare()
        finally:
            for task in walking:
                task.cancel()
            if self._bot is not None and self._bot.returncode is None:
                self._bot.kill()
                await self._bot.wait()
            await self.api.stop()
        return self.report

    def environment(self) -> dict[str, str]:
        """Give what the bot's process is told."""
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
        return {**keep, **self._environ, "BOT_API_URL": self.api.url}

    async def died(self) -> None:
        """Look at what a killed bot left, before the next one starts."""
        self.report.intact += self._check_file()

    def mistakes(self) -> list[str]:
        """Give the last lines in which the bot logged something worse than a warning."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if " ERROR " in line or " CRITICAL " in line or "Error:" in line][-20:]

    async def _walk(self, walker: Walker) -> None:
        while True:
            await walker.step()
            await asyncio.sleep(self._rng.uniform(0.0, 0.03))

    async def _start(self) -> None:
        with self._log.open("ab") as log:
            self._bot = await asyncio.create_subprocess_exec(
                sys.executable, *self.command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log
            )
        self._polls = 0

    async def _ready(self) -> None:
        began = time.monotonic()
        async with asyncio.timeout(30):
            while not self._polls:
                await asyncio.sleep(0.005)
        self.report.slowest_start = max(self.report.slowest_start, time.monotonic() - began)

    async def _kill(self, moment: str) -> None:
        assert self._bot is not None
        if moment == "start":
            await asyncio.sleep(self._rng.uniform(0.05, 1.2))
            self._end_it()
        elif moment == "time":
            await self._ready()
            await asyncio.sleep(self._rng.uniform(0.0, 0.8))
            self._end_it()
        else:
            await self._ready()
            await asyncio.sleep(self._rng.uniform(0.0, 0.3))
            self._fuse = (moment, self._rng.randint(1, 20))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._bot.wait()
        self._end_it()
        await self._bot.wait()
        self._fuse = ("", 0)
        await asyncio.sleep(SETTLES)
        while self.api._running:
            await asyncio.sleep(0.005)
        self._marks.append(
            max((m["message_id"] for w in self.walkers for m in w.player.messages()), default=0)
        )
        self.report.kills += 1
        await self.died()
        await self._start()

    def _end_it(self) -> None:
        assert self._bot is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._bot.pid, signal.SIGKILL)

    def _strike(self, call: Call) -> Fault | None:
        fetch = call.method == "getUpdates"
        self._polls += fetch
        moment, left = self._fuse
        if moment and fetch == (moment == "fetch") and (not fetch or self.api.pending_updates):
            self._fuse = (moment, left - 1)
            if left - 1 <= 0:
                self._fuse = ("", 0)
                asyncio.get_running_loop().call_soon(self._end_it)
                return Fault(drop=True, after=moment != "before")
        return self.trouble(call) if self.trouble else None

    async def _go_on(self, further: int) -> None:
        """See that everybody gets on with it after the last kill, without repeating themselves."""
        await self._ready()
        before = [walker.updates for walker in self.walkers]
        try:
            async with asyncio.timeout(30):
                while any(w.updates < b + further for w, b in zip(self.walkers, before, strict=True)):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            for walker, b in zip(self.walkers, before, strict=True):
                if walker.updates < b + further:
                    self.report.lost.append(f"{walker.player.person.id} waits for {walker.waits_for}")
        for walker in self.walkers:
            walker.frozen = True

    async def _stop(self) -> None:
        assert self._bot is not None
        self._bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            if await self._bot.wait() != 0:
                self.report.wrong.append(f"the bot ended with {self._bot.returncode} on SIGTERM")

    def _check_file(self) -> bool:
        """Let SQLite check a copy of each of its files: a look at the file itself would tidy up after the kill."""
        found: list[str] = []
        for url in (self._told.database_url, self._told.keyring_url):
            if not url.startswith("sqlite"):
                continue
            path = Path(str(make_url(url).database))
            with tempfile.TemporaryDirectory() as scratch:
                for part in path.parent.glob(f"{path.name}*"):
                    shutil.copy(part, scratch)
                copy = Path(scratch) / path.name
                if not copy.exists():
                    continue  # killed before it was made
                try:
                    with contextlib.closing(sqlite3.connect(copy)) as connection:
                        for check in ("integrity_check", "foreign_key_check"):
                            found += [f"{path.name}: {row}" for row in connection.execute(f"PRAGMA {check}")]
                except sqlite3.DatabaseError as damage:
                    found.append(f"{path.name}: {damage}")
        damaged = [words for words in found if not words.endswith("('ok',)")]
        self.report.wrong += [f"after kill {self.report.kills}: {words}" for words in damaged]
        return not damaged


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.kill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 kills on each")
    parser.add_argument(
        "--kills", type=int, default=100, help="on each kind of database (default %(default)s)"
    )
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args(argv)
    kills = 10 if chosen.quick else chosen.kills
    print(f"seed {chosen.seed}", flush=True)
    good = True
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="candor-kill-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            url = stack.enter_context(postgresql(folder))("drill") if kind == "postgresql" else ""
            drill = Drill(folder / "bot", url, chosen.people, chosen.seed)
            report = asyncio.run(drill.run(kills, progress=True))
            if not report.clean:
                print(*drill.mistakes(), sep="\n")
        survived = report.clean and report.slowest_start <= READY_WITHIN
        print(f"T1 | {kind} | {report}", flush=True)
        good = good and survived
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
