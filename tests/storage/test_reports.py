"""Reports and clusters as they are kept: counted by people, known again by marks, and gone when they must be."""

import asyncio
import datetime as dt

import sqlalchemy as sa

from storage import clusters, reports
from storage.database import Database
from storage.people import Person
from storage.reports import Mark
from storage.tables import report_marks
from storage.tables import reports as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

DAY = dt.timedelta(days=1)
WORDS = "pay the fee first"


def marks(vault: Vault, number: str = "4455667788", text: str = WORDS) -> list[Mark]:
    return [reports.mark(vault, "number", number), reports.mark(vault, "text", text)]


async def sent(
    database: Database, vault: Vault, person: Person, found: list[Mark], after: int = 0
) -> int | None:
    async with database.write() as write:
        return await reports.put(write, person, "scam", "advance_fee", WORDS, found, NOW + after * DAY)


async def test_the_same_words_of_one_person_are_one_report(database: Database, vault: Vault) -> None:
    person, other = await meet(database, vault), await meet(database, vault, 1002)
    assert await sent(database, vault, person, marks(vault)) is not None
    assert await sent(database, vault, person, marks(vault, "1122334455")) is None
    assert await sent(database, vault, other, marks(vault)) is not None


async def test_people_are_counted_and_not_reports(database: Database, vault: Vault) -> None:
    person, other = await meet(database, vault), await meet(database, vault, 1002)
    for text in ("one", "two", "three"):
        await sent(database, vault, person, marks(vault, text=text))
    await sent(database, vault, other, marks(vault, text="four"), after=20)
    number = marks(vault)[0]
    async with database.read() as read:
        assert await reports.reporters(read, [number], NOW) == {number.digest: 2}
        assert await reports.reporters(read, [number], NOW + 19 * DAY) == {number.digest: 1}


async def test_two_who_report_at_once_are_both_counted(database: Database, vault: Vault) -> None:
    number = marks(vault)[0]

    async def report(person: Person) -> int:
        async with database.write() as write:
            await reports.put(write, person, "scam", "advance_fee", WORDS, marks(vault), NOW)
            await asyncio.sleep(0.05)
            return (await reports.reporters(write, [number], NOW))[number.digest]

    people = [await meet(database, vault, 1001 + one) for one in range(3)]
    assert sorted(await asyncio.gather(*(report(one) for one in people))) == [1, 2, 3]


async def test_what_was_dismissed_counts_no_more(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    one = await sent(database, vault, person, marks(vault))
    assert one is not None
    async with database.write() as write:
        assert await reports.decide(write, marks(vault), one, reports.DISMISSED, "", "SUPPORT2345") == [
            (one, person.id)
        ]
        assert await reports.decide(write, marks(vault), one, reports.CONFIRMED, "", "SUPPORT6789") == []
    async with database.read() as read:
        assert await reports.reporters(read, marks(vault), NOW) == {}


async def test_one_decision_is_for_all_who_sent_these_words(database: Database, vault: Vault) -> None:
    first, second, third = [await meet(database, vault, 1001 + one) for one in range(3)]
    one = await sent(database, vault, first, marks(vault))
    same = await sent(database, vault, second, marks(vault, "9988776655"))
    await sent(database, vault, third, marks(vault, text="other words, the same number"))
    assert one is not None
    async with database.write() as write:
        done = await reports.decide(write, marks(vault), one, reports.CONFIRMED, "unfreeze", "SUPPORT2345")
    assert sorted(done) == [(one, first.id), (same, second.id)]
    async with database.read() as read:
        (left,) = await reports.queue(read, vault, 10)
        found = await reports.find(read, vault, one)
    assert (left.person_id, left.others, left.words) == (third.id, 1, WORDS)
    assert found is not None
    assert (found.state, found.scam, found.others) == (reports.CONFIRMED, "unfreeze", 2)


async def test_support_is_told_at_the_threshold_and_when_it_doubles(database: Database, vault: Vault) -> None:
    number, told = marks(vault)[0], []
    for people in range(1, 13):
        async with database.write() as write:
            if await clusters.grow(write, number, "phishing", people, 3, NOW):
                told.append(people)
    assert told == [3, 6, 12]


async def test_two_at_the_threshold_at_once_tell_support_once(database: Database, vault: Vault) -> None:
    number = marks(vault)[0]

    async def grow() -> bool:
        async with database.write() as write:
            return await clusters.grow(write, number, "phishing", 3, 3, NOW)

    assert sorted(await asyncio.gather(grow(), grow())) == [False, True]


async def test_only_what_was_confirmed_is_known(database: Database, vault: Vault) -> None:
    number, text = marks(vault)
    async with database.write() as write:
        await clusters.grow(write, number, "phishing", 3, 3, NOW)
    async with database.read() as read:
        assert await clusters.known(read, [number, text]) is None
    async with database.write() as write:
        await clusters.confirm(write, [number], "advance_fee", "SUPPORT2345", NOW)
        await clusters.confirm(write, [text], "advance_fee", "SUPPORT2345", NOW)
    async with database.read() as read:
        for one in (number, text):
            found = await clusters.known(read, [one])
            assert found is not None
            assert (found.scam, found.confirmed_by) == ("advance_fee", "SUPPORT2345")
    async with database.write() as write:
        assert await clusters.grow(write, text, "phishing", 3, 3, NOW)
    async with database.read() as read:
        found = await clusters.known(read, [text])
    assert found is not None
    assert found.scam == "advance_fee", (
        "what support confirmed is not undone by what people are taken to report"
    )


async def test_a_report_goes_in_time_and_its_marks_with_it(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    await sent(database, vault, person, marks(vault))
    await sent(database, vault, person, marks(vault, text="newer"), after=10)
    async with database.write() as write:
        assert await reports.expire(write, NOW + 5 * DAY) == 1
    async with database.read() as read:
        assert await read.scalar(sa.select(sa.func.count()).select_from(table)) == 1
        assert await read.scalar(sa.select(sa.func.count()).select_from(report_marks)) == 2


async def test_what_is_known_is_forgotten_when_nobody_saw_it_for_long(
    database: Database, vault: Vault
) -> None:
    number, text = marks(vault)
    async with database.write() as write:
        await clusters.confirm(write, [number, text], "phishing", "SUPPORT2345", NOW)
        await clusters.grow(write, text, "phishing", 3, 3, NOW + 10 * DAY)
        assert await clusters.expire(write, NOW + 5 * DAY) == 1
    async with database.read() as read:
        assert await clusters.known(read, [number]) is None
        assert await clusters.known(read, [text]) is not None
