import asyncio
import datetime as dt
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from storage import marks, onehop
from storage.database import Database, away
from storage.tables import facts, inbox, people, queries
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import asyncio, sys
from sqlalchemy import select, update
from storage.database import Database, away
from storage.tables import inbox

async def count(database, times):
    for _ in range(times):
        async with database.write() as write:
            seen = await write.scalar(select(inbox.c.attempts).where(inbox.c.id == 1).with_for_update())
            await asyncio.sleep(0.001)
            await write.execute(update(inbox).where(inbox.c.id == 1).values(attempts=seen + 1))

async def main():
    database = Database(sys.argv[1])
    await asyncio.gather(*(count(database, int(sys.argv[2])) for _ in range(4)))
    await database.close()

asyncio.run(main())
"""


async def pragma(database: Database, name: str, *, writer: bool) -> int | str:
    async with database.write() if writer else database.read() as connection:
        value = await connection.scalar(text(f"PRAGMA {name}"))
    assert isinstance(value, int | str)
    return value


@pytest.mark.parametrize("writer", [True, False], ids=["writer", "reader"])
async def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str, writer: bool) -> None:
    database = Database(sqlite_url)
    assert await pragma(database, "foreign_keys", writer=writer) == 1
    assert await pragma(database, "journal_mode", writer=writer) == "wal"
    assert await pragma(database, "synchronous", writer=writer) == 2
    assert await pragma(database, "secure_delete", writer=writer) == 1
    assert int(await pragma(database, "busy_timeout", writer=writer)) >= 5000
    await database.close()


async def test_a_write_holds_the_lock_from_its_first_statement(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.write():  # nothing is written yet: a deferred BEGIN would hold no lock now
        other = sqlite3.connect(str(make_url(sqlite_url).database), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    await database.close()


async def test_reading_never_waits_for_a_writer_and_holds_none_up(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with asyncio.timeout(2), database.read() as read:
        await read.execute(select(inbox))
        async with database.write() as write:
            await write.execute(insert(inbox).values(chat_id=1, key_id=1, at=NOW))
            assert (await read.execute(select(inbox))).all() == []
        assert len((await read.execute(select(inbox))).all()) == 1
    await database.close()


async def test_a_row_of_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as write:
            await write.execute(
                insert(facts).values(person_id=404, name="a", source="self", value_sealed=b"", at=NOW)
            )


async def test_a_person_takes_every_row_along(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await write.execute(
            insert(queries).values(person_id=person.id, kind="self", state="done", opened_at=NOW)
        )
        await write.execute(people.delete())
        assert (await write.execute(select(queries))).all() == []


async def test_what_fails_is_undone(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as write:
            await write.execute(insert(inbox).values(chat_id=1, key_id=1, at=NOW))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as read:
        assert (await read.execute(select(inbox))).all() == []


async def test_read_then_write_loses_no_update(database_url: str) -> None:
    """T4 in small: three processes of four tasks each, all counting on one row."""
    times, processes = 20, 3
    database = Database(database_url)
    async with database.write() as write:
        await write.execute(insert(inbox).values(id=1, chat_id=1, key_id=1, at=NOW))
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, database_url, str(times), cwd=ROOT, stderr=subprocess.PIPE
        )
        for _ in range(processes)
    ]
    said = [(await process.communicate())[1].decode() for process in started]
    assert said == [""] * processes  # no "database is locked", nor anything else
    async with database.read() as read:
        assert await read.scalar(select(inbox.c.attempts)) == processes * 4 * times
    await database.close()


async def test_a_naive_time_is_refused(database: Database) -> None:
    async with database.write() as write:
        with pytest.raises(StatementError, match="a time without a zone"):
            await write.execute(insert(inbox).values(chat_id=1, key_id=1, at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001 - wrong on purpose


@pytest.mark.parametrize("hours", [-12, 0, 5.75, 14])
async def test_a_time_comes_back_aware_in_utc(database: Database, hours: float) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    moment = dt.datetime(2028, 2, 29, 23, 59, 59, 123456, tzinfo=zone)
    async with database.write() as write:
        await write.execute(insert(inbox).values(chat_id=1, key_id=1, at=moment))
        await write.execute(update(inbox).where(inbox.c.at == moment).values(attempts=7))
        row = (await write.execute(select(inbox))).one()
    assert row.at == moment
    assert row.at.tzinfo is dt.UTC or row.at.utcoffset() == dt.timedelta(0)
    assert row.attempts == 7


async def test_a_mistake_in_a_statement_is_no_absence(database: Database) -> None:
    with pytest.raises(DBAPIError) as mistake:
        async with database.read() as read:
            await read.execute(text("SELECT nothing FROM nowhere"))
    assert not away(mistake.value)


async def test_a_database_that_cannot_be_opened_is_away(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path / 'gone' / 'candor.db'}")
    with pytest.raises(DBAPIError) as absence:
        async with nowhere.read() as read:
            await read.execute(text("SELECT 1"))
    assert away(absence.value)
    await nowhere.close()
    shut = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(DBAPIError) as refused:
        async with shut.read() as read:
            await read.execute(text("SELECT 1"))
    assert away(refused.value)
    await shut.close()


def test_what_cannot_be_opened_leaves_no_thread_that_speaks_to_a_closed_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next test, or the next loop, would hear of it."""
    heard: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", heard.append)
    connection = onehop.connect("/nowhere/at/all.db")

    class Slow:
        """The thread's queue, on a busy machine."""

        def put_nowait(self, item: tuple[Any, Callable[[], object]]) -> None:
            future, work = item

            def slowly() -> object:
                time.sleep(0.05)
                return work()

            there.put_nowait((future, slowly))

    there = connection._tx
    monkeypatch.setattr(connection, "_tx", Slow())

    async def opened() -> None:
        with pytest.raises(sqlite3.OperationalError):
            await connection

    asyncio.run(opened())
    connection._thread.join()
    assert heard == []


async def test_many_who_read_can_all_write_meanwhile(database: Database) -> None:
    """A turn that counts something at once holds both; on one pool, twenty of them would wait for each other."""

    async def turn(number: int) -> None:
        async with database.read():
            await asyncio.sleep(0.05)
            async with database.write() as write:
                await marks.put(write, f"turn {number}", "done", NOW)

    async with asyncio.timeout(20):
        await asyncio.gather(*(turn(number) for number in range(40)))
