import asyncio
import itertools

import pytest
from sqlalchemy import func, select, update

from storage import damages, facts
from storage.database import Database
from storage.tables import facts as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet


async def test_a_source_speaks_once_of_one_thing(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    for value in ("100", "200", "300"):
        async with database.write() as write:
            await facts.put(write, person, {"monthly_income": value, "dependents": 2}, "self", NOW)
    async with database.read() as read:
        assert await read.scalar(select(func.count()).select_from(table)) == 2
        assert (await facts.merged(read, person))["monthly_income"].value == "300"


async def test_one_word_taken_back_leaves_the_others(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await facts.put(write, person, {"a": 1, "b": 2}, "self", NOW)
        await facts.put(write, person, {"a": 3}, "lender", NOW)
        await facts.put(write, person, {"a": None}, "self", NOW)
        await facts.put(write, person, {}, "self", NOW)
    async with database.read() as read:
        merged = await facts.merged(read, person)
    assert {name: (fact.value, fact.source) for name, fact in merged.items()} == {
        "a": (3, "lender"),
        "b": (2, "self"),
    }


@pytest.mark.parametrize("order", list(itertools.permutations(facts.PRECEDENCE)))
async def test_the_better_source_is_believed(sqlite_url: str, vault: Vault, order: tuple[str, ...]) -> None:
    database = Database(sqlite_url)
    person = await meet(database, vault)
    async with database.write() as write:
        for value, source in enumerate(order):
            await facts.put(write, person, {"a": value}, source, NOW)
    async with database.read() as read:
        assert (await facts.merged(read, person))["a"].source == "bureau"
        assert [fact.source for fact in await facts.every(read, person)] == list(facts.PRECEDENCE)
    await database.close()


async def test_a_verified_value_beats_any_other(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await facts.put(write, person, {"a": 1}, "bureau", NOW)
        await facts.put(write, person, {"a": 2}, "self", NOW)
        await write.execute(update(table).where(table.c.source == "self").values(verified=True))
    async with database.read() as read:
        assert (await facts.merged(read, person))["a"].value == 2


async def test_a_source_nobody_knows_is_refused(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        with pytest.raises(ValueError, match="no source"):
            await facts.put(write, person, {"a": 1}, "rumour", NOW)
    async with database.read() as read:
        assert await facts.every(read, person) == []


async def test_many_writers_of_one_thing_leave_one_row(sqlite_url: str, vault: Vault) -> None:
    database = Database(sqlite_url)
    person = await meet(database, vault)

    async def put(value: int) -> None:
        async with database.write() as write:
            await facts.put(write, person, {"a": value}, "self", NOW)

    await asyncio.gather(*map(put, range(30)))
    async with database.read() as read:
        assert len(await facts.every(read, person)) == 1
    await database.close()


async def test_a_value_moved_to_another_name_does_not_open(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await facts.put(write, person, {"total_owed": "1", "monthly_income": "999999"}, "self", NOW)
        sealed = await write.scalar(select(table.c.value_sealed).where(table.c.name == "total_owed"))
        await write.execute(update(table).where(table.c.name == "monthly_income").values(value_sealed=sealed))
    damages.take()
    async with database.read() as read:
        assert [fact.name for fact in await facts.every(read, person)] == ["total_owed"]
    assert damages.take() == ["facts.value_sealed"]


async def test_forgetting_some_names_only(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await facts.put(write, person, {"a": 1, "b": 2, "c": 3}, "self", NOW)
        await facts.forget(write, person, ("a", "c"))
    async with database.read() as read:
        assert set(await facts.merged(read, person)) == {"b"}
