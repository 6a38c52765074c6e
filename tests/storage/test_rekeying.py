"""New data keys under people who write: whatever commits when, everything opens afterwards."""

import datetime as dt

import pytest
from sqlalchemy import select

from storage import erasures, facts, inbox, keyring, marks, outbox, people, rekeying, rights, tables
from storage.cells import sealed_columns, unseal
from storage.database import Database
from storage.outbox import Call
from storage.people import Person
from storage.tables import CHAT, SEALED
from storage.vault import KeyDestroyed, Sealer, Vault, VaultError
from tests.conftest import NOW
from tests.storage import sample

LATER = NOW + dt.timedelta(days=1)


async def reread(database: Database, vault: Vault, chat_id: int = 1001) -> Person:
    async with database.read() as read:
        person = await people.find(read, vault, chat_id)
    assert person is not None
    return person


async def unopened(database: Database, vault: Vault, sealer: Sealer | None = None) -> list[str]:
    """Open every sealed cell there is, by its person's key in use or by the sealer given; name what does not open."""
    wrong = []
    async with database.read() as read:
        chats = {row.chat_id: row.key_id for row in await read.execute(select(tables.people))}
        ids = {row.id: row.key_id for row in await read.execute(select(tables.people))}
        for table in SEALED:
            for row in (await read.execute(select(table))).mappings():
                key = (
                    row["key_id"]
                    if table in CHAT
                    else ids[row["id" if table is tables.people else "person_id"]]
                )
                key = chats.get(row["chat_id"], key) if table in CHAT else key
                for column in sealed_columns(table):
                    if row[column] is not None:
                        try:
                            unseal(table, sealer or await vault.sealer(key), row, column)
                        except VaultError as damage:
                            wrong.append(str(damage))
    return wrong


async def test_a_person_comes_to_a_new_key_with_everything(database: Database, vault: Vault) -> None:
    old, other = await sample.fill(database, vault), await sample.fill(database, vault, 1002, "219099999")
    async with database.read() as read:
        before = await rights.export(read, old)
    moved = await rekeying.rekey(database, vault, old.handle, LATER)
    person = await reread(database, vault)
    assert person.sealer.id != old.sealer.id
    assert moved.cells >= 8
    assert (moved.damaged, moved.busy) == (0, 0)
    async with database.read() as read:
        assert await rights.export(read, person) == before
        assert (await reread(database, vault, 1002)).sealer.id == other.sealer.id
        assert len(await inbox.waiting(read, vault)) == 2
        assert len(await outbox.waiting(read, vault)) == 2
    assert await rekeying.strays(database) == set()
    bare = Sealer(vault.unwrap(await key_of(vault, person.sealer.id)), person.sealer.id)
    async with database.read() as read:
        for table in SEALED:
            if "person_id" in table.c:
                for row in (
                    await read.execute(select(table).where(table.c.person_id == person.id))
                ).mappings():
                    for column in sealed_columns(table):
                        assert row[column] is None or unseal(table, bare, row, column)


async def key_of(vault: Vault, key_id: int) -> keyring.DataKey:
    async with vault.keys.read() as read:
        return (await keyring.find(read, [key_id]))[0]


async def test_a_turn_that_read_before_and_commits_after_loses_nothing(
    database: Database, vault: Vault
) -> None:
    before = await sample.fill(database, vault)
    await rekeying.rekey(database, vault, before.handle, LATER)
    async with database.read() as read:  # it goes on reading with the old sealer
        assert (await facts.merged(read, before))["monthly_income"].value == sample.MARKS["answer"]
    async with database.write() as write:  # and writes with it
        await facts.put(write, before, {"total_owed": 5}, "self", LATER)
        await outbox.put(write, before.sealer, 1001, [Call("sendMessage", {"text": "x"})], LATER)
    after = await reread(database, vault)
    async with database.read() as read:
        assert (await facts.merged(read, after))["total_owed"].value == 5
        assert len(await outbox.waiting(read, vault)) == 2
    assert await unopened(database, vault) == []
    assert await rekeying.strays(database) == {after.handle}
    assert (await rekeying.move(database, vault, after.handle)).cells == 2
    assert await rekeying.strays(database) == set()


async def test_a_change_cut_short_goes_on(database: Database, vault: Vault) -> None:
    people_ = [await sample.fill(database, vault, 1000 + n, f"21909999{n}") for n in range(4)]
    vault._clock = lambda: LATER
    begun = await rekeying.renew_all(database, vault, LATER)
    await rekeying.move(database, vault, people_[0].handle)
    assert await unopened(database, vault) == []
    # killed here; the next call mints nothing again
    assert await rekeying.renew_all(database, vault, LATER + dt.timedelta(days=1)) == begun
    heard: list[tuple[int, int]] = []
    moved = await rekeying.move_all(database, vault, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (4, 4)
    assert (moved.damaged, moved.busy) == (0, 0)
    async with vault.keys.read() as read:
        live, retired, destroyed = await keyring.summary(read)
    assert (live, retired, destroyed) == (4 + 7, 4 + 1, 0)  # and our own key for messages
    async with database.read() as read:
        assert await marks.find(read, rekeying.BEGUN) is None
    assert await unopened(database, vault) == []


async def test_a_retired_key_goes_only_when_nothing_is_under_it(database: Database, vault: Vault) -> None:
    before = await sample.fill(database, vault)
    await rekeying.rekey(database, vault, before.handle, LATER)
    async with database.write() as write:
        await facts.put(write, before, {"total_owed": 5}, "self", LATER)
    assert await rekeying.destroy_retired(database, vault, LATER, LATER) == 0
    assert await rekeying.destroy_retired(database, vault, LATER + dt.timedelta(seconds=1), LATER) == 1
    second = Vault(vault.masters, Database(vault.keys.url), lambda: LATER)  # remembers no key
    await second.open()
    assert await unopened(database, second) == []
    with pytest.raises(KeyDestroyed):
        await second.sealer(before.sealer.id)
    async with second.keys.read() as read:
        assert await keyring.erased(read) == []
    await second.close()


async def test_our_own_key_for_messages_changes_and_old_rows_drain(database: Database, vault: Vault) -> None:
    old = vault.system
    async with database.write() as write:
        [parcel] = await outbox.put(write, old, 5, [Call("sendMessage", {"text": "x"})], NOW)
    await rekeying.renew(vault, ["@system"], None, LATER)
    await vault.open()
    assert vault.system.id != old.id
    much_later = LATER + dt.timedelta(days=999)
    assert await rekeying.destroy_retired(database, vault, much_later, much_later) == 0
    async with database.write() as write:
        assert len(await outbox.waiting(write, vault)) == 1
        await outbox.sent(write, {parcel.id: 7}, much_later)
    assert await rekeying.destroy_retired(database, vault, much_later, much_later) == 1


async def test_the_erased_get_no_new_key(database: Database, vault: Vault) -> None:
    person = await sample.fill(database, vault)
    async with database.write() as write:
        await rights.forget(write, person, NOW, LATER)
    await erasures.settle(database, vault, NOW)
    assert await rekeying.rekey(database, vault, person.handle, LATER) == rekeying.Moved()
    async with vault.keys.read() as read:
        assert await keyring.erased(read) == [person.handle]


async def test_the_old_key_goes_with_the_person(database: Database, vault: Vault) -> None:
    before = await sample.fill(database, vault)
    await rekeying.rekey(database, vault, before.handle, LATER)
    async with database.write() as write:
        await rights.forget(write, before, LATER, LATER)  # decided by a turn that knew the old key
    await erasures.settle(database, vault, LATER)
    async with vault.keys.read() as read:
        assert [key.wrapped for key in await keyring.every(read, before.handle)] == [None, None]


async def test_a_damaged_cell_is_told_and_left_alone(database: Database, vault: Vault) -> None:
    person = await sample.fill(database, vault)
    async with database.write() as write:
        await write.execute(tables.facts.update().values(value_sealed=b"\x02junk"))
    moved = await rekeying.rekey(database, vault, person.handle, LATER)
    assert moved.damaged == 1
    assert moved.cells >= 7
