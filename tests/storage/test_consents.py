import datetime as dt

from storage import consents
from storage.database import Database
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import decision, meet

DAY = dt.timedelta(days=1)


async def test_the_last_word_counts_and_none_is_lost(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    made = [
        decision("score"),
        decision("marketing", given=False),
        decision("score", given=False, at=NOW + DAY),
        decision("score", at=NOW + 2 * DAY, version=2),
    ]
    async with database.write() as write:
        await consents.record(write, person, made[:2])
        await consents.record(write, person, made[2:])
        await consents.record(write, person, [])
    async with database.read() as read:
        assert await consents.history(read, person) == made
        latest = await consents.latest(read, person)
    assert latest == {"score": made[3], "marketing": made[1]}


async def test_of_two_words_at_one_moment_the_later_counts(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await consents.record(write, person, [decision(given=True), decision(given=False)])
    async with database.read() as read:
        assert not (await consents.latest(read, person))["score"].given


def test_a_decision_lives_until_it_ends() -> None:
    assert decision().live(NOW, 1)
    assert not decision(given=False).live(NOW, 1)
    assert not decision(version=1).live(NOW, 2)  # the text has changed since
    ends = decision(expires_at=NOW + DAY)
    assert ends.live(NOW + DAY - dt.timedelta(microseconds=1), 1)
    assert not ends.live(NOW + DAY, 1)


async def test_one_persons_word_is_not_anothers(database: Database, vault: Vault) -> None:
    one, other = await meet(database, vault), await meet(database, vault, 1002)
    async with database.write() as write:
        await consents.record(write, one, [decision()])
    async with database.read() as read:
        assert await consents.latest(read, other) == {}
