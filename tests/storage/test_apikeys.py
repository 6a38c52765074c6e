import datetime as dt

import pytest

from storage import apikeys, lenders, requests
from storage.database import Database
from storage.dialogs import Stale
from storage.requests import Answer, Reused
from tests.conftest import NOW

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


async def lender(database: Database) -> int:
    async with database.write() as write:
        made = await lenders.add(write, "First Example Bank", "us", NOW)
        assert made is not None
        return made.id


async def test_a_key_opens_until_it_expires_ends_or_its_lender_closes(database: Database) -> None:
    mine = await lender(database)
    async with database.write() as write:
        short = await apikeys.make(write, mine, "short", ["events:write"], "shell", NOW, NOW + DAY)
        ended = await apikeys.make(write, mine, "ended", ["events:write", "loans:read"], "shell", NOW)
        stays = await apikeys.make(write, mine, "stays", [], "shell", NOW)
        found = await apikeys.find(write, ended, NOW)
        assert found is not None
        assert found.scopes == ("events:write", "loans:read")
        assert ended.startswith(f"candor_{found.hint}")
        assert await apikeys.end(write, found.id, NOW)
        assert not await apikeys.end(write, found.id, NOW)
        assert await apikeys.find(write, ended, NOW) is None
        assert await apikeys.find(write, short, NOW) is not None
        assert await apikeys.find(write, short, NOW + DAY) is None
        assert [key.name for key in await apikeys.listed(write, mine, NOW)] == ["short", "stays"]
        for wrong in ("", "candor_", stays[:-1], stays + "A", stays.upper(), "\udcff"):
            assert await apikeys.find(write, wrong, NOW) is None
        await lenders.close(write, mine, NOW)
        assert await apikeys.find(write, stays, NOW) is None


async def test_a_key_is_not_in_the_database(database: Database) -> None:
    mine = await lender(database)
    async with database.write() as write:
        key = await apikeys.make(write, mine, "one", [], "shell", NOW)
        row = (await write.exec_driver_sql("SELECT * FROM apikeys")).one()
    assert len(key) >= len("candor_") + 43
    assert not any(key[15:] in str(value) for value in row)


async def test_uses_are_counted_by_the_minute_and_the_last_is_noted(database: Database) -> None:
    mine = await lender(database)
    async with database.write() as write:
        key = await apikeys.find(write, await apikeys.make(write, mine, "one", [], "shell", NOW), NOW)
        assert key is not None
        assert [await apikeys.count(write, key, NOW) for _ in range(3)] == [1, 2, 3]
        assert await apikeys.count(write, key, NOW + MINUTE) == 1
        (listed,) = await apikeys.listed(write, mine, NOW)
        assert listed.used_at == NOW + MINUTE
        await apikeys.hold(write, key, NOW)
        await apikeys.end(write, key.id, NOW)
        assert await apikeys.count(write, key, NOW) is None
        with pytest.raises(Stale):
            await apikeys.hold(write, key, NOW)


async def test_a_request_of_the_same_name_finds_what_was_answered(database: Database) -> None:
    mine = await lender(database)
    async with database.write() as write:
        one = await apikeys.find(write, await apikeys.make(write, mine, "one", [], "shell", NOW), NOW)
        two = await apikeys.find(write, await apikeys.make(write, mine, "two", [], "shell", NOW), NOW)
        assert one is not None
        assert two is not None
        assert await requests.claim(write, one.id, "a", b"body", NOW) is None
        await requests.finish(write, one.id, "a", Answer(200, "{}"))
    async with database.write() as write:
        assert await requests.claim(write, one.id, "a", b"body", NOW) == Answer(200, "{}")
        assert await requests.claim(write, two.id, "a", b"other", NOW) is None, (
            "another key's names are its own"
        )
        with pytest.raises(Reused):
            await requests.claim(write, one.id, "a", b"other", NOW)
        assert await requests.prune(write, NOW + DAY) == 0
        assert await requests.prune(write, NOW + DAY + MINUTE) == 2
        assert await requests.claim(write, one.id, "a", b"other", NOW + DAY + MINUTE) is None
