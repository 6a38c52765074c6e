"""Files that people sent: one waits at a time, rows go before figures, and all of it goes in time."""

import dataclasses
import datetime as dt

from storage import facts, uploads
from storage.database import Database
from storage.people import Person
from storage.uploads import ASKED, CONFIRMED, Upload
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

DAY = dt.timedelta(days=1)
ONE = Upload(
    "aaaaaaaaaaaa", "statement", ASKED, {"rows": 2}, [{"amount": "5"}, {"amount": "-3"}], NOW, NOW + 30 * DAY
)


async def held(database: Database, person: Person) -> list[Upload]:
    async with database.read() as read:
        return await uploads.every(read, person)


async def test_a_file_waits_until_it_is_confirmed_or_the_next_one_comes(
    database: Database, vault: Vault
) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await uploads.put(write, person, ONE)
        await uploads.confirm(write, person, ONE.token)
        await uploads.put(write, person, dataclasses.replace(ONE, token="b" * 12))
        await uploads.put(write, person, dataclasses.replace(ONE, token="c" * 12, rows=None))
    assert [(one.token[0], one.state) for one in await held(database, person)] == [
        ("a", CONFIRMED),
        ("c", ASKED),
    ]
    async with database.write() as write:
        assert await uploads.find(write, person, "b" * 12) is None
        await uploads.drop(write, person, "c" * 12)
    assert await held(database, person) == [dataclasses.replace(ONE, state=CONFIRMED)]


async def test_rows_can_go_while_the_figures_stay(database: Database, vault: Vault) -> None:
    person, other = await meet(database, vault), await meet(database, vault, 1002)
    async with database.write() as write:
        await uploads.put(write, person, ONE)
        await uploads.put(write, other, ONE)
        await uploads.drop_rows(write, person)
    assert await held(database, person) == [dataclasses.replace(ONE, rows=None)]
    assert await held(database, other) == [ONE]


async def test_a_file_goes_when_its_time_is_over(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await uploads.put(write, person, ONE)
        assert await uploads.expire(write, NOW + 29 * DAY) == 0
        assert await uploads.expire(write, NOW + 30 * DAY) == 1
    assert await held(database, person) == []


async def test_what_a_source_shows_is_believed_before_what_anybody_says(
    database: Database, vault: Vault
) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await facts.put(write, person, {"monthly_income": "9000"}, "bureau", NOW)
        await facts.put(
            write, person, {"monthly_income": "5000", "total_owed": "1"}, "statement", NOW, ["monthly_income"]
        )
        merged = await facts.merged(write, person)
    assert (merged["monthly_income"].value, merged["monthly_income"].verified) == ("5000", True)
    assert not merged["total_owed"].verified
