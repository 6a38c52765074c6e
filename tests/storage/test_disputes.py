import datetime as dt

from storage import disputes, facts
from storage.database import Database
from storage.disputes import Words
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import enrol

DUE = NOW + dt.timedelta(days=30)
SAID = Words("I never missed a payment.", 3)


async def test_a_dispute_is_open_until_somebody_decides(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        number = await disputes.start(write, person, "overdue_count_24m", "bureau", SAID, DUE, NOW)
        assert await disputes.start(write, person, "overdue_count_24m", "bureau", SAID, DUE, NOW) == number
        assert await disputes.contested(write, person) == {("overdue_count_24m", "bureau")}
        (waiting,) = await disputes.waiting(write)
        assert (waiting.id, waiting.handle, waiting.due_at) == (number, person.handle, DUE)
        (held,) = await disputes.every(write, person)
        words = disputes.answered(held, "mistaken", 0)
        assert await disputes.decide(write, person, held, disputes.UPHELD, words, "SUPPORTER2", NOW)
        assert not await disputes.decide(write, person, held, disputes.REJECTED, words, "SUPPORTER3", NOW)
        assert await disputes.contested(write, person) == set()
        assert await disputes.waits(write, number) is None
        (held,) = await disputes.every(write, person)
        assert (held.state, held.words.said, held.words.corrected) == ("upheld", SAID.said, 0)
        another = await disputes.start(write, person, "overdue_count_24m", "bureau", SAID, DUE, NOW)
        assert another != number


async def test_the_one_due_first_is_at_the_top(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        late = await disputes.start(write, person, "housing", "lender", SAID, DUE, NOW)
        soon = await disputes.start(write, person, "age", "self", SAID, NOW, NOW)
        assert [one.id for one in await disputes.waiting(write)] == [soon, late]
        await disputes.reminded(write, [soon], NOW)
        assert [one.reminded_at for one in await disputes.waiting(write)] == [NOW, None]


async def test_only_decided_ones_grow_old(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        await disputes.start(write, person, "housing", "lender", SAID, DUE, NOW)
        await disputes.start(write, person, "age", "self", SAID, DUE, NOW)
        held = (await disputes.every(write, person))[0]
        await disputes.decide(write, person, held, disputes.REJECTED, held.words, "X", NOW)
        assert await disputes.expire(write, NOW) == 0
        assert await disputes.expire(write, NOW + dt.timedelta(seconds=1)) == 1
        assert [one.fact for one in await disputes.every(write, person)] == ["age"]


async def test_facts_of_one_country_grow_old_by_name_and_source(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    other = await enrol(database, vault, 1002, "123456789", country="mx")
    later = NOW + dt.timedelta(days=1)
    async with database.write() as write:
        for one in (person, other):
            await facts.put(write, one, {"housing": "rent", "age": 40}, "self", NOW)
            await facts.put(write, one, {"public_records": 1}, "bureau", NOW)
        assert await facts.expire(write, "us", NOW, names=("public_records",)) == 0
        assert await facts.expire(write, "us", later, sources=("bureau", "lender")) == 1
        assert await facts.expire(write, "us", later, names=("housing",)) == 1
        assert [f.name for f in await facts.every(write, person)] == ["age"]
        assert len(await facts.every(write, other)) == 3
