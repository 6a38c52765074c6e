"""`python -m tests.drills.sweep`: a sweep is killed again and again, and everybody is scored anew exactly once.

A database of watched borrowers whose scores are up to a year old. The sweep runs in a process of its own, a few people
at a step, and is killed (SIGKILL) at random places while a bot works off what it gives; each time another goes on.
Who is to be found is reckoned before, person by person, with the model itself.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

import engine
from bench.watched import Maker
from bot import settings, wire
from bot.channels.local import LocalBotApi
from bot.channels.telegram import Front
from bot.cli import sweep as command
from bot.services import scoring, sweeping
from bot.services.context import Context
from storage import inbox, marks, people, scores, tables
from tests import unhurried
from tests.drills.kill import ROOT
from tests.drills.servers import postgresql

TOKEN = "1:DRILL"
STEP = 20  # people


@dataclass
class Report:
    """What came of a sweep that was killed."""

    people: int = 0
    kills: int = 0
    moved: int = 0
    scored: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.people} people, {self.kills} kills | scores that moved by time {self.moved} | "
            f"scored anew exactly once {self.scored} | wrong {len(self.wrong)}"
        )


async def drill(folder: Path, url: str, crowd: int, kills: int, rng: random.Random) -> Report:
    """Kill a sweep over so many people so many times, and count."""
    environ = {
        "CANDOR_DATA": str(folder / "data"), "CANDOR_CONFIG": unhurried.config(folder), "DATABASE_URL": url,
        "BOT_TOKEN": TOKEN,
    }  # fmt: skip
    told = settings.load(environ=environ)
    await asyncio.to_thread(wire.prepare, told)
    context = await wire.build(told)
    api = LocalBotApi(TOKEN, people=())
    await api.start()
    front = Front(context, TOKEN, api.url)
    report = Report(crowd)
    running = None
    try:
        await Maker(context, rng.randrange(2**32), days=365).make(crowd)
        wanted = await _moved(context)
        report.moved = len(wanted)
        running = asyncio.create_task(front.run())
        places = sorted(rng.sample(range(0, crowd, STEP), kills))
        for place in places:
            report.kills += await _killed(environ, context, place, rng)
        await _ended(environ)
        await _worked_off(context)
        await _count(context, wanted, report)
        again = await sweeping.sweep(context)
        if again.found or again.looked != crowd:
            report.wrong.append(f"a sweep after it finds {again.found} of {again.looked}")
    finally:
        front.stop()
        if running is not None:
            await running
        await api.stop()
        await context.database.close()
        await context.vault.close()
    return report


async def _moved(context: Context) -> set[int]:
    """Reckon whose score is another one today, without any of the sweep's shortcuts."""
    now, found = context.clock(), set()
    async with context.database.read() as read:
        everybody = list(await read.scalars(select(tables.people.c.id)))
        for number in everybody:
            person = await people.by_id(read, context.vault, number)
            assert person is not None
            pack = context.packs[person.country]
            last = (await scores.recent(read, person, most=1))[0]
            said = {n: scoring.grown(n, v, last.at, now) for n, v in last.content["answers"].items()}
            aged = scoring.usable(said, pack, {"score"})
            if context.model.score(engine.record(aged, pack), pack).score != last.content["result"]["score"]:
                found.add(number)
    return found


async def _killed(environ: dict[str, str], context: Context, place: int, rng: random.Random) -> int:
    """Let a sweep go on until it has looked at so many, or a moment longer, and kill it."""
    process = await _start(environ)
    while process.returncode is None and await _looked(context) < place:
        await asyncio.sleep(0.001)
    await asyncio.sleep(rng.uniform(0, 0.03))
    if process.returncode is not None:
        return 0  # it came to its end first
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    return 1


async def _looked(context: Context) -> int:
    async with context.database.read() as read:
        mark = await marks.find(read, sweeping.PLACE)
    if mark is None:
        return -1
    _, place, *rest = mark.value.split(" ")
    return 2**62 if place == sweeping.DONE else int(rest[0])


async def _ended(environ: dict[str, str]) -> None:
    process = await _start(environ)
    if await process.wait():
        raise RuntimeError("the last sweep did not come to its end")


async def _start(environ: dict[str, str]) -> asyncio.subprocess.Process:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.drills.sweep", "--step", cwd=ROOT, env=keep | environ,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def _worked_off(context: Context) -> None:
    async with asyncio.timeout(600):
        while True:
            async with context.database.read() as read:
                if not await inbox.count(read, inbox.WAITING):
                    return
            await asyncio.sleep(0.1)


async def _count(context: Context, wanted: set[int], report: Report) -> None:
    rows, given = tables.scores, tables.inbox
    async with context.database.read() as read:
        new = select(rows.c.person_id, func.count()).where(rows.c.cause == "time").group_by(rows.c.person_id)
        scored = {row[0]: row[1] for row in await read.execute(new)}
        known = await read.execute(select(tables.people.c.chat_id, tables.people.c.id))
        chats = {row.chat_id: row.id for row in known}
        work = Counter(await read.scalars(select(given.c.chat_id)))
    report.scored = sum(number == 1 and person in wanted for person, number in scored.items())
    report.wrong += [f"{person} was left out" for person in wanted - scored.keys()]
    report.wrong += [f"{person} was scored {n} times" for person, n in scored.items() if n > 1]
    report.wrong += [f"{person} was scored for nothing" for person in scored.keys() - wanted]
    report.wrong += [f"{chats[chat]} was found {n} times" for chat, n in work.items() if n > 1]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.sweep", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="400 people and 4 kills, on SQLite and PostgreSQL"
    )
    parser.add_argument("--kills", type=int, default=20, help="on each")
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--step", action="store_true", help=argparse.SUPPRESS)  # the sweep that is killed
    chosen = parser.parse_args(argv)
    if chosen.step:
        sweeping.AT_ONCE = STEP
        return command.sweep(settings.load(), argparse.Namespace(json=True))
    crowd, kills = (400, 4) if chosen.quick else (chosen.people, chosen.kills)
    print(f"seed {chosen.seed}", flush=True)
    rng, good = random.Random(chosen.seed), True  # noqa: S311 - a drill is to be repeatable
    with tempfile.TemporaryDirectory(prefix="candor-sweep-") as name, contextlib.ExitStack() as stack:
        make = stack.enter_context(postgresql(Path(name)))
        for kind in ("sqlite", "postgresql"):
            folder = Path(name) / kind
            folder.mkdir()
            url = make("sweep") if kind == "postgresql" else ""
            report = asyncio.run(drill(folder, url, crowd, kills, rng))
            print(f"T28 | sweep, {kind} | {report}", *report.wrong[:20], sep="\n", flush=True)
            good = good and not report.wrong and report.scored == report.moved
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
