"""T10: `python -m tests.drills.rotation`: keys changed under writers and readers, and killed in the middle.

Two processes that knew the master key before the first rotation write and read throughout; a third begins later. The
commands are the operator's own, killed (SIGKILL) at random moments; in between, a version still in use must not be
retired. Then every sealed cell is opened by a process that knows only the files.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from bot import settings, wire
from bot.services.saving import folders
from bot.settings import Settings
from storage import (
    backups,
    damages,
    dialogs,
    facts,
    inbox,
    keyring,
    outbox,
    people,
    reindexing,
    rotation,
    snapshot,
    tables,
)
from storage.database import Database
from storage.keyring import DataKey
from storage.masterkey import MasterKeys
from storage.outbox import Call
from storage.people import Person, Profile
from storage.restoring import verify
from storage.rotation import InUse
from storage.vault import Vault
from tests.drills import cells
from tests.drills.backup import create, postgresql

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_SECONDS = 60.0
LOST = "the keyring holds no key for index"
RETIRED = "Retired: version"


@dataclass
class Report:
    """What the drill found."""

    kills: int = 0
    cut: int = 0
    cells: int = 0
    turns: int = 0
    early: int = 0
    refused: int = 0
    keys: int = 0
    seconds: float = 0.0
    index: str = ""
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        load = (
            f"{self.kills} kills ({self.cut} left work undone), {self.turns} turns by 3 processes meanwhile"
        )
        early = (
            f"retired too early 0 of {self.early} tried"
            if self.early == self.refused
            else "RETIRED TOO EARLY"
        )
        pace = f"{self.keys:,} data keys wrapped anew in {self.seconds:.1f} s"
        found = f"{self.cells:,} cells opened, undecryptable or wrong {len(self.problems)}"
        return f"T10 | {load} | {found} | {early} | {self.index} | {pace}"


def environ(told: Settings) -> dict[str, str]:
    alien = ("BOT_", "CANDOR_DATA", "CANDOR_KEY", "DATABASE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    urls = {"DATABASE_URL": told.database_url, "CANDOR_KEYRING_URL": told.keyring_url}
    return kept | {"CANDOR_DATA": str(told.data)} | ({} if told.database_url.startswith("sqlite") else urls)


def command(told: Settings, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT, env=environ(told), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def finished(told: Settings, *words: str) -> tuple[int, str]:
    run = command(told, *words)
    said, _ = run.communicate(timeout=300)
    return run.returncode, said


# ---- what goes on meanwhile


async def turn(database: Database, vault: Vault, chat: int, known: dict[str, str], rng: random.Random) -> str:
    """Read a person as a turn does, think, and commit; gives what is wrong."""
    now = wire.now()
    async with database.read() as read:
        person = await people.find(read, vault, chat)
        assert person is not None
        held = {name: fact.value for name, fact in (await facts.merged(read, person)).items()}
        who = await people.profile(read, person)
        await dialogs.active(read, person)
    wrong = (
        "" if held == known and who and who.national_id == str(chat) else f"{chat}: {held} instead of {known}"
    )
    await asyncio.sleep(rng.choice([0, 0.002, 0.05]))
    values = {f"f{rng.randrange(4)}": str(rng.random())}
    async with database.write() as write:
        await facts.put(write, person, values, "self", now)
        await dialogs.start(write, person, "query", 1, 1, {"step": rng.random()}, now)
        parcels = await outbox.put(
            write, person.sealer, chat, [Call("sendMessage", {"text": "x"}, b"y")], now
        )
        item = await inbox.give(write, person.sealer, chat, {"x": 1}, now)
        if rng.random() < 0.7:
            await inbox.done(write, item.id)
            await outbox.sent(write, {parcels[0].id: 1}, now)
    known |= values
    return wrong


async def enter(database: Database, vault: Vault, chat: int) -> Person:
    async with database.write() as write:
        person = await people.meet(write, vault, chat, "en", "us", wire.now())
        await people.register(write, vault, person, Profile("X", f"+1{chat}", str(chat)), wire.now())
    return person


async def work(folder: Path, first: int, crowd: int) -> None:
    """Be one of the processes, until told to stop."""
    told = settings.load(environ={**os.environ, "CANDOR_DATA": str(folder)})
    vault, database = await wire.open_vault(told), Database(told.database_url)
    rng = random.Random(first)  # noqa: S311 - repeatable
    known: dict[int, dict[str, str]] = {}
    wrong: list[str] = []
    turns = 0
    for chat in range(first, first + crowd):
        await enter(database, vault, chat)
        known[chat] = {}
    print("ready", flush=True)
    while not (folder / "stop").exists():
        chat = rng.choice([*known])
        try:
            if rng.random() < 0.03:
                await enter(database, vault, chat := first + len(known))
                known[chat] = {}
            if problem := await turn(database, vault, chat, known[chat], rng):
                wrong.append(problem)
            turns += 1
        except OperationalError as trouble:  # a bot would try again, too
            if "deadlock" not in str(trouble.orig) and "locked" not in str(trouble.orig):
                raise
        await asyncio.sleep(rng.uniform(0, 0.02))
    said = {"turns": turns, "wrong": wrong, "damages": damages.take(), "known": known}
    print(json.dumps(said), flush=True)
    await vault.close()
    await database.close()


@contextlib.contextmanager
def worker(told: Settings, number: int, crowd: int) -> "Iterator[subprocess.Popen[str]]":
    words = ["--work", str(told.data), "--first", str((number + 1) * 100_000), "--crowd", str(crowd)]
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.drills.rotation", *words],
        cwd=ROOT, env=environ(told), text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield run
    finally:
        run.kill()
        run.wait()


def told_by(runs: "list[subprocess.Popen[str]]", told: Settings, report: Report) -> dict[int, dict[str, str]]:
    """Stop the processes and hear what they saw."""
    (told.data / "stop").touch()
    known: dict[int, dict[str, str]] = {}
    for run in runs:
        out = run.communicate(timeout=60)[0].removeprefix("ready\n")
        if run.returncode:
            report.problems.append(f"a process ended with {run.returncode}")
            continue
        said = json.loads(out)
        report.turns += said["turns"]
        report.problems += said["wrong"] + [f"damaged: {place}" for place in said["damages"]]
        known |= {int(chat): held for chat, held in said["known"].items()}
    return known


# ---- what is done to the keys


def pad(told: Settings, many: int) -> None:
    """Give the keyring many keys of nobody, wrapped under the newest version."""

    async def fill() -> None:
        vault = await wire.open_vault(told)
        newest, now = vault.masters.newest, wire.now()
        for start in range(0, many, 2000):
            rows = []
            for number in range(start, min(start + 2000, many)):
                key = DataKey(keyring.new_id(), f"PAD{number}", None, newest)
                wrapped = vault.wrap(key, bytes(32))
                rows.append(
                    {"id": key.id, "owner": key.owner, "wrapped": wrapped, "master": newest, "made_at": now}
                )
            async with vault.keys.write() as write:
                await write.execute(insert(keyring.keys), rows)
        await vault.close()

    asyncio.run(fill())


def strike(told: Settings, rng: random.Random, words: tuple[str, ...], report: Report) -> None:
    """Begin a command, kill it somewhere, and try to retire what is still in use."""
    run = command(told, *words)
    assert run.stdout is not None
    for _ in range(rng.randrange(1, 5)):  # what it says first tells that it has begun
        run.stdout.readline()
    time.sleep(rng.choice([0, 0, rng.uniform(0, 0.2)]))
    report.cut += run.poll() is None
    run.kill()
    run.wait()
    run.stdout.close()
    report.kills += 1
    asyncio.run(retire_early(told, report))


async def retire_early(told: Settings, report: Report) -> None:
    vault = await wire.open_vault(told)
    try:
        found = await rotation.uses(vault, folders(told))
        if found.beside(vault.masters.newest):
            before = vault.masters.versions
            report.early += 1
            try:
                await rotation.retire(vault, *folders(told))
            except InUse:
                vault.masters.reload()
                report.refused += vault.masters.versions == before
    finally:
        await vault.close()


def rounds(told: Settings, kills: int, crowd: int, keys: int, rng: random.Random, report: Report) -> None:
    """Rotate under load, killed so many times, and see what is left."""
    wire.prepare(told)
    pad(told, keys)
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(worker(told, number, crowd)) for number in range(2)]
        for run in runs:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
        snapshot.make(told.database_url, MasterKeys(told.key_file), folders(told)[0], wire.now())
        for number in range(kills):
            if number == kills // 2 and kills > 2:  # a process that begins in the middle of it
                runs.append(stack.enter_context(worker(told, 2, crowd)))
            strike(told, rng, ("rotate-keys",) if number % 2 else ("rotate-keys", "--data"), report)
        for words in (("rotate-keys", "--data"), ("rotate-keys",)):
            code, said = finished(told, *words)
            if code or (words == ("rotate-keys",) and RETIRED not in said):
                report.problems.append(f"{words} ended with {code}: {said[-200:]}")
        known = told_by(runs, told, report)
    asyncio.run(hold(told, known, report))
    (told.data / "stop").unlink()


async def hold(told: Settings, known: dict[int, dict[str, str]], report: Report) -> None:
    """Open everything with what is in the files, and hold it against what was committed."""
    vault, database = await wire.open_vault(told), Database(told.database_url)
    try:
        count, wrong = await cells.opened(database, vault)
        report.cells += count
        report.problems += wrong
        async with database.read() as read:
            for chat, held in known.items():
                person = await people.find(read, vault, chat)
                found = await facts.merged(read, person) if person else {}
                if {name: fact.value for name, fact in found.items()} != held:
                    report.problems.append(f"lost: {chat}")
        if len(vault.masters.versions) != 1:
            report.problems.append(f"left in the file: versions {vault.masters.versions}")
        if (await rotation.uses(vault, folders(told))).beside(vault.masters.newest):
            report.problems.append("something is under an old version")
        for folder, kind, url in zip(
            folders(told), ("facts", "keyring"), (told.database_url, told.keyring_url), strict=True
        ):
            for name in backups.archives(folder, "facts" if kind == "facts" else "keyring"):
                await asyncio.to_thread(
                    verify, folder / name, vault.masters, url, "facts" if kind == "facts" else "keyring"
                )
    finally:
        await vault.close()
        await database.close()


def lose_the_index(told: Settings, report: Report) -> None:
    """Destroy the index key, kill the rebuild once, let it end, and look everybody up."""

    async def lose() -> None:
        ring = Database(told.keyring_url)
        async with ring.write() as write:
            await write.execute(keyring.keys.delete().where(keyring.keys.c.owner == "@index"))
        await ring.close()

    async def look_up() -> int:
        vault, database = await wire.open_vault(told), Database(told.database_url)
        try:
            async with database.read() as read:
                rows = (await read.execute(select(tables.people))).all()
                for row in rows:
                    made = people.indexes(
                        vault, row.country, Profile("X", f"+1{row.chat_id}", str(row.chat_id))
                    )
                    if (row.phone_index, row.id_index) != (made["phone_index"], made["id_index"]):
                        report.problems.append(f"not found by the new index: {row.chat_id}")
            return len(rows)
        finally:
            await vault.close()
            await database.close()

    asyncio.run(lose())
    if LOST not in finished(told, "rotate-keys")[1]:
        report.problems.append("a lost index key was not named")
    run = command(told, "keys", "rebuild-index")
    assert run.stdout is not None
    run.stdout.readline()
    run.kill()
    run.communicate()
    began = time.monotonic()
    code, said = finished(told, "keys", "rebuild-index")
    if code:
        report.problems.append(f"rebuild-index ended with {code}: {said[-200:]}")
    many = asyncio.run(look_up())
    report.index = f"lost index key: {many} people found again, {time.monotonic() - began:.1f} s"
    reindexing.refuse_unready(told.database_url, with_keys=True)


def pace(folder: Path, keys: int, report: Report) -> None:
    """Take the time for a large keyring."""
    told = settings.load(environ={"CANDOR_DATA": str(folder)})
    wire.prepare(told)
    pad(told, keys)

    async def wrap() -> None:
        vault = await wire.open_vault(told)
        rotation.begin(vault.masters)
        began = time.monotonic()
        await rotation.rewrap(vault, lambda *_: None)
        report.seconds = time.monotonic() - began
        report.keys = keys
        await vault.close()

    asyncio.run(wrap())
    if report.seconds > MOST_SECONDS:
        report.problems.append(f"{keys} keys took {report.seconds:.0f} s")


def house(folder: Path, url: str = "", keys_url: str = "") -> Settings:
    said = {"CANDOR_DATA": str(folder), "DATABASE_URL": url, "CANDOR_KEYRING_URL": keys_url}
    return settings.load(environ=said)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.rotation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 kills, 5,000 keys")
    parser.add_argument("--kills", type=int, default=20, help="on each of SQLite and PostgreSQL")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--crowd", type=int, default=40, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        asyncio.run(work(chosen.work, chosen.first, chosen.crowd))
        return 0
    if chosen.quick:
        chosen.kills, chosen.keys, chosen.crowd = 4, 5000, 8
    print(f"seed {chosen.seed}", flush=True)
    report, rng = Report(), random.Random(chosen.seed)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory(prefix="candor-rotation-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        new_url: Callable[[], str] = stack.enter_context(postgresql(folder))
        for kind in ("sqlite", "postgresql"):
            urls = (create(new_url()), create(new_url())) if kind == "postgresql" else ("", "")
            told = house(folder / kind, *urls)
            rounds(told, chosen.kills, chosen.crowd, chosen.keys // 20, rng, report)
            lose_the_index(told, report)
            print(f"{kind}: {report}", flush=True)
        pace(folder / "large", chosen.keys, report)
    print(*report.problems[:50], sep="\n")
    print(report)
    return (
        0
        if not report.problems and report.early == report.refused and report.kills == 2 * chosen.kills
        else 1
    )


if __name__ == "__main__":
    sys.exit(main())
