import asyncio
import datetime as dt

from storage import approvals
from storage.database import Database
from tests.conftest import NOW

DAY = dt.timedelta(days=1)


async def asked(database: Database, by: str = "ANNE222222") -> int:
    async with database.write() as write:
        return await approvals.ask(write, "keys.rotate", "-", by, NOW, NOW + DAY)


async def answer(
    database: Database, number: int, by: str, now: dt.datetime = NOW, *, approved: bool = True
) -> bool:
    async with database.write() as write:
        return await approvals.answer(write, number, by, now, approved=approved)


async def use(database: Database, object_: str = "-", now: dt.datetime = NOW) -> bool:
    async with database.write() as write:
        return await approvals.use(write, "keys.rotate", object_, now)


async def test_two_pairs_of_eyes_once(database: Database) -> None:
    number = await asked(database)
    assert not await use(database), "asked is not approved"
    assert not await answer(database, number, "ANNE222222"), "never one's own"
    assert await answer(database, number, "BERT333333")
    assert not await answer(database, number, "CARL444444"), "answered is answered"
    assert not await use(database, "3")
    assert sum(await asyncio.gather(*(use(database) for _ in range(20)))) == 1


async def test_a_refusal_stands(database: Database) -> None:
    number = await asked(database)
    assert await answer(database, number, "BERT333333", approved=False)
    assert not await use(database)


async def test_it_ends_after_a_day(database: Database) -> None:
    first, second = await asked(database), await asked(database)
    assert await answer(database, first, "BERT333333")
    assert not await use(database, now=NOW + DAY)
    assert not await answer(database, second, "BERT333333", NOW + DAY)
    async with database.read() as read:
        assert await approvals.waiting(read, NOW + DAY) == []
        assert len(await approvals.newest(read, 5)) == 2
