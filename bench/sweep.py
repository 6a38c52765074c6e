"""`python -m bench.sweep --people N`: a night's sweep over so many watched borrowers: time, memory, growth, turns.

The sweep is the command itself (`python -m bot sweep`), in a process of its own that does nothing else. Then a bot
starts over the database and works off what was found, for a while.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import delete, insert, text
from sqlalchemy.engine import make_url

from bench.watched import Maker
from bot import jobs, settings, wire
from bot.channels.local import LocalBotApi, Person
from bot.channels.telegram import Front
from bot.services import sweeping
from bot.services.context import Context
from bot.settings import ROOT, Settings
from storage import inbox, marks
from storage.tables import inbox as inbox_table
from storage.tables import periods
from tests import unhurried
from tests.drills.servers import postgresql

TOKEN = "1:BENCH"
LOOKS = 0.05


def environment(folder: Path, url: str) -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
    return {**keep, "CANDOR_DATA": str(folder / "data"), "DATABASE_URL": url, "BOT_TOKEN": TOKEN,
            "CANDOR_CONFIG": unhurried.config(folder)}  # fmt: skip


async def size(context: Context) -> float:
    """How large the facts are, in MiB, with what is not yet in its place."""
    if context.database.sqlite:
        path = Path(make_url(context.database.url).database or "")
        return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) / 2**20
    async with context.database.read() as read:
        return float(await read.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 2**20


async def make(told: Settings, people: int) -> dict[str, Any]:
    await asyncio.to_thread(wire.prepare, told)
    context = await wire.build(told)
    began = time.perf_counter()
    try:
        await Maker(context).make(people)
        seconds = time.perf_counter() - began
        return {
            "step": "make",
            "people": people,
            "seconds": round(seconds, 1),
            "mib": round(await size(context), 1),
        }
    finally:
        await context.database.close()
        await context.vault.close()


def sweep(environ: dict[str, str]) -> dict[str, Any]:
    """Run the command, looking at its memory."""
    command = (sys.executable, "-m", "bot", "sweep", "--json")
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        seen, watched = [0.0], psutil.Process(process.pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            while process.poll() is None:
                seen.append(watched.memory_info().rss / 2**20)
                time.sleep(LOOKS)
        assert process.stdout is not None
        came_to = json.loads(process.stdout.read())
    middle = max(seen[: len(seen) // 2] or seen)
    return {"step": "sweep", **came_to, "people_per_s": round(came_to["people"] / came_to["seconds"]),
            "rss_peak_mib": round(max(seen), 1), "rss_peak_of_first_half_mib": round(middle, 1)}  # fmt: skip


async def turns(told: Settings, seconds: float) -> dict[str, Any]:
    """Start a bot, and count what it works off."""
    context = await wire.build(told)
    api = LocalBotApi(TOKEN, people=())
    await api.start()
    front = Front(context, TOKEN, api.url)
    running = asyncio.create_task(front.run())
    try:
        async with context.database.read() as read:
            found = await inbox.count(read, inbox.WAITING)
        before, began, left = await size(context), time.perf_counter(), found
        while left and time.perf_counter() - began < seconds:
            await asyncio.sleep(LOOKS)
            async with context.database.read() as read:
                left = await inbox.count(read, inbox.WAITING)
        took, done = time.perf_counter() - began, found - left
        grown = await size(context) - before
    finally:
        front.stop()
        await running
        await api.stop()
        await context.database.close()
        await context.vault.close()
    return {"step": "turns", "waiting": found, "done": done, "seconds": round(took, 1),
            "turns_per_s": round(done / took, 1), "grown_kib_each": round(1024 * grown / max(done, 1), 2)}  # fmt: skip


async def beside(environ: dict[str, str], told: Settings, seconds: float, *, nightly: bool) -> dict[str, Any]:
    """Ask a bot for something again and again, while it sweeps or when it has swept; gives how long answers take."""
    api = LocalBotApi(TOKEN, people=())
    await api.start()
    somebody = api.add_person(Person(5001, "Maria", language_code="en"))
    await _note(told, due=nightly)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=ROOT, env={**environ, "BOT_API_URL": api.url},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    waits, until = [], 0.0
    try:
        while not until or time.perf_counter() < until:
            began, shown = time.perf_counter(), len(somebody.messages())
            await somebody.say("/about")
            await somebody.wait(partial(_longer, shown + 1), within=120)
            if until:
                waits.append(1000 * (time.perf_counter() - began))
            until = until or time.perf_counter() + seconds
            await asyncio.sleep(0.1)
        looked = await _looked(told)
    finally:
        process.terminate()
        await process.wait()
        await api.stop()
    waits.sort()
    return {"step": "beside the sweep" if nightly else "without the sweep", "answers": len(waits), "looked_at": looked,
            "median_ms": round(waits[len(waits) // 2], 1), "p99_ms": round(waits[len(waits) * 99 // 100], 1),
            "worst_ms": round(waits[-1], 1)}  # fmt: skip


def _longer(than: int, chat: Sequence[object]) -> bool:
    return len(chat) > than


async def _note(told: Settings, *, due: bool) -> None:
    """Let the nightly sweep be due, or have been done; all other jobs have been, so that only it is measured."""
    context = await wire.build(told)
    try:
        async with context.database.write() as write:
            await marks.forget(write, sweeping.PLACE)
            await write.execute(
                delete(inbox_table)
            )  # another Bot API numbers its updates from the start again
            await write.execute(delete(periods))
            now = context.clock()
            rows = [
                {"job": name, "period": job.period(now), "fence": 1, "at": now, "done_at": now}
                for name, job in jobs.table(context).items()
                if name != "sweep" or not due
            ]
            await write.execute(insert(periods), rows)
    finally:
        await context.database.close()
        await context.vault.close()


async def _looked(told: Settings) -> int:
    context = await wire.build(told)
    try:
        async with context.database.read() as read:
            mark = await marks.find(read, sweeping.PLACE)
        return 0 if mark is None or mark.value.endswith(sweeping.DONE) else int(mark.value.split(" ")[2])
    finally:
        await context.database.close()
        await context.vault.close()


def measure(folder: Path, url: str, people: int, seconds: float) -> None:
    environ = environment(folder, url)
    told = settings.load(environ=environ)
    steps: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: asyncio.run(make(told, people)),
        lambda: sweep(environ),
        lambda: asyncio.run(turns(told, seconds)),
        lambda: sweep(environ),
        lambda: asyncio.run(beside(environ, told, seconds, nightly=False)),
        lambda: asyncio.run(beside(environ, told, seconds, nightly=True)),
    )
    for step in steps:
        print(json.dumps({**step(), "load": round(os.getloadavg()[0], 2)}), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL in the place of SQLite")
    parser.add_argument("--folder", type=Path, help="where to put the database (default: a temporary folder)")
    parser.add_argument("--seconds", type=float, default=60, help="how long the bot works at most")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder, prefix="candor-sweep-") as name,
        contextlib.ExitStack() as stack,
    ):
        url = stack.enter_context(postgresql(Path(name)))("bench") if chosen.postgresql else ""
        measure(Path(name), url, chosen.people, chosen.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
