import datetime as dt

from storage import questions
from storage.database import Database
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

DAY = dt.timedelta(days=1)


async def test_a_question_its_topic_and_whether_it_helped(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        await questions.ask(write, person, None, "what?", NOW)
        await questions.ask(write, person, "pin", "lost my pin", NOW)
        newest, oldest = await questions.recent(write, person, 5)
        assert (newest.topic, newest.good, newest.words) == ("pin", None, "lost my pin")
        await questions.choose(write, oldest.id, "cost")
        await questions.choose(write, newest.id, "cost")
        await questions.vote(write, newest.id, NOW, good=False)
        newest, oldest = await questions.recent(write, person, 5)
        assert (newest.topic, newest.good, oldest.topic) == ("pin", False, "cost")
        assert len(await questions.recent(write, person, 1)) == 1


async def test_one_voice_a_person_and_topic_the_newest(database: Database, vault: Vault) -> None:
    one, two = await meet(database, vault), await meet(database, vault, 1002)
    async with database.write() as write:
        for person in (one, one, two):
            await questions.ask(write, person, "pin", "pin?", NOW)
        await questions.ask(write, one, "cost", "free?", NOW)
        await questions.ask(write, one, "cost", "never voted on", NOW)
        newest = [q for person in (one, two) for q in await questions.recent(write, person, 5)]
        said = [q for q in newest if q.words != "never voted on"]
        for number, question in enumerate(said):
            await questions.vote(write, question.id, NOW, good=number % 2 == 0)
        found = await questions.voices(write, vault, 100)
        assert sorted((q.topic or "", q.words) for q in found) == [
            ("cost", "free?"),
            ("pin", "pin?"),
            ("pin", "pin?"),
        ]
        assert len(await questions.voices(write, vault, 1)) == 1


async def test_the_state_changes_with_every_voice_and_with_erasure(database: Database, vault: Vault) -> None:
    person, silent = await meet(database, vault), await meet(database, vault, 1002)
    states = []
    async with database.write() as write:
        states.append(await questions.state(write))
        await questions.ask(write, person, "pin", "pin?", NOW)
        assert await questions.state(write) == states[0]
        (asked,) = await questions.recent(write, person, 1)
        for good in (True, False):
            await questions.vote(write, asked.id, NOW, good=good)
            states.append(await questions.state(write))
        await questions.forget(write, silent)
        assert await questions.state(write) == states[-1]
        await questions.forget(write, person)
        states.append(await questions.state(write))
        assert len(set(states)) == 4
        assert await questions.voices(write, vault, 100) == []


async def test_what_did_not_help_within_a_time(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    async with database.write() as write:
        for topic, words, at in (
            (None, "old", NOW - 8 * DAY),
            (None, "none", NOW - DAY),
            ("pin", "good", NOW - DAY),
            ("pin", "bad", NOW - DAY),
            (None, "now", NOW),
        ):
            await questions.ask(write, person, topic, words, at)
        for one in await questions.recent(write, person, 5):
            if one.words in {"good", "bad"}:
                await questions.vote(write, one.id, NOW, good=one.words == "good")
        found = await questions.unhelped(write, vault, NOW - 7 * DAY, NOW, 100)
        assert [one.words for one in found] == ["bad", "none"]
        before = await questions.state(write)
        assert await questions.expire(write, NOW - 2 * DAY, NOW) == 1
        assert await questions.state(write) != before
        assert [row["words"] for row in await questions.export(write, person)] == [
            "none",
            "good",
            "bad",
            "now",
        ]
