"""Fraud warnings: written by one, agreed to by another, sent once to whoever asked for them."""

import asyncio
import datetime as dt
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.services import bulletins as service
from bot.services import retention
from storage import bulletins, people, rights, staff, tables
from tests.chat import TOKEN, Candor, buttons, text_of
from tests.journeys.staffed import LANGUAGES, known, serves
from tests.journeys.warnings import (
    TEXT,
    approved,
    at,
    comes,
    composes,
    made,
    newest,
    still,
    waiting,
    warned,
)


@pytest.fixture
async def candor(tmp_path: Path, database_url: str) -> AsyncIterator[Candor]:
    async with still(tmp_path, "" if database_url.startswith("sqlite") else database_url) as running:
        yield running
        assert running.refused_calls == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_warning_goes_to_whoever_asked_and_to_nobody_else(candor: Candor, language: str) -> None:
    wanting, other = await comes(candor, language, "bulletin"), await comes(candor, language)
    one = await approved(candor)
    assert one.state == bulletins.SENDING
    await service.deliver(candor.context)
    await candor.quiet()
    (message,) = warned(wanting)
    assert warned(other) == []
    told = text_of(message)
    for hidden in ("4455667788", "6222000011112222", "unlock-now.example", "jiedong-kuai.top", "@quickhelp"):
        assert hidden not in told
    assert TEXT[language] in told
    assert [b["callback_data"] for b in buttons(message)] == ["m|scam|new", "m|warnings|bulletin.off"]
    await wanting.forwards(told)
    assert wanting.heard("verify.true")
    assert (await newest(candor)).sent == 1
    await service.deliver(candor.context)
    await candor.quiet()
    assert len(warned(wanting)) == 1


async def test_it_is_seen_as_its_readers_will_see_it_in_every_language(candor: Candor) -> None:
    readers = {language: await comes(candor, language, "bulletin") for language in LANGUAGES}
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    one = await composes(author)
    looks = [m for m in author.chat if any(b["callback_data"] == "m|bulletins|sample" for b in buttons(m))]
    await author.press_raw(looks[0]["message_id"], "m|bulletins|sample")
    assert author.heard("bulletins.sample")
    await other.presses(f"m|bulletins|{one.id}")
    await other.presses(f"{one.id}.yes")
    await service.deliver(candor.context)
    await candor.quiet()
    for reader in readers.values():
        (message,) = warned(reader)
        (look,) = [m for m in looks if TEXT[reader.language][:12] in text_of(m)]
        assert text_of(message).startswith(text_of(look))
        assert [b["text"] for b in buttons(message)] == [b["text"] for b in buttons(look)]


async def test_nobody_agrees_to_their_own_and_borrowers_see_nothing(candor: Candor) -> None:
    author, maria = await serves(candor.person(name="Ann"), "support"), await comes(candor)
    one = await composes(author)
    assert author.heard("bulletins.nobody")
    for what in ("yes", "no"):
        toast = await author.press_raw(author.last["message_id"], f"m|bulletins|{one.id}.{what}")
        assert toast != "" or author.said_to_me
        await maria.press_raw(maria.last["message_id"], f"m|bulletins|{one.id}.{what}")
        assert (await newest(candor)).state == bulletins.ASKED
    for command in ("/bulletin", "/bulletins", f"/bulletins {one.id}.yes"):
        await maria.says(command)
        assert maria.heard("help.unknown_command")


async def test_what_waits_for_a_second_person_cannot_be_changed(candor: Candor) -> None:
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    one = await composes(author)
    await author.press_raw(author.last["message_id"], f"m|bulletins|{one.id}.change")
    assert author.heard("bulletins.gone")
    await other.press_raw(other.last["message_id"], f"m|bulletins|{one.id}.drop")
    assert await newest(candor) == one
    await author.says(f"/bulletins {one.id}.drop")
    assert author.heard("bulletins.dropped")
    await other.says(f"/bulletins {one.id}.yes")
    assert other.heard("bulletins.gone")


async def test_what_is_sent_back_says_why_and_is_written_anew(candor: Candor) -> None:
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    one = await composes(author)
    await other.presses(f"m|bulletins|{one.id}")
    await other.presses(f"{one.id}.no")
    await other.says("The Spanish text names a bank.")
    assert other.heard("bulletins.sent_back")
    assert "The Spanish text names a bank." in text_of(author.last)
    await other.says(f"/bulletins {one.id}.yes")
    assert other.heard("bulletins.gone")
    await author.presses(f"{one.id}.change")
    await author.presses("text.en")
    await author.says("Nobody unfreezes a loan for money.")
    await author.presses("=show")
    again = await newest(candor)
    assert again.id > one.id
    assert again.texts["en"].text == "Nobody unfreezes a loan for money."
    assert again.texts["es"].text == TEXT["es"]
    async with candor.context.database.read() as read:
        before = await bulletins.find(read, one.id)
    assert before is not None
    assert before.reason == "The Spanish text names a bank."
    assert before.texts["en"].text == TEXT["en"]


async def test_a_newcomers_word_does_not_count(candor: Candor) -> None:
    author, settled = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    new = await serves(candor.person(name="Ned"), "operator")
    async with candor.context.database.write() as write:
        long_ago = candor.context.clock() - dt.timedelta(days=30)
        old = [(await known(one)).id for one in (author, settled)]
        await write.execute(
            update(tables.staff).where(tables.staff.c.person_id.in_(old)).values(given_at=long_ago)
        )
    one = await composes(author)
    await new.presses(f"m|bulletins|{one.id}")
    await new.presses(f"{one.id}.yes")
    assert new.heard("bulletins.too_new")
    assert (await newest(candor)).state == bulletins.ASKED
    await settled.presses(f"m|bulletins|{one.id}")
    await settled.presses(f"{one.id}.yes")
    assert (await newest(candor)).state == bulletins.SENDING


async def test_two_who_decide_at_once_decide_once(candor: Candor) -> None:
    author = await serves(candor.person(name="Ann"), "support")
    one, two = await serves(candor.person(), "support"), await serves(candor.person(), "operator")
    number = (await composes(author)).id
    await one.says(f"/bulletins {number}.yes")
    await two.says(f"/bulletins {number}.no")
    assert two.heard("bulletins.gone")
    assert (await newest(candor)).decided_by == (await known(one)).handle


@pytest.mark.parametrize(
    "words",
    [
        "See www.bank.com",
        "Look at candor.example/help now",
        "Write to @candor_help",
        "Call 55 1234 5678 now",
        "x" * 601,
        "\u200b",
    ],
)
async def test_nothing_in_a_warning_can_be_pressed(candor: Candor, words: str) -> None:
    author = await serves(candor.person(name="Ann"), "support")
    await author.says("/bulletin")
    await author.presses("=unfreeze")
    await author.says(words)
    assert author.heard("wrong.bare") or author.heard("wrong.words")
    await author.sends("photo")
    assert author.heard("bulletin.ask_text")
    await author.says("Do not pay 200 in fees. It is a trick.")
    assert author.heard("bulletin.ask_example")


KILLED = """
import asyncio, os, signal
from bot import settings, wire
from bot.services import bulletins

async def main():
    context = await wire.build(settings.load(environ=dict(os.environ)), wire.now)
    bulletins.BATCH, tell, told = 3, bulletins.tell, 0

    async def dies(*given):
        nonlocal told
        told += 1
        if told == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return await tell(*given)

    bulletins.tell = dies
    await bulletins.deliver(context)

asyncio.run(main())
"""
"""Another process, which is killed in the second batch, between two of its readers."""


async def test_killed_in_the_middle_everybody_gets_it_once(tmp_path: Path, database_url: str) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    async with still(tmp_path, url) as candor:
        readers = await made(candor.context, 10)
        one = await approved(candor)
        await candor.stop_bot()
        environ = {"CANDOR_DATA": str(tmp_path), "DATABASE_URL": url, "BOT_TOKEN": TOKEN}
        environ["CANDOR_CONFIG"] = str(tmp_path / "unhurried.toml")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, env=os.environ | environ)
        assert await process.wait() == -signal.SIGKILL
        await candor.start_bot()
        assert (await newest(candor)).reached == readers[2].id
        await service.deliver(candor.context)
        done = await newest(candor)
        assert (done.state, done.sent, done.reached) == (bulletins.DONE, 10, readers[-1].id)
        async with candor.context.database.read() as read:
            of_it = select(tables.outbox.c.chat_id).where(tables.outbox.c.campaign == f"bulletin.{one.id}")
            assert sorted(await read.scalars(of_it)) == sorted(person.chat_id for person in readers)


def coming_night(candor: Candor) -> dt.datetime:
    """Give a moment yet to come at which it is 23:00 in Mexico: what waits for the morning then waits now too."""
    return (candor.context.clock() + dt.timedelta(days=1)).replace(hour=5, minute=0, second=0, microsecond=0)


async def test_quiet_hours_hold_it_and_opting_out_takes_it_back(candor: Candor) -> None:
    quiet, loud = await comes(candor, "es", "bulletin"), await comes(candor, "es", "bulletin")
    night = coming_night(candor)
    async with candor.context.database.write() as write:
        await people.change(write, (await known(quiet)).id, quiet_from=22, quiet_to=8)
    one = await approved(candor)
    await service.deliver(at(candor, night))
    (row,) = [
        row
        for row in await waiting(candor)
        if row.campaign == f"bulletin.{one.id}" and row.chat_id == quiet.id
    ]
    assert row.not_before == night.replace(hour=14), "eight in Mexico"
    await candor.quiet()
    assert len(warned(loud)) == 1
    await quiet.says("/warnings")
    await quiet.presses("bulletin.off")
    assert quiet.heard("warnings.now.bulletin.off")
    assert not [row for row in await waiting(candor) if row.campaign == f"bulletin.{one.id}"]


@pytest.mark.parametrize("batches", [1, 9])
async def test_a_stopped_one_reaches_nobody_more(
    candor: Candor, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    loud, *quiet = [await comes(candor, "es", "bulletin") for _ in range(3)]
    night = at(candor, coming_night(candor))
    async with candor.context.database.write() as write:
        for one in quiet:
            await people.change(write, (await known(one)).id, quiet_from=22, quiet_to=8)
    number = (await approved(candor)).id
    for _ in range(1 + batches):
        await service._batch(night, number)
    candor.context.bell.set()
    await candor.quiet()
    assert len([row for row in await waiting(candor) if row.not_before]) == min(batches, 2)
    support = await serves(candor.person(name="Sue"), "support")
    await support.says(f"/bulletins {number}")
    await support.presses(f"{number}.stop")
    assert support.heard("bulletins.stopped")
    assert not [row for row in await waiting(candor) if row.not_before]
    await service.deliver(night)
    stopped = await newest(candor)
    assert (stopped.state, stopped.sent) == (bulletins.STOPPED, 1)
    assert [len(warned(one)) for one in (loud, *quiet)] == [1, 0, 0]


async def test_who_blocked_the_bot_or_left_is_passed_over(candor: Candor) -> None:
    blocked, gone, there = [await comes(candor, "en", "bulletin") for _ in range(3)]
    context = candor.context
    async with context.database.write() as write:
        await people.change(write, (await known(blocked)).id, reachable=False)
        await rights.forget(write, await known(gone), context.clock(), context.clock())
    await approved(candor)
    await service.deliver(context)
    await candor.quiet()
    assert [len(warned(one)) for one in (blocked, gone, there)] == [0, 0, 1]
    assert (await newest(candor)).sent == 1
    assert "subscriptions" not in await gone.stored()


async def test_the_author_hears_how_many_it_went_to(candor: Candor) -> None:
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    number = (await composes(author)).id
    await other.says(f"/bulletins {number}.yes")
    await service.deliver(candor.context)
    await candor.quiet()
    assert author.heard("bulletins.done")
    await author.says("/bulletins")
    assert author.heard("bulletins.state.done")


async def test_a_desk_with_nothing_on_it_says_so(candor: Candor) -> None:
    support = await serves(candor.person(name="Ann"), "support")
    await support.says("/bulletins")
    assert support.heard("bulletins.none")
    for argument in ("77", "x.yes", "77.no.more", "9" * 30):
        await support.says(f"/bulletins {argument}")
        assert support.heard("bulletins.gone")


async def test_what_was_sent_is_forgotten_in_time(candor: Candor) -> None:
    await approved(candor)
    await service.deliver(candor.context)
    later = candor.context.clock() + dt.timedelta(
        days=31 * candor.context.settings.config.letters.keep_months + 31
    )
    await retention.sweep(at(candor, later))
    async with candor.context.database.read() as read:
        assert await bulletins.listed(read, bulletins.STATES, 9) == []


async def test_who_works_here_no_more_agrees_to_nothing(candor: Candor) -> None:
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "support"),
    )
    one = await composes(author)
    await other.presses(f"m|bulletins|{one.id}")
    await other.presses(f"{one.id}.no")
    async with candor.context.database.write() as write:
        (grant,) = await staff.grants(write, await known(other))
        await staff.end(write, grant.row, candor.context.clock())
    await other.says("It is not good.")
    assert (await newest(candor)).state == bulletins.ASKED
    await other.press_raw(other.last["message_id"], f"m|bulletins|{one.id}.yes")
    assert (await newest(candor)).state == bulletins.ASKED
