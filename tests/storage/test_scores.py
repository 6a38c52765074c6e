import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError

from storage import consents, queries, scores
from storage.database import Database
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import decision, meet, origin

MINUTE = dt.timedelta(minutes=1)


async def test_a_query_goes_one_way(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        assert await queries.latest(write, person) is None
        assert await queries.queue(write, person, NOW) is None
        query = await queries.open_one(write, person, NOW)
        assert not await queries.finish(write, query, queries.DONE, NOW)  # it is not queued yet
        assert await queries.queue(write, person, NOW + MINUTE) == query
        assert await queries.queue(write, person, NOW + MINUTE) is None
        assert await queries.finish(write, query, queries.DONE, NOW + 2 * MINUTE)
        assert not await queries.finish(write, query, queries.DONE, NOW + 3 * MINUTE)
        await queries.stop(write, person, NOW + 3 * MINUTE)
        found = await queries.latest(write, person)
    assert found is not None
    assert (found.state, found.opened_at, found.queued_at, found.done_at) == (
        "done", NOW, NOW + MINUTE, NOW + 2 * MINUTE,
    )  # fmt: skip


async def test_a_new_query_stops_the_one_before(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        first = await queries.open_one(write, person, NOW)
        await queries.queue(write, person, NOW)
        await queries.open_one(write, person, NOW)
        assert not await queries.finish(write, first, queries.DONE, NOW)
        states = [row["state"] for row in await queries.export(write, person)]
    assert states == ["stopped", "collecting"]


async def test_a_query_has_one_score(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await consents.record(write, person, [decision()])
        query = await queries.open_one(write, person, NOW)
        await scores.add(write, person, origin(query), {"result": {"score": 612}}, NOW)
    with pytest.raises(IntegrityError):
        async with database.write() as write:
            await scores.add(write, person, origin(query), {"result": {"score": 700}}, NOW)


async def test_the_newest_scores_come_oldest_first(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await consents.record(write, person, [decision()])
        for number in range(5):
            query = await queries.open_one(write, person, NOW)
            await scores.add(write, person, origin(query), {"result": {"score": 600 + number}}, NOW)
        found = await scores.recent(write, person, most=3)
    assert [stored.content["result"]["score"] for stored in found] == [602, 603, 604]
    assert found[0].origin == origin(found[0].origin.query_id)
