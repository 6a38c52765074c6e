"""T2: `python -m tests.drills.power`: the power goes, again and again, and nothing that was promised is lost.

A kill alone proves little: what was written and not synced survives it. So the program runs over a library (`power.c`)
that keeps a second copy of each of its files and brings it up to date only when the program syncs the file; after the
kill only these copies are put back. First one writer, whose promise is that `Database.write()` returned; then the whole
bot with people walking through it, whose promises are what they saw. The same writer with a setting that syncs less
must be caught, or the drill could not fail.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage import migrate
from tests.drills.kill import ROOT, Drill

SOURCE = Path(__file__).with_name("power.c")
WRITER = """
import asyncio, datetime, os, sys, traceback
import storage.database as module
from sqlalchemy import insert
from storage.tables import inbox

async def write(url, first):
    database = module.Database(url)
    for number in range(first, first + 1_000_000):
        async with database.write() as write:
            now = datetime.datetime.now(datetime.UTC)
            await write.execute(insert(inbox).values(update_id=number, chat_id=1, key_id=1, at=now))
        print(number, flush=True)

module.PRAGMAS = (*module.PRAGMAS, f"PRAGMA synchronous={sys.argv[3]}")
try:
    asyncio.run(write(sys.argv[1], int(sys.argv[2])))
except BaseException:
    traceback.print_exc()
    os._exit(1)  # the driver's thread would keep the process
"""


class NoCompiler(Exception):
    """There is nothing here to build the library with."""


class Disk:
    """What of a folder would survive if the power went now."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept = folder.resolve(), kept.resolve()
        self.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._library = build(self.kept.with_name("power.so"))

    def environment(self) -> dict[str, str]:
        """Give what a program must be told to run on this disk."""
        return {
            "LD_PRELOAD": str(self._library),
            "POWER_ROOT": str(self.folder),
            "POWER_KEPT": str(self.kept),
        }

    def restore(self) -> None:
        """Let the power come back: only what was synced is there."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)


def build(library: Path) -> Path:
    """Build the library. Raises NoCompiler."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None or not sys.platform.startswith("linux"):
        raise NoCompiler("the power cut needs Linux and a C compiler (cc, gcc or clang)")
    if not library.exists():
        command = (compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-lpthread")
        subprocess.run(command, check=True)
    return library


@dataclass
class Written:
    """What became of what one writer was told is written."""

    cuts: int = 0
    promised: int = 0
    lost: int = 0
    corrupt: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"tried {self.cuts} | {self.promised} commits promised | lost {self.lost} | "
            f"corrupt {len(self.corrupt)}"
        )


def write(folder: Path, cuts: int, seed: int, synchronous: str = "FULL") -> Written:
    """Cut the power under a writer so many times, and count what it was promised and is not there."""
    rng, found = random.Random(seed), Written()  # noqa: S311 - a drill is to be repeatable
    data = folder / "data"
    data.mkdir(parents=True)
    path = data / "candor.db"
    url = f"sqlite+aiosqlite:///{path}"
    migrate.upgrade(url)
    disk = Disk(data, folder / "kept")
    shutil.copytree(data, disk.kept, dirs_exist_ok=True)
    environ = {**os.environ, **disk.environment()}
    first, promised = 1, set[int]()
    for _ in range(cuts):
        command = (sys.executable, "-c", WRITER, url, str(first), synchronous)
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            told = [child.stdout.readline()]
            time.sleep(rng.uniform(0.02, 0.2))
            child.kill()
            told += list(child.stdout)
        disk.restore()
        found.cuts += 1
        new = {int(line) for line in told if line.endswith("\n")}
        if not new:
            found.corrupt.append("the writer found nothing that it could go on with")
        found.promised += len(new)
        promised |= new
        there, damage = look(data)
        found.corrupt += damage
        found.lost += len(promised - there)
        promised &= there  # lost once is counted once
        first += 1_000_000
    return found


def look(data: Path) -> tuple[set[int], list[str]]:
    """Read what there is, in a copy: whoever opens the files themselves tidies them up, behind the disk's back."""
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(data, Path(name) / "copy")
        try:
            with contextlib.closing(sqlite3.connect(copy / "candor.db")) as connection:
                checked = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
                there = {int(row[0]) for row in connection.execute("SELECT update_id FROM inbox")}
        except sqlite3.DatabaseError as damage:
            return set(), [str(damage)]
    return there, [words for words in checked if words != "ok"]


class Cut(Drill):
    """The kill drill, on a disk that forgets: data, keys and the trail's anchor."""

    def __init__(self, folder: Path, crowd: int = 6, seed: int = 1) -> None:
        super().__init__(folder, crowd=crowd, seed=seed)
        self._disk = Disk(self.data, folder / "kept")

    def environment(self) -> dict[str, str]:
        return {**super().environment(), **self._disk.environment()}

    async def died(self) -> None:
        self._disk.restore()
        await super().died()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.power", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 cuts of each kind")
    parser.add_argument("--cuts", type=int, default=50, help="under each of writer and bot")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(argv)
    cuts = 5 if chosen.quick else chosen.cuts
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="candor-power-") as name:
        folder = Path(name)
        try:
            build(folder / "power.so")
        except NoCompiler as reason:
            print(f"T2 | not tried: {reason}")
            return 1
        writer = write(folder / "writer", cuts, chosen.seed)
        print(f"T2 | one writer, synchronous=FULL | {writer}", flush=True)
        control = write(folder / "control", 3, chosen.seed, "NORMAL")
        print(f"T2 | the same with NORMAL, which must be caught | {control}", flush=True)
        drill = Cut(folder / "bot", chosen.people, chosen.seed)
        report = asyncio.run(drill.run(cuts, progress=True))
        print(f"T2 | the bot, its keyring and its anchor | {report}")
    good = report.clean and not writer.lost and not writer.corrupt and control.lost > 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
