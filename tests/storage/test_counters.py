import asyncio
import datetime as dt

import pytest
from sqlalchemy import func, select

from storage import counters
from storage.counters import Spent
from storage.database import Database
from storage.tables import counters as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

SPAN = dt.timedelta(minutes=3)


async def spend(database: Database, person: int, most: int = 60, now: dt.datetime = NOW) -> Spent:
    async with database.write() as write:
        return await counters.spend(write, person, "updates", most, SPAN, now)


async def test_two_hundred_at_once_are_exact(database: Database, vault: Vault) -> None:
    maria, juan = await meet(database, vault), await meet(database, vault, 1002)
    spent = await asyncio.gather(*(spend(database, maria.id) for _ in range(200)), spend(database, juan.id))
    assert sum(s.allowed for s in spent[:200]) == 60
    assert sorted(s.used for s in spent[:200]) == list(range(1, 201))
    assert spent[200] == Spent(allowed=True, used=1, retry_after=spent[200].retry_after), (
        "others are not held up"
    )


async def test_a_count_survives_a_restart(database: Database, vault: Vault) -> None:
    maria = await meet(database, vault)
    for _ in range(3):
        await spend(database, maria.id, most=3)
    again = Database(database.url)
    assert not (await spend(again, maria.id, most=3)).allowed
    await again.close()


async def test_a_new_window_begins_anew_and_leaves_one_row(database: Database, vault: Vault) -> None:
    maria = await meet(database, vault)
    start = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
    last = start + SPAN - dt.timedelta(seconds=1)
    assert (await spend(database, maria.id, 1, start)).retry_after == 180
    refused = await spend(database, maria.id, 1, last)
    assert (refused.allowed, refused.retry_after) == (False, 1)
    assert (await spend(database, maria.id, 1, start + SPAN)).allowed
    async with database.read() as read:
        assert await read.scalar(select(func.count()).select_from(table)) == 1


async def test_a_transaction_taken_back_counts_nothing(database: Database, vault: Vault) -> None:
    maria = await meet(database, vault)

    async def taken_back() -> None:
        async with database.write() as write:
            await counters.spend(write, maria.id, "updates", 60, SPAN, NOW)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await taken_back()
    assert (await spend(database, maria.id)).used == 1
