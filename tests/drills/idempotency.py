"""T23: `python -m tests.drills.idempotency`: the same request many times at once, while the server is killed under it.

Each name is used by many clients in parallel, for one event of its own. The server is killed at chance moments and
started again; a client whose connection broke asks again under the same name, as it should. In the end each event
is there once, and all answers under a name are the same to the letter.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from bot import settings
from storage import tables
from storage.database import Database
from tests import unhurried
from tests.api.world import World, late
from tests.drills.servers import postgresql

ROOT = Path(__file__).resolve().parents[2]
LOANS = 20
AT_ONCE = 100
UP_SECONDS = 60.0
ASK_SECONDS = 30.0


@dataclass
class Report:
    """What was asked, and what came of it."""

    kind: str
    keys: int = 0
    answers: int = 0
    repeats: int = 0
    kills: int = 0
    broken: int = 0
    """Requests whose connection broke, and that were made again."""
    slowest_start: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"T23 | {self.kind} | names {self.keys} | answers {self.answers} | of them repeats {self.repeats} | "
            f"kills {self.kills} | connections broken and asked again {self.broken} | "
            f"slowest start {self.slowest_start:.1f} s | wrong {len(self.wrong)} | {self.seconds:.0f} s"
        )


class Server:
    """`python -m bot api` in a process of its own, killed and started again on the same port."""

    def __init__(self, folder: Path, database_url: str, report: Report) -> None:
        self._environ = {
            "CANDOR_DATA": str(folder / "data"),
            "CANDOR_CONFIG": unhurried.config(folder),
            "DATABASE_URL": database_url,
            "CANDOR_API_PORT": "0",
            "PATH": os.environ["PATH"],
        }
        self._report = report
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "api"],
            cwd=ROOT,
            env=self._environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "http://" in line, f"the server did not start: {line!r}"
        self.url = next(word.rstrip(";") for word in line.split() if word.startswith("http://"))
        self._environ["CANDOR_API_PORT"] = self.url.rpartition(":")[2]
        self._report.slowest_start = max(self._report.slowest_start, time.monotonic() - began)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.communicate(timeout=UP_SECONDS)


async def ask(
    session: aiohttp.ClientSession, server: Server, key: str, number: int, report: Report
) -> tuple[int, bytes]:
    """Send one event under its name, until it is answered."""
    body = late(f"event-{number}", loan=f"L-{number % LOANS}")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"name-{number}"}
    async with asyncio.timeout(UP_SECONDS * 4):
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                async with session.post(f"{server.url}/v1/events", json=body, headers=headers) as answer:
                    content = await answer.read()
                    if answer.status != 503:
                        report.repeats += "Idempotent-Replayed" in answer.headers
                        return answer.status, content
            report.broken += 1
            await asyncio.sleep(0.05)


async def drill(
    folder: Path,
    database_url: str,
    report: Report,
    *,
    keys: int,
    parallel: int,
    kills: int,
    rng: random.Random,
) -> None:
    """Ask, kill, and count."""
    async with World(folder / "data", database_url) as world:
        key = world.key
        for number in range(LOANS):
            await world.lends(f"L-{number}")
    server = Server(folder, database_url, report)
    await asyncio.to_thread(server.start)
    work = asyncio.Queue[int]()
    for number in rng.sample([n for n in range(keys) for _ in range(parallel)], keys * parallel):
        work.put_nowait(number)
    heard: dict[int, set[tuple[int, bytes]]] = {}

    async def client(session: aiohttp.ClientSession) -> None:
        while not work.empty():
            number = work.get_nowait()
            heard.setdefault(number, set()).add(await ask(session, server, key, number, report))
            report.answers += 1

    async def killer() -> None:
        whole = keys * parallel
        for mark in sorted(rng.uniform(0.02, 0.95) for _ in range(kills)):
            while report.answers < mark * whole:
                await asyncio.sleep(rng.uniform(0, 0.005))
            server.kill()
            report.kills += 1
            await asyncio.to_thread(server.start)

    timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
            await asyncio.gather(killer(), *(client(session) for _ in range(AT_ONCE)))
    finally:
        await asyncio.to_thread(server.stop)
    report.keys += keys
    report.wrong += [f"name-{n}: {len(found)} answers" for n, found in heard.items() if len(found) != 1]
    report.wrong += [
        f"name-{n}: {status}" for n, found in heard.items() for status, _ in found if status != 200
    ]
    await _count(database_url, keys, report)


async def _count(database_url: str, keys: int, report: Report) -> None:
    database = Database(settings.database_url("DATABASE_URL", database_url, Path()))
    events, requests, inbox = (tables.metadata.tables[name] for name in ("events", "requests", "inbox"))
    try:
        async with database.read() as read:
            refs = list(await read.scalars(sa.select(events.c.ref)))
            if sorted(refs) != sorted(f"event-{n}" for n in range(keys)):
                report.wrong.append(f"{len(refs)} events, {len(set(refs))} different, of {keys}")
            for table, least in ((requests, keys), (inbox, keys)):
                found = await read.scalar(sa.select(sa.func.count()).select_from(table))
                if found != least:
                    report.wrong.append(f"{found} rows of {table.name}, for {keys} names")
    finally:
        await database.close()


async def run(kind: str, *, keys: int, parallel: int, kills: int, seed: int = 1) -> Report:
    """Drill one kind of database."""
    report, began, rng = Report(kind), time.monotonic(), random.Random(seed)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory(prefix="candor-idempotency-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'candor.db'}"
        if kind == "postgresql":
            url = stack.enter_context(postgresql(folder))("drill").replace("+psycopg", "")
        await drill(folder, url, report, keys=keys, parallel=parallel, kills=kills, rng=rng)
    report.seconds = time.monotonic() - began
    return report


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.idempotency", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it")
    parser.add_argument("--keys", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(argv)
    part = 10 if chosen.quick else 1
    reports = [
        asyncio.run(
            run(
                kind,
                keys=chosen.keys // part,
                parallel=chosen.parallel,
                kills=chosen.kills // part,
                seed=chosen.seed,
            )
        )
        for kind in ("sqlite", "postgresql")
    ]
    for report in reports:
        print(*report.wrong[:20], report, sep="\n", flush=True)
    return 1 if any(report.wrong for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
