import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage import people
from storage.database import Database
from storage.people import Profile
from storage.tables import people as table
from storage.vault import Vault, VaultError
from tests.conftest import NOW
from tests.storage.sample import MARKS, enrol, meet


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
        found = await people.find(read, vault, 1001)
    assert found is not None
    assert (person.registered, found.registered) == (False, True)


async def test_before_registration_there_is_nothing_to_open(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.read() as read:
        assert await people.profile(read, person) is None


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
            await people.register(write, vault, other, profile, NOW)


async def test_the_same_digits_in_another_country_are_another_id(database: Database, vault: Vault) -> None:
    await enrol(database, vault, country="us")
    other = await meet(database, vault, 1002, country="cn")
    async with database.read() as read:
        assert not await people.taken(read, vault, other, Profile("a", "b", MARKS["national_id"]))


async def test_one_phone_may_serve_two_people(database: Database, vault: Vault) -> None:
    await enrol(database, vault)
    await enrol(database, vault, 1002, national_id="123456789")


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
        await write.execute(update(table).where(table.c.id == mine.id).values(key_id=1))
        await write.execute(update(table).where(table.c.id == theirs.id).values(key_id=row.key_id))
    async with database.read() as read:
        found = await people.find(read, vault, 1002)
        assert found is not None
        with pytest.raises(VaultError):
            await people.profile(read, found)


async def test_somebody_who_blocks_us_is_noted(database: Database, vault: Vault) -> None:
    await meet(database, vault)
    async with database.write() as write:
        await people.unreachable(write, 1001)
    async with database.read() as read:
        found = await people.find(read, vault, 1001)
    assert found is not None
    assert not found.reachable


async def test_no_number_is_ever_used_again(database: Database, vault: Vault) -> None:
    first = await meet(database, vault, 1001)
    async with database.write() as write:
        await people.forget(write, first)
    assert (
        await meet(database, vault, 1002)
    ).id > first.id  # a turn that still knows the first writes to nobody
