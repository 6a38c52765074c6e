import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage import people
from storage.database import Database
from storage.people import Attempt, Profile
from storage.tables import people as table
from storage.vault import Vault, VaultError
from tests.storage.sample import LOCK, MARKS, NOW, enrol, meet


async def spend(database: Database, person_id: int, now: dt.datetime = NOW) -> Attempt:
    async with database.write() as write:
        return await people.spend_attempt(write, person_id, 5, LOCK, now)


async def test_meeting_twice_is_meeting_once(database: Database, vault: Vault) -> None:
    first = await meet(database, vault)
    async with database.write() as write:
        again = await people.meet(write, vault, 1001, "es", "mx", NOW)
    async with database.read() as read:
        found = await people.find(read, vault, 1001)
        assert await people.find(read, vault, 1002) is None
    assert (first.id, first.language, first.country) == (again.id, again.language, again.country)
    assert found is not None
    sealed = first.sealer.seal(b"x", "a.b:1")
    assert found.sealer.open(sealed, "a.b:1") == b"x"  # the same data key


async def test_a_person_is_who_they_said(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.read() as read:
        assert await people.profile(read, person) == Profile(
            MARKS["name"], MARKS["phone"], MARKS["national_id"]
        )
        assert await people.pin_hash(read, person) == "hash-of-a-pin"
        found = await people.find(read, vault, 1001)
    assert found is not None
    assert (person.registered, found.registered) == (False, True)


async def test_before_registration_there_is_nothing_to_open(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.read() as read:
        assert await people.profile(read, person) is None
        assert await people.pin_hash(read, person) is None


@pytest.mark.parametrize("spelling", ["536904399", "536-90-4399", "５３６ 90 43\u200b99"])
async def test_a_national_id_belongs_to_one_person(database: Database, vault: Vault, spelling: str) -> None:
    first = await enrol(database, vault)
    other = await meet(database, vault, 1002)
    profile = Profile("Somebody Else", "+12025550142", spelling)
    async with database.read() as read:
        assert await people.taken(read, vault, other, profile)
        assert not await people.taken(read, vault, first, profile)  # one's own is not taken
    with pytest.raises(IntegrityError):
        async with database.write() as write:
            await people.register(write, vault, other, profile, "hash", NOW)


async def test_the_same_digits_in_another_country_are_another_id(database: Database, vault: Vault) -> None:
    await enrol(database, vault, country="us")
    other = await meet(database, vault, 1002, country="cn")
    async with database.read() as read:
        assert not await people.taken(read, vault, other, Profile("a", "b", MARKS["national_id"]))


async def test_one_phone_may_serve_two_people(database: Database, vault: Vault) -> None:
    await enrol(database, vault)
    await enrol(database, vault, 1002, national_id="123456789")


async def test_of_many_guesses_at_once_five_are_looked_at(database: Database, vault: Vault) -> None:
    person, other = await meet(database, vault), await meet(database, vault, 1002)
    results = await asyncio.gather(*(spend(database, person.id) for _ in range(200)))
    assert sum(result.allowed for result in results) == 5
    assert sorted(result.left for result in results if result.allowed) == [0, 1, 2, 3, 4]
    assert {result.locked_until for result in results if not result.allowed} == {NOW + LOCK}
    assert (await spend(database, other.id)).allowed


async def test_the_lock_outlives_a_restart_and_ends(
    database: Database, database_url: str, vault: Vault
) -> None:
    person = await meet(database, vault)
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
    person = await meet(database, vault)
    for _ in range(4):
        await spend(database, person.id)
    async with database.write() as write:
        await people.forgive_attempts(write, person.id)
    assert [(await spend(database, person.id)).left for _ in range(5)] == [4, 3, 2, 1, 0]


async def test_a_profile_moved_to_somebody_else_does_not_open(database: Database, vault: Vault) -> None:
    mine = await enrol(database, vault)
    theirs = await enrol(database, vault, 1002, national_id="123456789")
    async with database.write() as write:
        row = (await write.execute(select(table).where(table.c.id == mine.id))).one()
        await write.execute(
            update(table).where(table.c.id == theirs.id).values(profile_sealed=row.profile_sealed)
        )
    async with database.read() as read:
        with pytest.raises(VaultError):
            await people.profile(read, theirs)
    async with database.write() as write:  # not even together with the key
        await write.execute(update(table).where(table.c.id == theirs.id).values(key=row.key))
    async with database.read() as read:
        with pytest.raises(VaultError):
            await people.find(read, vault, 1002)


async def test_a_hash_in_the_place_of_a_profile_does_not_open(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        await write.execute(update(table).values(profile_sealed=table.c.pin_sealed))
    async with database.read() as read:
        with pytest.raises(VaultError):
            await people.profile(read, person)


async def test_somebody_who_blocks_us_is_noted(database: Database, vault: Vault) -> None:
    await meet(database, vault)
    async with database.write() as write:
        await people.unreachable(write, 1001)
    async with database.read() as read:
        found = await people.find(read, vault, 1001)
    assert found is not None
    assert not found.reachable
