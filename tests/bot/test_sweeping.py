"""The sweep: it gives the very score the model gives, finds who is to be scored anew, and finds nobody twice."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

import engine
from bench.watched import Maker, answers
from bot import settings, wire
from bot.services import scoring, sweeping
from bot.services.context import Context
from bot.services.sweeping import DUE, MISSED, MODEL, TIME, TOLD, UNSCORED, Swept
from storage import consents, events, facts, inbox, marks, newest, people, queries, scores, tables, watches
from storage.events import From
from storage.newest import Newest
from storage.people import Person
from storage.vault import VaultError
from tests.engine.borrowers import PACKS
from tests.storage.sample import decision

PEOPLE = 60
NIGHT = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)


class Clock:
    """A clock that is put forward by hand."""

    now = NIGHT

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
async def context(tmp_path: Path, database_url: str) -> AsyncIterator[Context]:
    """The rooms, over a database of watched borrowers, without a bot that works."""
    environ = {"CANDOR_DATA": str(tmp_path / "data"), "DATABASE_URL": database_url, "BOT_TOKEN": "1:TEST"}
    told = settings.load(environ=environ)
    await asyncio.to_thread(wire.prepare, told)
    made = await wire.build(told, Clock())
    try:
        await Maker(made, days=20).make(PEOPLE)
        yield made
    finally:
        await made.database.close()
        await made.vault.close()


def later(context: Context, days: int) -> None:
    assert isinstance(context.clock, Clock)
    context.clock.now = context.clock.now + dt.timedelta(days=days)


async def given(context: Context) -> list[int]:
    """The chats that there is work for, in its order."""
    async with context.database.write() as write:
        return [item.chat_id for item in await inbox.waiting(write, context.vault)]


async def one_of(context: Context, number: int = 7) -> Person:
    async with context.database.read() as read:
        found = await people.by_id(read, context.vault, number)
    assert found is not None
    return found


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: str(pack.id))
def test_everybody_gets_the_very_score_that_the_model_gives(pack: engine.Pack) -> None:
    rng, model = random.Random(pack.id), engine.load()  # noqa: S311 - to be repeatable
    scored, wanted = [], []
    for _ in range(1500):
        then = NIGHT - dt.timedelta(days=rng.randint(0, 2500))
        said = dict(answers(rng, pack))
        for name in rng.sample(sorted(said), rng.randint(0, 6)):  # what was left out, too
            del said[name]
        before = model.score(engine.record(said, pack), pack)
        content = msgspec.json.encode(scoring.content_of(before, said))
        row = {"at": then}
        scored.append((Newest(1, pack.id, None, row, 0, None), sweeping._read(content)))
        told = {
            name: scoring.grown(name, value, then, NIGHT) for name, value in scoring.to_json(said).items()
        }
        aged = scoring.usable(told, pack, {"score", "consumption"})
        wanted.append(model.score(engine.record(aged, pack), pack).score)
    found = sweeping.scores_now(model, pack, scored, NIGHT)
    assert list(found) == wanted
    assert sum(now != one.result.score for now, (_, one) in zip(wanted, scored, strict=True)) > 300


async def test_nobody_is_found_on_the_day_of_their_score_and_many_are_a_year_later(context: Context) -> None:
    done = await sweeping.sweep(context)
    assert (done.total, done.looked, done.found.total()) == (PEOPLE, PEOPLE, 0)
    later(context, 365)
    done = await sweeping.sweep(context)
    assert done.found.keys() == {TIME}
    assert len(await given(context)) == done.found[TIME] > PEOPLE // 4


async def test_it_finds_what_was_missed(context: Context) -> None:
    now = context.clock()
    late, told, unscored, broken, another = [await one_of(context, number) for number in (3, 5, 7, 9, 11)]
    async with context.database.write() as write:
        receipt = (await watches.live(write, late))[0].receipt
        content = {"ref": "e-1", "kind": "instalment_late", "on": "2026-02-20", "days": 9, "account": "a"}
        await events.add(write, late, From("lender:1", receipt, 1), content, now)
        await facts.put(write, told, {"total_owed": "90000"}, "statement", now)
        await scores.forget(write, unscored)
        theirs = tables.scores.c.person_id
        await write.execute(update(tables.scores).where(theirs == broken.id).values(score_sealed=b"nonsense"))
        await write.execute(update(tables.scores).where(theirs == another.id).values(model_hash="0" * 64))
    done = await sweeping.sweep(context)
    assert done.found == {MISSED: 1, TOLD: 1, UNSCORED: 2, MODEL: 1}
    assert await given(context) == [one.chat_id for one in (late, told, unscored, broken, another)]


async def test_it_finds_who_is_due_on_the_very_day(context: Context) -> None:
    person, now = await one_of(context), context.clock()
    pack = context.packs["us"]
    said = scoring.usable({"monthly_income": "3000"}, pack, {"score"})
    result = context.model.score(engine.record(said, pack), pack)
    async with context.database.write() as write:
        receipt = next(one.receipt for one in await consents.history(write, person) if one.purpose == "score")
        query = await queries.watched(write, person, now)
        origin = scoring.origin_of(result, said, query, receipt, "event", 10_000)
        content = scoring.content_of(result, said, now.date() + dt.timedelta(days=2))
        await scores.add(write, person, origin, content, now)
    for days, found in ((1, {}), (1, {DUE: 1})):
        later(context, days)
        done = await sweeping.sweep(context)
        assert {why: number for why, number in done.found.items() if why != TIME} == found


async def test_one_that_was_cut_off_goes_on_where_it_was(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 7)
    later(context, 365)
    steps: list[int] = []

    def stop(done: Swept) -> None:
        steps.append(done.looked)
        if done.looked >= 21:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await sweeping.sweep(context, stop)
    assert steps == [0, 7, 14, 21]
    before = await given(context)
    done = await sweeping.sweep(context, lambda done: steps.append(done.looked))
    assert steps[4:] == [21, 28, 35, 42, 49, 56, 60, 60]
    chats = await given(context)
    assert len(chats) == len(set(chats)) == done.found.total() > len(before) > 0


async def test_what_was_cut_off_yesterday_begins_anew(context: Context) -> None:
    async with context.database.write() as write:
        await marks.put(write, sweeping.PLACE, "2026-02-28 40 40 0 time=3", context.clock())
    done = await sweeping.sweep(context)
    assert (done.looked, done.found.total()) == (PEOPLE, 0)


async def test_two_at_once_share_the_work(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 3)
    later(context, 365)
    one, other = await asyncio.gather(sweeping.sweep(context), sweeping.sweep(context))
    chats = await given(context)
    assert len(chats) == len(set(chats)) > PEOPLE // 4
    assert max(one.looked, other.looked) == PEOPLE


async def test_watches_end_with_their_consent(context: Context) -> None:
    person, now = await one_of(context), context.clock()
    async with context.database.write() as write:
        over = now + dt.timedelta(days=5)
        soon = decision("watch", receipt="short", at=now, lender_id=1, expires_at=over)
        await consents.record(write, person, [soon])
        await watches.settle(write, person, 1, now)
    assert (await sweeping.sweep(context)).ended == 0
    later(context, 6)
    assert (await sweeping.sweep(context)).ended == 1
    async with context.database.read() as read:
        assert await watches.live(read, person) == []
        assert await newest.count(read) == PEOPLE - 1


async def test_people_whose_key_is_gone_are_left_alone(context: Context) -> None:
    person = await one_of(context)
    await context.vault.destroy(person.handle)
    later(context, 365)
    done = await sweeping.sweep(context)
    assert done.looked == PEOPLE
    assert person.chat_id not in await given(context)
    with pytest.raises(VaultError):
        await _content(context, person)


async def _content(context: Context, person: Person) -> Any:
    async with context.database.read() as read:
        page = await newest.page(read, context.vault, person.id - 1, 1)
    if page[0].sealer is None:
        raise VaultError("gone")
    return page[0].content()


async def test_a_gentle_one_waits_while_there_is_other_work(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "GENTLY_AT_ONCE", 20)
    monkeypatch.setattr(sweeping, "SECONDS_WAITED", 0.3)
    later(context, 365)
    loop = asyncio.get_running_loop()
    began = loop.time()
    done = await sweeping.nightly(context)
    assert done.looked == PEOPLE
    assert loop.time() - began > 3 * 0.3  # nobody works here, and it goes on all the same
