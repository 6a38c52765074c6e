import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

from storage import people, pins
from storage.database import Database
from storage.pins import Attempt, Limits
from storage.tables import people as people_table
from storage.tables import pins as table
from storage.vault import Vault, VaultError
from tests.conftest import NOW
from tests.storage.sample import enrol, meet

LOCK = dt.timedelta(minutes=15)
LIMITS = Limits(most=5, most_in_all=10, lock=LOCK)


async def spend(database: Database, person_id: int, now: dt.datetime = NOW) -> Attempt:
    async with database.write() as write:
        return await pins.spend(write, person_id, LIMITS, now)


async def test_a_hash_is_kept_sealed_and_comes_back(database: Database, vault: Vault) -> None:
    person, other = await enrol(database, vault), await meet(database, vault, 1002)
    async with database.read() as read:
        assert await pins.hash_of(read, person) == "hash-of-a-pin"
        assert await pins.hash_of(read, other) is None
        assert b"hash-of-a-pin" not in (await read.scalar(select(table.c.hash_sealed)) or b"")
    assert not (await spend(database, other.id)).allowed  # there is nothing to guess


async def test_of_many_guesses_at_once_five_are_looked_at(database: Database, vault: Vault) -> None:
    person, other = await enrol(database, vault), await enrol(database, vault, 1002, "123456789")
    results = await asyncio.gather(*(spend(database, person.id) for _ in range(200)))
    assert sum(result.allowed for result in results) == 5
    assert sorted(result.left for result in results if result.allowed) == [0, 1, 2, 3, 4]
    assert {result.locked_until for result in results if not result.allowed} == {NOW + LOCK}
    assert (await spend(database, other.id)).allowed


async def test_the_lock_outlives_a_restart_and_ends(
    database: Database, database_url: str, vault: Vault
) -> None:
    person = await enrol(database, vault)
    for _ in range(5):
        await spend(database, person.id)
    restarted = Database(database_url)
    assert not (await spend(restarted, person.id, NOW + LOCK - dt.timedelta(seconds=1))).allowed
    after = NOW + LOCK + dt.timedelta(seconds=1)
    results = [await spend(restarted, person.id, after) for _ in range(6)]
    assert [result.left for result in results] == [4, 3, 2, 1, 0, 0]
    assert [result.allowed for result in results] == [True] * 5 + [False]
    await restarted.close()


async def test_a_right_pin_starts_the_count_anew(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    for _ in range(4):
        await spend(database, person.id)
    async with database.write() as write:
        await pins.forgive(write, person.id)
    assert [(await spend(database, person.id)).left for _ in range(5)] == [4, 3, 2, 1, 0]


async def test_ten_wrong_ones_in_all_close_it_until_a_new_one_is_chosen(
    database: Database, vault: Vault
) -> None:
    person = await enrol(database, vault)
    moments = [NOW + n * (LOCK + dt.timedelta(seconds=1)) for n in range(4)]
    results = [await spend(database, person.id, moment) for moment in moments for _ in range(6)]
    assert sum(result.allowed for result in results) == 10
    assert results[-1].closed
    async with database.write() as write:
        await pins.choose(write, person, "another", NOW)
    assert (await spend(database, person.id, moments[-1])).left == 4


async def test_a_hash_put_back_from_an_earlier_day_does_not_open(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        old = await write.scalar(select(table.c.hash_sealed))
        await pins.choose(write, person, "a new one", NOW)
        await write.execute(update(table).values(hash_sealed=old))
    async with database.read() as read:
        with pytest.raises(VaultError):
            await pins.hash_of(read, person)


async def test_a_hash_in_the_place_of_a_profile_does_not_open(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        hashed = await write.scalar(select(table.c.hash_sealed))
        await write.execute(update(people_table).values(profile_sealed=hashed))
    async with database.read() as read:
        with pytest.raises(VaultError):
            await people.profile(read, person)
