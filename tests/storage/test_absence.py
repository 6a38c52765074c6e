import datetime as dt

from storage import absence, disputes, facts, inbox, staff
from storage.database import Database
from storage.disputes import Words
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import enrol, meet

DAY = dt.timedelta(days=1)
YEARS = NOW + 800 * DAY
BEFORE = YEARS - 700 * DAY


async def test_whoever_left_nothing_for_long_is_asked_once(database: Database, vault: Vault) -> None:
    gone, here = await enrol(database, vault), await enrol(database, vault, 1002, "123456789")
    bare = await meet(database, vault, 1003)
    worker, contesting = await meet(database, vault, 1004), await meet(database, vault, 1005)
    async with database.write() as write:
        await facts.put(write, here, {"housing": "rent"}, "self", YEARS - 10 * DAY)
        await staff.give(write, worker, "support", None, "shell", NOW)
        await disputes.start(write, contesting, "age", "self", Words("No.", 40), YEARS, NOW)
        assert await absence.unwarned(write, BEFORE, 10) == [gone.handle, bare.handle]
        assert await absence.unwarned(write, BEFORE, 1) == [gone.handle]
        assert await absence.unwarned(write, NOW, 10) == []
        for one in (gone, bare):
            await absence.warned(write, one, YEARS)
        assert await absence.unwarned(write, BEFORE, 10) == []
        assert await absence.expired(write, YEARS, 10) == []
        assert await absence.expired(write, YEARS + DAY, 10) == [gone.handle, bare.handle]


async def test_a_word_since_counts_as_an_answer(database: Database, vault: Vault) -> None:
    gone, back, wrote = await enrol(database, vault), *[await meet(database, vault, n) for n in (1002, 1003)]
    async with database.write() as write:
        for one in (gone, back, wrote):
            await absence.warned(write, one, YEARS)
        await absence.came_back(write, back, YEARS + DAY)
        later = YEARS + 3 * DAY
        await inbox.store(write, {1003: wrote.sealer}, [(7, 1003, {"text": "hello"})], later)
        assert await absence.note_returns(write, later) == 1
        assert await absence.expired(write, later, 10) == [gone.handle]
        assert await absence.unwarned(write, BEFORE, 10) == []
        assert await absence.unwarned(write, later + 700 * DAY, 10) == [back.handle, wrote.handle]
