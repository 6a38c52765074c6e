"""T16: `python -m tests.drills.openapi`: schemathesis holds the HTTP interface against its own document, in all phases.

Once with a key that may do everything, once with one that may only read, once with none. Nothing may answer 5xx, a
status the document does not name, a body of another shape, or take what its schema refuses; and nothing that asks for a
key may answer without one.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.world import World
from tests.drills.idempotency import Report as _Starts
from tests.drills.idempotency import Server
from tests.drills.servers import postgresql

LOANS = 3
PHASES = "examples,coverage,fuzzing,stateful"
CONFIG = """
[checks.positive_data_acceptance]
# what a schema cannot say is 422: a day to come, a name that was used, an officer nobody knows;
# and 400: a number of 278 digits in a row that may be anything
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422", "429"]
"""
GENERATED = re.compile(r"([\d,]+) generated")
TESTED = re.compile(r"Tested: (\d+)")


@dataclass
class Report:
    """What was tried, and what schemathesis found."""

    kind: str
    operations: int = 0
    cases: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"T16 | {self.kind} | operations {self.operations} | cases {self.cases} | findings {len(self.wrong)} | "
            f"{self.seconds:.0f} s"
        )


def installed() -> bool:
    """Say whether schemathesis is there to be run."""
    return Path(sys.executable).with_name("schemathesis").exists()


async def _furnish(folder: Path, database_url: str) -> tuple[str, str]:
    async with World(folder / "data", database_url) as world:
        for number in range(LOANS):
            await world.lends(f"L-{number}")
        return world.key, await world.makes_key(world.a, "loans:read", "alerts:read")


def _try(url: str, key: str, examples: int, seed: int, folder: Path, report: Report) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    shown = ["-H", f"Authorization: Bearer {key}"] if key else []
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run",
        f"{url}/v1/openapi.json", *shown, "--phases", PHASES, "-n", str(examples), "--checks", "all",
        "--seed", str(seed), "--no-color", "--continue-on-failure",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    found = GENERATED.search(done.stdout)
    report.cases += int(found[1].replace(",", "")) if found else 0
    tested = TESTED.search(done.stdout)
    report.operations = int(tested[1]) if tested else 0
    if done.returncode != 0 or not found:
        report.wrong.append(done.stdout[-6000:] + done.stderr[-2000:])


def run(
    kind: str, *, examples: int, seed: int, keys: Sequence[str] = ("all", "reading", "none")
) -> list[Report]:
    """Drill one kind of database, once for each kind of key."""
    reports = []
    with tempfile.TemporaryDirectory(prefix="candor-openapi-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'candor.db'}"
        if kind == "postgresql":
            url = stack.enter_context(postgresql(folder))("drill").replace("+psycopg", "")
        shown = dict(zip(("all", "reading"), asyncio.run(_furnish(folder, url)), strict=True))
        server = Server(folder, url, _Starts(kind))
        server.start()
        stack.callback(server.stop)
        for which in keys:
            began, report = time.monotonic(), Report(f"{kind}, key: {which}")
            _try(server.url, shown.get(which, ""), examples, seed, folder, report)
            report.seconds = time.monotonic() - began
            reports.append(report)
    return reports


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.openapi", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of it, on SQLite")
    parser.add_argument("--examples", type=int, default=1000, help="of each operation")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(argv)
    if not installed():
        print("schemathesis is not installed: make .venv/dev")
        return 1
    examples = chosen.examples // 20 if chosen.quick else chosen.examples
    reports = run("sqlite", examples=examples, seed=chosen.seed)
    if not chosen.quick:
        reports += run("postgresql", examples=examples, seed=chosen.seed, keys=("all",))
    for report in reports:
        print(*report.wrong, report, sep="\n", flush=True)
    print(json.dumps({"seed": chosen.seed}))
    return 1 if any(report.wrong for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
