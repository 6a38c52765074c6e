"""`python -m bench.api`: how many requests and events the HTTP interface takes, on each kind of database.

Server and clients share one process here, so that the figures are a lower bound.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from tests.api.world import World, late
from tests.drills.servers import postgresql

LOANS = 200
SINGLE, AT_ONCE = 600, 16
BATCHES, ROWS = 8, 1000


async def measure(kind: str, folder: Path, url: str) -> str:
    """Measure one kind of database."""
    async with World(folder / "data", url) as world:
        for number in range(LOANS):
            await world.lends(f"L-{number}")
        work = iter(range(SINGLE))
        took: list[float] = []

        async def client() -> None:
            for number in work:
                began = time.perf_counter()
                event = late(f"s-{number}", loan=f"L-{number % LOANS}")
                answer = await world.asks("POST", "/v1/events", event, name=f"n-{number}")
                assert answer.status == 200
                took.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(AT_ONCE)))
        single = SINGLE / (time.perf_counter() - began)
        began, slowest = time.perf_counter(), 0.0
        for batch in range(BATCHES):
            rows = [late(f"b-{batch}-{n}", loan=f"L-{n % LOANS}") for n in range(ROWS)]
            start = time.perf_counter()
            assert (await world.sends(*rows)).json["accepted"] == ROWS
            slowest = max(slowest, time.perf_counter() - start)
        many = BATCHES * ROWS / (time.perf_counter() - began)
        took.sort()
        usual, slow = (took[len(took) * part // 100] * 1000 for part in (50, 95))
        return (
            f"{kind}: single {single:.0f} requests/s at {AT_ONCE} at once, "
            f"median {usual:.0f} ms, p95 {slow:.0f} ms; "
            f"NDJSON of {ROWS}: {many:.0f} events/s, slowest batch {slowest * 1000:.0f} ms"
        )


def main() -> int:
    """Measure both."""
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="candor-bench-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            url = f"sqlite:///{folder / 'candor.db'}"
            if kind == "postgresql":
                url = stack.enter_context(postgresql(folder))("bench").replace("+psycopg", "")
            print(asyncio.run(measure(kind, folder, url)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
