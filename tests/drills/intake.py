"""T3: `python -m tests.drills.intake`: updates wait, the bot is killed over the first of them, each is handled once.

Updates are queued before the bot starts. It is killed at the moment it has told Telegram of one of the first hundred
that it has it, or shortly after: fetching them (the next getUpdates confirms) or taking them by webhook (200 confirms).
What was confirmed then and not handled is what a bot without an inbox loses.
"""

import argparse
import asyncio
import contextlib
import os
import random
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import settings
from bot.channels.local import LocalBotApi, Person, Player
from storage import tables
from storage.database import Database
from tests import unhurried
from tests.drills.kill import ROOT, SETTLES
from tests.drills.ledger import SENDS
from tests.drills.servers import postgresql
from tests.reading import reads, text_of

TOKEN = "1:DRILL"
SECRET = "kD0v-3hJx_9QwZ5tB7nR2mC8sF4gL6aP1yE"
ASKED = ("help", "about", "privacy")
"""Commands that are answered with one message each, known by its words."""
FIRST = 100


@dataclass
class Report:
    """What became of the updates of some rounds."""

    rounds: int = 0
    updates: int = 0
    handled: int = 0
    in_between: int = 0
    """Confirmed to Telegram and not handled when the kill came."""
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"tried {self.updates} updates in {self.rounds} rounds | handled once {self.handled} | "
            f"confirmed but not handled at the kill {self.in_between} | messages repeated {self.repeated} | "
            f"wrong {len(self.wrong)}"
        )


class Round:
    """One bot, one kill, one more start."""

    def __init__(self, folder: Path, database_url: str, rng: random.Random, *, webhook: bool) -> None:
        self._rng = rng
        self._log = folder / "bot.log"
        self._environ = {
            "CANDOR_DATA": str(folder / "data"),
            "CANDOR_CONFIG": unhurried.config(folder),
            "DATABASE_URL": database_url,
            "BOT_TOKEN": TOKEN,
        }
        proxy = ""
        if webhook:
            port = free_port()
            proxy = f"http://127.0.0.1:{port}"
            self._environ |= {
                "BOT_WEBHOOK_URL": "https://bot.example/updates",
                "BOT_WEBHOOK_SECRET": SECRET,
                "BOT_WEBHOOK_PORT": str(port),
            }
        self._told = settings.load(environ=self._environ)
        self._api = LocalBotApi(TOKEN, people=(), proxy=proxy)

    async def run(self, people: int, each: int, report: Report) -> None:
        """Queue `each` updates of so many people, kill, start again, and count."""
        asked = [[self._rng.choice(ASKED) for _ in range(each)] for _ in range(people)]
        players = [self._api.add_person(Person(3000 + n, "Maria", language_code="en")) for n in range(people)]
        for commands in zip(*asked, strict=True):
            for player, command in zip(players, commands, strict=True):
                await player.say(f"/{command}")
        await self._api.start()
        try:
            await self._kill(await self._start(), self._rng.randint(1, FIRST))
            handled = (await self._states()).get("done", 0)
            report.in_between += people * each - self._api.pending_updates - handled
            bot = await self._start()
            await self._api.idle(quiet=1.5, within=120)
            bot.terminate()
            await bot.wait()
            await self._count(players, asked, report)
        finally:
            await self._api.stop()

    async def _start(self) -> asyncio.subprocess.Process:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
        environ = {**keep, **self._environ, "BOT_API_URL": self._api.url}
        with self._log.open("ab") as log:
            command = (sys.executable, "-m", "bot", "run")
            return await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=environ, stdout=log, stderr=log
            )

    async def _kill(self, bot: asyncio.subprocess.Process, which: int) -> None:
        """Kill a bot once it has confirmed so many updates, or up to a tenth of a second later."""
        updates = self._api._world.updates
        waiting, confirm, reached = len(updates), updates.confirm, asyncio.Event()
        at_once = self._rng.random() < 0.5

        def confirmed(offset: int) -> None:
            confirm(offset)
            if waiting - len(updates) >= which and not reached.is_set():
                reached.set()
                if at_once:
                    bot.kill()

        updates.confirm = confirmed  # type: ignore[method-assign]  # to the microsecond, from outside
        async with asyncio.timeout(60):
            await reached.wait()
        await asyncio.sleep(0 if at_once else self._rng.uniform(0, 0.1))
        with contextlib.suppress(ProcessLookupError):
            bot.kill()
        await bot.wait()
        updates.confirm = confirm  # type: ignore[method-assign]  # as it was
        await asyncio.sleep(SETTLES)

    async def _states(self) -> dict[str, int]:
        inbox = tables.inbox
        chosen = sa.select(inbox.c.state, sa.func.count(), sa.func.count(sa.distinct(inbox.c.update_id)))
        async with reading(self._told.database_url) as read:
            rows = (await read.execute(chosen.group_by(inbox.c.state))).all()
        return {row[0]: row[1] for row in rows if row[1] == row[2]}

    async def _count(self, players: list[Player], asked: list[list[str]], report: Report) -> None:
        states = await self._states()
        report.rounds += 1
        report.updates += sum(map(len, asked))
        report.handled += states.get("done", 0)
        if states != {"done": sum(map(len, asked))}:
            report.wrong.append(f"the inbox holds {states}")
        outbox = tables.outbox
        async with reading(self._told.database_url) as read:
            sent = (await read.execute(
                sa.select(outbox.c.chat_id, outbox.c.message_id)
                .where(outbox.c.method.in_(SENDS), outbox.c.state == "sent").order_by(outbox.c.id)
            )).all()  # fmt: skip
            known = await read.scalar(sa.select(sa.func.count()).select_from(tables.people))
        if known != len(players):
            report.wrong.append(f"{known} people are known, {len(players)} wrote")
        for player, commands in zip(players, asked, strict=True):
            shown = {m["message_id"]: m for m in player.messages() if m["from"]["is_bot"]}
            recorded = [row.message_id for row in sent if row.chat_id == player.person.id]
            heard = [_heard(text_of(shown[message])) if message in shown else "" for message in recorded]
            if heard != commands:
                report.wrong.append(f"{player.person.id} asked {commands} and heard {heard}")
            report.repeated += len(shown) - len(recorded)
            if len(shown) - len(recorded) > 1:
                report.wrong.append(f"{player.person.id} heard {len(shown) - len(recorded)} messages twice")


def free_port() -> int:
    """Name a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.asynccontextmanager
async def reading(url: str) -> Any:
    """Read a database while no bot has it open."""
    database = Database(url)
    try:
        async with database.read() as read:
            yield read
    finally:
        await database.close()


def _heard(words: str) -> str:
    return next((name for name in ASKED if reads(words, f"{name}.text", "en")), "")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.intake", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of each kind, 150 updates")
    parser.add_argument("--rounds", type=int, default=5, help="with a kill each, of each kind")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(argv)
    rounds, each = (1, 6) if chosen.quick else (chosen.rounds, 20)
    print(f"seed {chosen.seed}", flush=True)
    rng, good = random.Random(chosen.seed), True  # noqa: S311 - a drill is to be repeatable
    with tempfile.TemporaryDirectory(prefix="candor-intake-") as name, contextlib.ExitStack() as stack:
        make = stack.enter_context(postgresql(Path(name)))
        for kind in ("sqlite", "postgresql"):
            for webhook in (False, True):
                report = Report()
                for number in range(rounds):
                    place = f"{kind}_{'webhook' if webhook else 'fetched'}_{number}"
                    url = make(place) if kind == "postgresql" else ""
                    one = Round(Path(name) / place, url, rng, webhook=webhook)
                    asyncio.run(one.run(25, each, report))
                way = "webhook" if webhook else "getUpdates"
                print(f"T3 | {kind}, {way} | {report}", *report.wrong, sep="\n", flush=True)
                good = good and not report.wrong and report.handled == report.updates
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
