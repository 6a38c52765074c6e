"""T20: `python -m tests.drills.erasure`: people who left something everywhere are erased, and looked for everywhere.

In the bytes of the databases and their logs, in a dump, in a new backup; then an old backup, which still holds them, is
opened, tried with every key there is, and brought back, with today's keyring and with one as old as itself. Whoever was
not erased must be whole at the end. Then the clock is moved, country by country, to see that what must go goes.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from bot import settings, wire
from bot.services import retention
from engine import countries
from storage import (
    archive,
    consents,
    erasures,
    events,
    facts,
    inbox,
    keyring,
    people,
    pgtools,
    queries,
    rights,
    scores,
)
from storage.cells import _place, sealed_columns
from storage.database import Database, sync_url
from storage.people import Person
from storage.sqlitefile import path_of
from storage.tables import SEALED
from storage.vault import Vault, VaultError
from tests.conftest import NOW
from tests.drills.backup import House, create, postgresql
from tests.storage import sample

DAYS = timedelta(days=5 * 366)  # five years and a little, whatever year it is
WORDS = dict(sample.MARKS)


@dataclass
class Report:
    """What was looked for, where, and what came to light."""

    people: int = 0
    erased: int = 0
    places: int = 0
    traces: list[str] = field(default_factory=list)
    cells: int = 0
    opened: int = 0
    restores: int = 0
    returned: int = 0
    whole: int = 0
    stayed: int = 0
    rules: int = 0
    overdue: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        lost = self.stayed * 2 - self.whole
        return not (self.traces or self.opened or self.returned or lost or self.overdue or self.blind)

    def __str__(self) -> str:
        return (
            f"tried {self.people} people, erased {self.erased}, in {self.seconds:.0f} s | looked through "
            f"{self.places} files and dumps, traces {len(self.traces)} | {self.cells} cells of theirs in old backups, "
            f"opened {self.opened} | {self.restores} old backups restored, erased people who came back "
            f"{self.returned} | not erased and whole {self.whole // 2} of {self.stayed} | {self.rules} rules of "
            f"retention with the clock moved, kept too long or gone too soon {len(self.overdue)} | "
            f"looked in vain for what had to be there {len(self.blind)}"
        )


@dataclass(frozen=True)
class Theirs:
    """What somebody left behind, before they were erased."""

    person: Person
    words: tuple[bytes, ...]
    cells: tuple[tuple[bytes, str], ...]
    wrapped: tuple[bytes, ...]


@contextlib.contextmanager
def saying(number: int) -> Iterator[dict[str, str]]:
    """Let the sample speak in words of one person's own."""
    own = {name: f"{word}-{number:05d}" for name, word in WORDS.items() if name not in {"answer", "draft"}}
    own |= {name: f"{WORDS[name]}{number:05d}" for name in ("answer", "draft")}
    marks = sample.MARKS
    assert isinstance(marks, dict)
    marks.update(own)
    try:
        yield own
    finally:
        marks.update(WORDS)


async def rounds(house: House, many: int, report: Report, heap: Path | None = None) -> None:
    """Fill one house, erase every other person, and look everywhere. `heap` is the folder of PostgreSQL's files."""
    async with house.opened() as (database, vault):
        everybody = [await _confide(database, vault, 1001 + number, number) for number in range(many)]
        leaving, staying = everybody[::2], everybody[1::2]
        old, old_ring = await asyncio.to_thread(house.save)
        for one in leaving:
            async with database.write() as write:
                await rights.forget(write, one.person, NOW, NOW + timedelta(days=1000))
        await erasures.settle(database, vault, NOW)
        async with database.write() as write:
            await inbox.waiting(
                write, vault
            )  # what they had sent and nobody had answered goes at the next start
        report.people, report.erased = report.people + many, report.erased + len(leaving)
        report.stayed += len(staying)
        _look(report, "running", _files(house), leaving, sealed=False)
        await _whole(database, vault, staying, report)
    await _tidy(house)
    _look(report, "database", _files(house), leaving)
    if heap is not None:
        _look(report, "dump", [_dump(house)], leaving)
        _look(report, "heap", sorted(heap.glob("base/*/*")), leaving)
        _look(report, "log", sorted(heap.glob("pg_wal/*")), leaving, sealed=False)
    new, new_ring = await asyncio.to_thread(house.save)
    _look(report, "new backup", [_unpacked(house, made.path) for made in (new, new_ring)], leaving)
    await _try_keys(house, _unpacked(house, old.path), leaving, report)
    for ring in (None, old_ring.path):
        await asyncio.to_thread(house.restore, old.path, ring)
        report.restores += 1
        async with house.opened() as (database, vault):
            for one in leaving:
                async with database.read() as read:
                    back = await people.by_handle(read, vault, one.person.handle)
                report.returned += back is not None
        _look(report, "restored", _files(house), leaving)
    async with house.opened() as (database, vault):
        await _whole(database, vault, staying, report)


async def clocks(folder: Path, url: str, report: Report) -> None:
    """Move the clock past each rule of each pack, and to the day before it."""
    told = settings.load(environ={"CANDOR_DATA": str(folder), "DATABASE_URL": url})
    await asyncio.to_thread(wire.prepare, told)
    first = await wire.build(told, partial(_same, NOW))
    first.anchor.start(NOW)
    await first.database.close()
    await first.vault.close()
    rules = [(code, rule) for code in countries.available() for rule in countries.load(code).retention]
    for number, (country, rule) in enumerate(rules):
        report.rules += 1
        known = retention.CLASSES[rule.what]
        due = retention.months_before(NOW, known.earlier - rule.months)
        for now, over in (
            (due - timedelta(days=1), False),
            (due + timedelta(days=1), True),
            (NOW + DAYS, None),
        ):
            context = await wire.build(told, partial(_same, now))
            try:
                kept = await _kept(context.database, context.vault, country, 5000 + number)
                await retention.sweep(context)
                left = await kept.count()
            finally:
                await context.database.close()
                await context.vault.close()
            must_go = now > due if over is None else over
            gone = left[rule.what] == 0
            day = retention.months_before(now, rule.months).date()
            old = known.events is not None and NOW.date() < day
            if gone != must_go or left["own"] != 1 or (left["events"] == 0) != old:
                report.overdue.append(f"{country} {rule.what} at {now:%Y-%m-%d}: {left}")


def _same(now: datetime) -> datetime:
    return now


@dataclass
class _Kept:
    """Somebody of whom everything a rule may speak of is stored since NOW."""

    database: Database
    person: Person

    async def count(self) -> dict[str, int]:
        """Count what is left, by class, and then take the person away."""
        async with self.database.write() as write:
            held = await facts.every(write, self.person)
            made = len(await scores.recent(write, self.person))
            told = len(await events.every(write, self.person))
            await people.forget(write, self.person)
        others = sum(fact.source != "self" for fact in held)
        adverse = sum(fact.name in retention.ADVERSE for fact in held)
        own = sum(fact.name == "monthly_income" for fact in held)
        return {
            "own": own,
            "application_file": made,
            "credit_record": others,
            "adverse_information": adverse,
            "negative_items": adverse,
            "events": told,
        }


async def _kept(database: Database, vault: Vault, country: str, chat: int) -> _Kept:
    async with database.write() as write:
        person = await people.meet(write, vault, chat, "en", country, NOW)
        await facts.put(write, person, {"monthly_income": "1", "overdue_count_24m": 1}, "self", NOW)
        await facts.put(write, person, {"public_records": 1, "housing": "rent"}, "bureau", NOW)
        await consents.record(write, person, [sample.decision(country=country)])
        query = await queries.open_one(write, person, NOW)
        await queries.queue(write, person, NOW)
        await queries.finish(write, query, queries.DONE, NOW)
        await scores.add(write, person, sample.origin(query), {"result": {}}, NOW)
        told = {"ref": "e1", "kind": "public_record", "on": NOW.date().isoformat(), "what": "judgment"}
        source = events.From(events.SELF, sample.decision().receipt)
        await events.add(write, person, source, told, NOW)
    return _Kept(database, person)


async def _confide(database: Database, vault: Vault, chat: int, number: int) -> Theirs:
    with saying(number) as own:
        person = await sample.fill(database, vault, chat)
    async with database.read() as read, vault.keys.read() as ring:
        cells = []
        for table in SEALED:
            mine = table.c.person_id == person.id if "person_id" in table.c else None
            if mine is None:
                mine = table.c.chat_id == chat if "chat_id" in table.c else table.c.id == person.id
            for row in (await read.execute(sa.select(table).where(mine))).mappings():
                there = [name for name in sealed_columns(table) if row[name] is not None]
                cells += [(bytes(row[name]), _place(table, name, row, row["row_version"])) for name in there]
        chosen = sa.select(keyring.keys.c.wrapped).where(keyring.keys.c.owner == person.handle)
        wrapped = tuple(bytes(value) for value in (await ring.scalars(chosen)).all())
    for cell, place in cells:
        person.sealer.open(cell, place)  # it does open now
    return Theirs(person, tuple(word.encode() for word in own.values()), tuple(cells), wrapped)


async def _whole(database: Database, vault: Vault, staying: list[Theirs], report: Report) -> None:
    """Count those of whom everything is still there and opens."""
    for one in staying:
        async with database.read() as read:
            person = await people.by_handle(read, vault, one.person.handle)
            held = {} if person is None else await rights.export(read, person)
        said = json.dumps(held, default=str, ensure_ascii=False)
        gone_by_nature = {b"file-mark", b"written-mark"}  # what is only on its way is not exported
        missing = [
            word for word in one.words
            if word.decode() not in said and not any(word.startswith(mark) for mark in gone_by_nature)
        ]  # fmt: skip
        report.whole += not missing


def _look(
    report: Report, place: str, paths: list[Path], leaving: list[Theirs], *, sealed: bool = True
) -> None:
    """Look for words as they are, in UTF-16 and in hex, and for sealed cells and wrapped keys."""
    for path in paths:
        if not path.is_file():
            continue
        content = path.read_bytes()
        report.places += 1
        for one in leaving:
            wanted = {
                form: "words" for word in one.words for form in (word, word.decode().encode("utf-16-le"))
            }
            wanted |= {cell: place.partition(":")[0] for cell, place in one.cells} if sealed else {}
            wanted |= dict.fromkeys(one.wrapped, "a wrapped key") if sealed else {}
            wanted |= {form.hex().encode(): what for form, what in wanted.items()} if place == "dump" else {}
            found = sorted({what for form, what in wanted.items() if form in content})
            report.traces += (
                [f"{place}: {path.name}: {one.person.handle}: {', '.join(found)}"] if found else []
            )


async def _try_keys(house: House, copy: Path, leaving: list[Theirs], report: Report) -> None:
    """Try every cell in an old backup with every key of today's keyring."""
    content = copy.read_bytes()
    async with house.opened() as (_database, vault):
        async with vault.keys.read() as ring:
            ids = list((await ring.scalars(sa.select(keyring.keys.c.id))).all())
        sealers = (await vault.sealers(ids)).values()
        for one in leaving:
            for cell, place in one.cells:
                report.cells += 1
                if cell not in content and cell.hex().encode() not in content:
                    report.blind.append(f"a cell of {one.person.handle} is not in the old backup")
                header, nonce, body = cell[:5], cell[5:17], cell[17:]
                for sealer in sealers:
                    with contextlib.suppress(VaultError, InvalidTag):
                        sealer._aead.decrypt(nonce, body, header + place.encode())  # whatever its header says
                        report.opened += 1
            report.opened += one.person.sealer.id in {sealer.id for sealer in sealers}


async def _tidy(house: House) -> None:
    """Do what a database does by itself sooner or later: give freed room back, and write its log back into its file."""
    if house.url.startswith("sqlite"):
        return  # the last one to leave has done so
    there = sync_url(house.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        connection.execute("CHECKPOINT")


def _files(house: House) -> list[Path]:
    ring = path_of(house.keys_url)
    paths = [ring, ring.with_name(ring.name + "-wal"), ring.with_name(ring.name + "-shm")]
    if house.url.startswith("sqlite"):
        path = path_of(house.url)
        paths += [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
    return paths


def _dump(house: House) -> Path:
    target = house.folder / "dump.sql"
    pgtools._run(
        house.url, "pg_dump", "--format=plain", f"--file={target}", f"--dbname={sync_url(house.url).database}"
    )
    return target


def _unpacked(house: House, path: Path) -> Path:
    target = house.folder / f"unpacked-{path.name}"
    archive.unpack(path, house.masters, target)
    return target


def drill(folder: Path, many: int, report: Report, *, both: bool = True) -> None:
    """Run everything, on SQLite and on a PostgreSQL of its own."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        asyncio.run(rounds(House(folder / "sqlite").build(), many, report))
        asyncio.run(clocks(folder / "clocks", "", report))
        if both:
            new_url = stack.enter_context(postgresql(folder))
            house = House(folder / "postgresql", create(new_url())).build()
            asyncio.run(rounds(house, many, report, folder / "postgres"))
            asyncio.run(clocks(folder / "clocks-postgresql", create(new_url()), report))
    report.seconds += time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.erasure", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="6 people instead of 60, on each database")
    parser.add_argument("--people", type=int, default=60, help="on each of SQLite and PostgreSQL")
    chosen = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="candor-erasure-") as name:
        drill(Path(name), 6 if chosen.quick else chosen.people, report)
    print(*report.traces[:20], *report.overdue[:20], *report.blind[:5], sep="\n")
    print(f"T20 erasure | {report}")
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
