import datetime as dt
from dataclasses import replace

from storage import feedback
from storage.database import Database
from storage.feedback import Opinion
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import enrol

BAD = Opinion("faq.pin", good=False, words="Too long.", at=NOW)


async def test_one_opinion_per_person_and_subject(database: Database, vault: Vault) -> None:
    person, other = await enrol(database, vault), await enrol(database, vault, 1002, "123456789")
    good = replace(BAD, good=True, words=None, at=NOW + dt.timedelta(days=1))
    async with database.write() as write:
        await feedback.put(write, person, BAD)
        await feedback.put(write, person, good)
        await feedback.put(write, other, BAD)
        assert await feedback.every(write, person) == [good]
        assert await feedback.about(write, other, "faq.pin") == BAD
        assert await feedback.about(write, other, "score") is None
        assert await feedback.all_of(write, vault) == [good, BAD]
        assert await feedback.all_of(write, vault, since=good.at) == [good]
        assert await feedback.expire(write, good.at) == 1
        assert await feedback.all_of(write, vault) == [good]
