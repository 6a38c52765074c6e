import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

from storage import damages, dialogs
from storage.database import Database
from storage.dialogs import Place, Stale
from storage.people import Person
from storage.tables import dialogs as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

CONTENT = {"answers": {"name": "李梅", "age": 34, "phone": None}, "aside": {}, "of": {}}


async def start(database: Database, person: Person, name: str) -> None:
    async with database.write() as write:
        await dialogs.start(write, person, name, 1, 1, CONTENT, NOW)


async def active(database: Database, person: Person) -> Place | None:
    async with database.read() as read:
        return await dialogs.active(read, person)


async def test_a_conversation_is_found_again_as_it_was(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    assert await active(database, person) is None
    await start(database, person, "query")
    place = await active(database, person)
    assert place is not None
    assert (place.dialog, place.version, place.revision, place.content) == ("query", 1, 1, CONTENT)


async def test_the_one_opened_last_is_on_top(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await start(database, person, "query")
    await start(database, person, "checklist")
    await start(database, person, "query")  # an unfinished one of the same name is replaced
    async with database.read() as read:
        top = await dialogs.active(read, person)
        beneath = await dialogs.active(read, person, without="query")
    assert top is not None
    assert beneath is not None
    assert (top.dialog, beneath.dialog) == ("query", "checklist")
    async with database.write() as write:
        await dialogs.end(write, person, "query")
    place = await active(database, person)
    assert place is not None
    assert place.dialog == "checklist"


async def test_of_many_moves_from_one_place_one_is_made(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await start(database, person, "query")
    place = await active(database, person)
    assert place is not None

    async def move(number: int) -> bool:
        try:
            async with database.write() as write:
                await dialogs.move(write, person, place, 2, {"answers": {"by": number}}, NOW)
        except Stale:
            return False
        return True

    results = await asyncio.gather(*map(move, range(20)))
    assert sum(results) == 1
    now = await active(database, person)
    assert now is not None
    assert now.revision == 2
    assert now.content == {"answers": {"by": results.index(True)}}


async def test_a_move_of_what_has_ended_is_stale(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await start(database, person, "query")
    place = await active(database, person)
    assert place is not None
    async with database.write() as write:
        await dialogs.end(write, person)
        with pytest.raises(Stale):
            await dialogs.move(write, person, place, 2, CONTENT, NOW)


async def test_what_nobody_comes_back_to_is_forgotten(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await start(database, person, "query")
    async with database.write() as write:
        assert await dialogs.expire(write, NOW) == 0
        assert await dialogs.expire(write, NOW + dt.timedelta(seconds=1)) == 1
    assert await active(database, person) is None


async def test_answers_moved_to_another_conversation_do_not_open(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await start(database, person, "registration")
    await start(database, person, "query")
    async with database.write() as write:
        sealed = await write.scalar(select(table.c.state_sealed).where(table.c.dialog == "registration"))
        await write.execute(update(table).where(table.c.dialog == "query").values(state_sealed=sealed))
    damages.take()
    left = await active(database, person)
    assert left is not None
    assert left.dialog == "registration"  # the one beneath goes on
    assert damages.take() == ["dialogs.state_sealed"]
