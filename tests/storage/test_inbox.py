import asyncio
import datetime as dt

from sqlalchemy import select, update

from storage import inbox
from storage.database import Database
from storage.inbox import Item
from storage.tables import inbox as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import MARKS

LATER = NOW + dt.timedelta(days=8)


async def store(database: Database, vault: Vault, *updates: tuple[int, int]) -> list[Item]:
    rows = [(update_id, chat_id, {"text": f"words of {update_id}"}) for update_id, chat_id in updates]
    async with database.write() as write:
        return await inbox.store(write, dict.fromkeys((chat for _, chat in updates), vault.system), rows, NOW)


async def waiting(database: Database, vault: Vault) -> list[Item]:
    async with database.write() as write:
        return await inbox.waiting(write, vault)


async def done(database: Database, row: int) -> bool:
    async with database.write() as write:
        return await inbox.done(write, row)


async def test_updates_wait_in_the_order_they_came_in(database: Database, vault: Vault) -> None:
    await store(database, vault, (7, 1), (8, 2))
    async with database.write() as write:
        given = await inbox.give(write, vault.system, 1, {"job": "score", "subject": 3}, NOW)
    await store(database, vault, (9, 1))
    found = await waiting(database, vault)
    assert [item.payload.get("text") for item in found] == ["words of 7", "words of 8", None, "words of 9"]
    assert found[2] == given
    assert [item.chat_id for item in found] == [1, 2, 1, 1]


async def test_an_update_that_comes_twice_is_taken_once(database: Database, vault: Vault) -> None:
    assert len(await store(database, vault, (7, 1), (8, 1))) == 2
    assert [item.payload["text"] for item in await store(database, vault, (8, 1), (9, 1))] == ["words of 9"]
    assert await store(database, vault, (7, 1)) == []
    assert await store(database, vault) == []
    assert len(await store(database, vault, (10, 1), (10, 1))) == 1
    assert len(await waiting(database, vault)) == 4


async def test_one_update_stored_from_many_sides_is_taken_once(database: Database, vault: Vault) -> None:
    taken = await asyncio.gather(*(store(database, vault, (7, 1)) for _ in range(20)))
    assert sum(len(items) for items in taken) == 1


async def test_an_item_is_done_only_once(database: Database, vault: Vault) -> None:
    [item] = await store(database, vault, (7, 1))
    results = await asyncio.gather(*(done(database, item.id) for _ in range(20)))
    assert sorted(results) == [False] * 19 + [True]
    assert await waiting(database, vault) == []
    async with database.read() as read:
        assert await read.scalar(select(table.c.payload_sealed)) is None
    assert await store(database, vault, (7, 1)) == []  # still recognised


async def test_an_item_that_makes_us_stumble_is_set_aside_at_last(database: Database, vault: Vault) -> None:
    [item] = await store(database, vault, (7, 1))
    async with database.write() as write:
        assert [await inbox.stumbled(write, item.id, "E" * 200, 3) for _ in range(3)] == [False, False, True]
    assert await waiting(database, vault) == []
    assert not await done(database, item.id)


async def test_tidying_leaves_what_waits_and_the_newest_update(database: Database, vault: Vault) -> None:
    items = await store(database, vault, (7, 1), (8, 1), (9, 1), (6, 1))
    for item in items[1:]:
        await done(database, item.id)
    async with database.write() as write:
        work = await inbox.give(write, vault.system, 1, {"job": "score", "subject": 0}, NOW)
        await inbox.done(write, work.id)
    async with database.write() as write:
        assert await inbox.prune(write, NOW) == 0  # nothing is that old
        assert await inbox.prune(write, LATER) == 3
    async with database.read() as read:
        left = (await read.execute(select(table.c.update_id).order_by(table.c.update_id))).scalars().all()
    assert left == [7, 9]  # 7 still waits; 9 tells a repeat from something new
    assert await store(database, vault, (9, 1)) == []


async def test_forgetting_leaves_no_words_and_no_chat(database: Database, vault: Vault) -> None:
    [mine, theirs] = await store(database, vault, (7, 1), (8, 2))
    await done(database, mine.id)
    async with database.write() as write:
        await inbox.forget(write, 1)
    async with database.read() as read:
        rows = (await read.execute(select(table).order_by(table.c.id))).all()
    assert (rows[0].chat_id, rows[0].payload_sealed, rows[0].update_id) == (0, None, 7)
    assert (rows[1].chat_id, rows[1].id) == (2, theirs.id)


async def test_nobodys_words_pass_for_somebody_elses(database: Database, vault: Vault) -> None:
    mine, theirs = await store(database, vault, (7, 1), (8, 2))
    async with database.write() as write:
        sealed = await write.scalar(select(table.c.payload_sealed).where(table.c.id == mine.id))
        await write.execute(update(table).where(table.c.id == theirs.id).values(payload_sealed=sealed))
    assert [item.id for item in await waiting(database, vault)] == [mine.id]


async def test_the_words_are_sealed(database: Database, vault: Vault) -> None:
    async with database.write() as write:
        await inbox.store(write, {1: vault.system}, [(1, 1, {"text": MARKS["message"]})], NOW)
        sealed = await write.scalar(select(table.c.payload_sealed))
    assert MARKS["message"].encode() not in (sealed or b"")
