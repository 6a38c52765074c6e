import datetime as dt

import pytest
from sqlalchemy import select, update

from storage import outbox
from storage.database import Database
from storage.outbox import Call, Parcel
from storage.tables import outbox as table
from storage.vault import Vault
from tests.conftest import NOW


def words(text: str) -> Call:
    return Call("sendMessage", {"chat_id": 1, "text": text})


async def put(database: Database, vault: Vault, *calls: Call, chat_id: int = 1) -> list[Parcel]:
    async with database.write() as write:
        return await outbox.put(write, vault.system, chat_id, calls, NOW)


async def waiting(database: Database, vault: Vault) -> list[Parcel]:
    async with database.read() as read:
        return await outbox.waiting(read, vault)


async def test_messages_leave_in_their_order(database: Database, vault: Vault) -> None:
    calls = [words(f"line {n}") for n in range(30)]
    calls.append(Call("sendPhoto", {"chat_id": 1, "caption": "线"}, file=bytes(range(256))))
    parcels = await put(database, vault, *calls)
    assert [parcel.call for parcel in parcels] == calls
    assert [parcel.id for parcel in parcels] == sorted(parcel.id for parcel in parcels)
    assert await waiting(database, vault) == parcels
    assert await put(database, vault) == []


async def test_what_is_sent_lets_its_content_go(database: Database, vault: Vault) -> None:
    first, second = await put(database, vault, words("a"), Call("sendPhoto", {}, b"picture"))
    async with database.write() as write:
        await outbox.sent(write, {first.id: 41, second.id: None}, NOW)
    assert await waiting(database, vault) == []
    async with database.read() as read:
        rows = (await read.execute(select(table).order_by(table.c.id))).all()
        assert await outbox.message_of(read, first.id) == 41
        assert await outbox.message_of(read, second.id) is None
        assert await outbox.message_of(read, 10_000) is None
    assert [(row.payload_sealed, row.file_sealed, row.state) for row in rows] == [(None, None, "sent")] * 2
    assert rows[0].sent_at == NOW


async def test_a_message_can_edit_one_that_is_not_sent_yet(database: Database, vault: Vault) -> None:
    [shown] = await put(database, vault, words("working"))
    await put(database, vault, Call("editMessageText", {"text": "done"}, edits=shown.id))
    assert [parcel.call.edits for parcel in await waiting(database, vault)] == [None, shown.id]


async def test_a_message_nobody_takes_is_given_up_without_its_content(
    database: Database, vault: Vault
) -> None:
    [parcel] = await put(database, vault, words("a"))
    async with database.write() as write:
        await outbox.failed(write, parcel.id, "Forbidden" * 20)
    assert await waiting(database, vault) == []
    async with database.read() as read:
        row = (await read.execute(select(table))).one()
    assert (row.state, row.payload_sealed, len(row.error)) == ("failed", None, 80)


async def test_a_wait_asked_for_outlives_a_restart(database: Database, vault: Vault) -> None:
    [parcel] = await put(database, vault, words("a"))
    until = NOW + dt.timedelta(seconds=31)
    async with database.write() as write:
        await outbox.later(write, parcel.id, until, "RetryAfter")
    [found] = await waiting(database, vault)
    assert (found.not_before, found.attempts, found.at) == (until, 1, NOW)


async def test_tidying_leaves_what_waits(database: Database, vault: Vault) -> None:
    old, edit, _ = await put(database, vault, words("a"), words("b"), words("c"))
    async with database.write() as write:
        await outbox.sent(write, {old.id: 1, edit.id: 2}, NOW)
        assert await outbox.prune(write, NOW) == 0
        assert await outbox.prune(write, NOW + dt.timedelta(days=8)) == 2
    assert len(await waiting(database, vault)) == 1


async def test_forgetting_stops_what_was_on_its_way(database: Database, vault: Vault) -> None:
    await put(database, vault, words("a"))
    await put(database, vault, words("b"), chat_id=2)
    async with database.write() as write:
        await outbox.forget(write, 1)
    assert [parcel.chat_id for parcel in await waiting(database, vault)] == [2]


@pytest.mark.parametrize("column", ["payload_sealed", "file_sealed"])
async def test_a_message_moved_to_another_chat_does_not_open(
    database: Database, vault: Vault, column: str
) -> None:
    call = Call("sendPhoto", {"caption": "mine"}, b"picture")
    [mine] = await put(database, vault, call)
    [theirs] = await put(database, vault, call, chat_id=2)
    async with database.write() as write:
        sealed = await write.scalar(select(table.c[column]).where(table.c.id == mine.id))
        await write.execute(update(table).where(table.c.id == theirs.id).values({column: sealed}))
    assert [parcel.id for parcel in await waiting(database, vault)] == [mine.id]
