"""T4: `python -m tests.drills.concurrency`: processes that read and then write one row, at the same time.

Four processes of four tasks each count on one row, reading it first; and four processes guess at one person's PIN.
The counter must hold every step, the PIN must have been tried as often as its limit says, and nobody may be told that
the database is locked.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, insert, select

from storage import keyring, migrate, people, pins
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.tables import inbox
from storage.tables import pins as pins_table
from storage.vault import Vault
from tests.drills.kill import ROOT
from tests.drills.servers import postgresql

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
TASKS = 4
LIMIT = 5
WORKER = """
import asyncio, datetime, sys
from sqlalchemy import select, update
from storage import pins
from storage.database import Database
from storage.tables import inbox

async def count(database, times):
    for _ in range(times):
        async with database.write() as write:
            seen = await write.scalar(select(inbox.c.attempts).where(inbox.c.id == 1).with_for_update())
            await asyncio.sleep(0)
            await write.execute(update(inbox).where(inbox.c.id == 1).values(attempts=seen + 1))
    return times

async def guess(database, times):
    limits = pins.Limits(5, 10, datetime.timedelta(minutes=15))
    now = datetime.datetime.fromisoformat("2026-11-23T09:30:00+00:00")
    allowed = 0
    for _ in range(times):
        async with database.write() as write:
            allowed += (await pins.spend(write, 1, limits, now)).allowed
    return allowed

async def main(what, url, tasks, times):
    database = Database(url)
    work = {"count": count, "guess": guess}[what]
    print(sum(await asyncio.gather(*(work(database, times) for _ in range(tasks)))))
    await database.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""


@dataclass
class Report:
    """What the processes did, what the row holds, and how many guesses at a PIN were let through."""

    done: int = 0
    held: int = 0
    seconds: float = 0.0
    guesses: int = 0
    evaluated: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.done == self.held and self.evaluated == LIMIT and not self.complaints

    def __str__(self) -> str:
        return (
            f"tried {self.done} updates in {self.seconds:.0f} s | lost {self.done - self.held} | "
            f"{self.guesses} guesses at a PIN, {self.evaluated} evaluated, {LIMIT} allowed | "
            f"told that something is locked, or worse {len(self.complaints)}"
        )


def drill(folder: Path, url: str, processes: int, times: int, guesses: int) -> Report:
    """Let so many processes loose on an empty database."""
    report = Report(guesses=processes * TASKS * guesses)
    migrate.upgrade(url)
    asyncio.run(_begin(folder, url))
    began = time.monotonic()
    report.done = _parallel("count", url, processes, times, report)
    report.seconds = time.monotonic() - began
    report.evaluated = _parallel("guess", url, processes, guesses, report)
    report.held, spent = asyncio.run(_end(url))
    if spent != report.evaluated:
        report.complaints.append(f"{report.evaluated} guesses were let through, {spent} are on record")
    return report


def _parallel(what: str, url: str, processes: int, times: int, report: Report) -> int:
    command = (sys.executable, "-c", WORKER, what, url, str(TASKS), str(times))
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
            for _ in range(processes)
        ]
        said = [child.communicate() for child in children]
    report.complaints += [complaint.strip().splitlines()[-1] for _, complaint in said if complaint.strip()]
    return sum(int(figure or 0) for figure, _ in said)


async def _begin(folder: Path, url: str) -> None:
    database = Database(url)
    keys = f"sqlite+aiosqlite:///{folder / 'keys' / 'keyring.db'}"
    keyring.make(keys)
    vault = Vault(MasterKeys.make(folder / "keys" / "master.key"), Database(keys), lambda: NOW)
    await vault.open()
    async with database.write() as write:
        await write.execute(insert(inbox).values(id=1, chat_id=1, key_id=1, at=NOW))
        person = await people.meet(write, vault, 1, "en", "us", NOW)
        assert person.id == 1
        await pins.choose(write, person, "hash", NOW)
    await vault.close()
    await database.close()


async def _end(url: str) -> tuple[int, int]:
    database = Database(url)
    async with database.read() as read:
        held = await read.scalar(select(inbox.c.attempts).where(inbox.c.id == 1))
        spent = await read.scalar(select(func.sum(pins_table.c.failures_in_all)))
    await database.close()
    return int(held or 0), int(spent or 0)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.concurrency", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 updates a task instead of 1000")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--times", type=int, default=1000, help="updates of each of the four tasks a process")
    chosen = parser.parse_args(argv)
    times, good = 100 if chosen.quick else chosen.times, True
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="candor-t4-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            url = f"sqlite+aiosqlite:///{folder / 'candor.db'}"
            if kind == "postgresql":
                url = stack.enter_context(postgresql(folder))("drill")
            report = drill(folder, url, chosen.processes, times, 50)
        print(f"T4 | {kind} | {report}", *report.complaints, sep="\n", flush=True)
        good = good and report.clean
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
