import asyncio
import datetime as dt

import pytest

from storage import leases, marks, periods
from storage.database import Database
from storage.leases import Fenced, Followed, Lease
from tests.conftest import NOW

SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
NAME = leases.WORKER


async def take(database: Database, holder: str, seen: Lease | None, until: dt.datetime = NOW) -> int:
    async with database.write() as write:
        return await leases.take(write, NAME, seen, holder, until)


async def find(database: Database) -> Lease | None:
    async with database.read() as read:
        return await leases.find(read, NAME)


async def claim(database: Database, fence: int, job: str = "tidy", period: str = "12") -> bool:
    async with database.write() as write:
        return await periods.claim(write, NAME, fence, job, period, NOW)


async def finish(database: Database, fence: int, job: str = "tidy", period: str = "12") -> None:
    async with database.write() as write:
        await periods.finish(write, fence, job, period, NOW)


async def done(database: Database, job: str = "tidy") -> list[str]:
    async with database.read() as read:
        return await periods.done(read, job)


async def test_of_many_who_want_it_one_gets_it(database: Database) -> None:
    fences = await asyncio.gather(*(take(database, f"p{n}", None) for n in range(8)))
    assert sorted(fences) == [0] * 7 + [1]
    seen = await find(database)
    fences = await asyncio.gather(*(take(database, f"q{n}", seen) for n in range(8)))
    assert sorted(fences) == [0] * 7 + [2]


async def test_who_renewed_in_between_keeps_it(database: Database) -> None:
    fence = await take(database, "a", None)
    seen = await find(database)
    async with database.write() as write:
        assert await leases.renew(write, NAME, fence, NOW + SECOND)
    assert await take(database, "b", seen) == 0
    assert await find(database) == Lease("a", 1, NOW + SECOND)


async def test_who_was_followed_can_neither_renew_nor_give_back(database: Database) -> None:
    first = await take(database, "a", None)
    second = await take(database, "b", await find(database))
    async with database.write() as write:
        assert not await leases.renew(write, NAME, first, NOW + SECOND)
        await leases.release(write, NAME, first)
    assert await find(database) == Lease("b", second, NOW)


async def test_a_lease_given_back_is_free_and_keeps_its_fence(database: Database) -> None:
    fence = await take(database, "a", None)
    async with database.write() as write:
        await leases.release(write, NAME, fence)
    seen = await find(database)
    assert seen is not None
    assert seen.holder == leases.FREE
    assert await take(database, "b", seen) == fence + 1


async def test_a_period_is_taken_once(database: Database) -> None:
    fence = await take(database, "a", None)
    assert sorted(await asyncio.gather(*(claim(database, fence) for _ in range(6)))) == [False] * 5 + [True]
    await finish(database, fence)
    assert not await claim(database, fence)
    assert await claim(database, fence, period="13")
    assert await done(database) == ["12"]


async def test_an_old_fence_takes_nothing(database: Database) -> None:
    assert not await claim(database, 1), "nobody holds the lease"
    old = await take(database, "a", None)
    await take(database, "b", await find(database))
    assert not await claim(database, old)


async def test_what_was_cut_off_is_run_again_by_the_next_and_its_end_is_not_the_old_one_s(
    database: Database,
) -> None:
    old = await take(database, "a", None)
    assert await claim(database, old)
    new = await take(database, "b", await find(database))
    assert await claim(database, new)
    await finish(database, old)
    async with database.write() as write:
        await periods.give_back(write, old, "tidy", "12")
    assert await done(database) == []
    assert not await claim(database, new), "it is being run"
    await finish(database, new)
    assert await done(database) == ["12"]


async def test_what_was_run_is_not_run_again_by_the_next(database: Database) -> None:
    old = await take(database, "a", None)
    await claim(database, old)
    await finish(database, old)
    new = await take(database, "b", await find(database))
    assert not await claim(database, new)


async def test_a_period_given_back_can_be_taken_again(database: Database) -> None:
    fence = await take(database, "a", None)
    await claim(database, fence)
    async with database.write() as write:
        await periods.give_back(write, fence, "tidy", "12")
    assert await claim(database, fence)


async def test_old_periods_go_and_the_newest_of_each_job_stays(database: Database) -> None:
    fence = await take(database, "a", None)
    for period in ("10", "11", "12"):
        await claim(database, fence, period=period)
        await finish(database, fence, period=period)
    await claim(database, fence, "yearly", "2026")
    await finish(database, fence, "yearly", "2026")
    async with database.write() as write:
        assert await periods.prune(write, NOW) == 0
        assert await periods.prune(write, NOW + HOUR) == 2
    assert await done(database) == ["12"]
    assert await done(database, "yearly") == ["2026"]


async def test_what_a_paused_holder_does_when_it_wakes_up_comes_to_nothing(database: Database) -> None:
    fenced = Fenced(database, NAME, await take(database, "a", None))
    async with fenced.write() as write:
        await marks.put(write, "before", "x", NOW)
    await take(database, "b", await find(database))
    with pytest.raises(Followed):
        async with fenced.write() as write:
            await marks.put(write, "after", "x", NOW)
    async with fenced.read() as read:
        assert await marks.find(read, "before") is not None
        assert await marks.find(read, "after") is None


async def test_a_long_transaction_under_a_lease_does_not_keep_it_from_being_renewed(
    postgresql_url: str,
) -> None:
    database = Database(postgresql_url)
    fence = await take(database, "a", None)
    async with Fenced(database, NAME, fence).write() as long:
        await marks.put(long, "long", "x", NOW)
        async with asyncio.timeout(5), database.write() as write:
            assert await leases.renew(write, NAME, fence, NOW + SECOND)
    await database.close()


async def test_who_is_paused_in_a_transaction_keeps_nobody_from_taking_over(postgresql_url: str) -> None:
    paused, other = Database(postgresql_url), Database(postgresql_url)
    fence = await take(paused, "a", None)
    stuck = await paused._writer.connect()
    await leases.renew(stuck, NAME, fence, NOW + SECOND)  # and nothing more comes from it
    async with asyncio.timeout(5):
        assert await take(other, "b", await find(other)) == 2
    await stuck.invalidate()
    await stuck.close()
    await paused.close()
    await other.close()
