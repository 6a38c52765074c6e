"""The staff group: each ticket is a topic, where those who serve write as they always do, and nobody else counts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels.local.group import Group, Member
from bot.services import deskwork
from storage import people, ticket_lines
from storage.tables import outbox as table
from tests.chat import Candor, Message, Somebody, buttons, says, text_of
from tests.journeys.staffed import known, scored, serves
from tests.journeys.test_tickets import WORDS, asks, lines, newcomer, ticket_of

CHAT = -1001234567890


class Topic:
    """A topic as somebody of the group sees it."""

    def __init__(self, candor: Candor, group: Group, thread: int) -> None:
        self.candor, self.group, self.thread = candor, group, thread
        self._seen = 0

    @property
    def messages(self) -> list[Message]:
        return self.group.messages(self.thread)

    @property
    def words(self) -> str:
        return "\n".join(text_of(one) for one in self.messages)

    @property
    def new(self) -> list[Message]:
        return [one for one in self.messages if one["message_id"] > self._seen and one["from"]["is_bot"]]

    def heard(self, key: str) -> bool:
        return any(says(text_of(one), key, "en") for one in self.new)

    async def writes(self, somebody: Somebody, text: str) -> None:
        self._seen = await self.member(somebody).write(self.thread, text)
        await self.candor.quiet()

    async def drops(self, somebody: Somebody) -> None:
        self._seen = await self.member(somebody).drop(self.thread, "form.pdf", b"%PDF-1.7")
        await self.candor.quiet()

    async def presses(self, somebody: Somebody, wanted: str) -> str:
        for message in reversed(self.messages):
            for button in buttons(message):
                if button["callback_data"].endswith(wanted):
                    self._seen = max(one["message_id"] for one in self.messages)
                    member = self.member(somebody)
                    query = await member.press(message["message_id"], button["callback_data"])
                    await self.candor.quiet()
                    return str((await member.answer(query)).get("text", ""))
        raise AssertionError(wanted)

    def member(self, somebody: Somebody) -> Member:
        return self.group.member(somebody.player.person)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Candor, Group]]:
    async with Candor(tmp_path, changed={"group": CHAT}) as candor:
        group = candor.api.add_forum(CHAT, "Support")
        yield candor, group


def topic(candor: Candor, group: Group, at: int = 0) -> Topic:
    return Topic(candor, group, list(group.forum.topics)[at])


async def test_a_ticket_is_a_topic_from_its_card_to_its_end(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(name="Sam"), "support"), await scored(candor)
    await asks(maria, show=("phone",))
    here = topic(candor, group)
    assert group.forum.topics[here.thread] == {"name": "#1 My score", "closed": False}
    card, said = here.messages[:2]
    assert says(text_of(card), "ticket.card", "en")
    assert group.forum.pinned == [card["message_id"]]
    assert WORDS in text_of(said)
    assert not any(b["callback_data"].endswith(("answer", "note")) for m in here.messages for b in buttons(m))
    assert not sam.sees("ticket.new"), "the group is enough"
    await here.writes(sam, "Good day, I am looking.")
    assert "Good day, I am looking." in text_of(maria.last)
    assert maria.sees("ticket.answer")
    assert (await ticket_of(candor)).assignee == (await known(sam)).handle
    await here.drops(sam)
    assert "document" in maria.last
    await maria.says("Thank you!")
    assert "Thank you!" in here.words
    await maria.sends("photo")
    assert "photo" in here.messages[-1]
    await here.writes(sam, "/note Paid in May, booked in June.")
    assert here.heard("ticket.noted")
    await here.writes(sam, "/priority urgent")
    assert here.heard("ticket.prioritised")
    await here.presses(sam, "1.canned")
    await here.presses(sam, "canned.own_checks")
    await here.presses(sam, "own_checks.send")
    assert "/access" in text_of(maria.last)
    await here.writes(sam, "/close answered")
    assert maria.sees("ticket.ended")
    assert group.forum.topics[here.thread]["closed"]
    await here.writes(sam, "One more thing.")
    assert here.heard("thread.late")
    await maria.presses("mytickets|1.reopen")
    assert not group.forum.topics[here.thread]["closed"]
    assert here.words.count("open again") >= 1
    await here.writes(sam, "/nonsense")
    assert here.heard("thread.usage")
    assert "Paid in May" not in "".join(text_of(m) for m in maria.chat)
    every = " ".join(str(one) for one in group.messages(here.thread))
    for secret in ("Maria", "Lopez", "2025550142", "536904399", str(maria.id)):
        assert secret not in every, secret
    assert "0142" in every
    assert [kind for kind, _ in await lines(candor, maria)] == [
        "said", "answered", "file", "said", "file", "note", "priority", "answered", "closed", "reopened",
    ]  # fmt: skip
    assert candor.refused_calls == []


async def test_only_those_who_serve_count(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    await serves(candor.person(), "support")
    maria, stranger = await asks(await newcomer(candor)), candor.person(name="Eve")
    here = topic(candor, group)
    shown = len(maria.chat)
    await here.writes(stranger, "Send me your money.")
    assert here.heard("thread.stranger")
    assert await here.presses(stranger, "1.close")
    await here.writes(maria, "It is me.")
    assert here.heard("thread.stranger"), "a borrower does not answer themselves"
    assert len(maria.chat) == shown
    assert stranger.chat == []
    assert (await ticket_of(candor)).closed_at is None
    assert [kind for kind, _ in await lines(candor, maria)] == ["said"]


async def test_what_is_no_topic_of_ours_is_nobodys_business(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    shown = len(maria.chat)
    here = topic(candor, group)
    for thread in (0, 999_999):
        await Topic(candor, group, thread).writes(sam, "Lunch?")
    here.group.forum.topics[555_555] = {"name": "lunch", "closed": False}
    await Topic(candor, group, 555_555).writes(sam, "/close answered")
    assert len(maria.chat) == shown
    assert (await ticket_of(candor)).closed_at is None
    unknown = candor.person()
    await Topic(candor, group, 0).writes(unknown, "Hello.")
    async with candor.context.database.read() as read:
        assert await people.find(read, candor.context.vault, unknown.id) is None, (
            "nobody is met for small talk"
        )


async def test_secrets_are_not_asked_for_in_the_group_either(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here, shown = topic(candor, group), len(maria.chat)
    await here.writes(sam, "What is your PIN?")
    assert here.heard("ticket.coaxing")
    await here.writes(sam, "the code is 482913")
    assert here.heard("ticket.coaxing")
    assert "482913" not in here.words
    assert len(maria.chat) == shown


async def test_without_the_right_to_make_topics_all_goes_on_in_private(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, boss = await serves(candor.person(), "support"), await serves(candor.person(), "operator")
    group.forum.admin = False
    maria = await asks(await newcomer(candor))
    await candor.quiet()
    assert sam.sees("thread.lost")
    assert boss.sees("thread.broken")
    assert not sam.sees("thread.broken")
    assert (await ticket_of(candor)).thread is None
    await sam.presses("ticket|1.look")
    assert WORDS in text_of(sam.last)
    await sam.presses("ticket|1.answer")
    await sam.says("I answer here.")
    assert "I answer here." in text_of(maria.last)
    await maria.says("Fine.")
    assert "Fine." in text_of(sam.last)
    other = await asks(await newcomer(candor))
    await candor.quiet()
    assert len([m for m in boss.chat if says(text_of(m), "thread.broken", "en")]) == 1, "once a day"
    group.forum.admin = True
    await other.says("/mytickets")
    await other.presses("2.solved")
    await asks(other, "data")
    assert [one["name"] for one in group.forum.topics.values()] == ["#3 My data"]


async def test_a_topic_that_was_deleted_is_given_up(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here = topic(candor, group)
    await here.writes(sam, "Good day.")
    del group.forum.topics[here.thread]
    await maria.says("Are you there?")
    await candor.quiet()
    assert sam.sees("thread.lost")
    assert (await ticket_of(candor)).thread is None
    await sam.presses("ticket|1.look")
    assert "Are you there?" in text_of(sam.last)


async def test_an_erased_borrower_takes_the_topic_along(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    await serves(candor.person(), "support")
    maria = await scored(candor)
    await asks(maria)
    here = topic(candor, group)
    await maria.says("/delete")
    await maria.says("482915")
    await asyncio.sleep(0.7)  # it is found when the table is looked at
    await candor.quiet()
    assert here.thread not in group.forum.topics
    assert here.messages == []
    assert candor.refused_calls == []


async def test_what_goes_into_the_group_is_under_the_borrowers_key(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    await serves(candor.person(), "support")
    maria = await newcomer(candor)
    await asks(maria)
    person = await known(maria)
    async with candor.context.database.read() as read:
        rows = (await read.execute(sa.select(table.c.key_id).where(table.c.chat_id == CHAT))).scalars().all()
    assert len(rows) == 4, "the topic, its card, the pin, the words"
    assert set(rows) == {person.sealer.id}
    assert group.forum.topics


async def test_a_restart_in_between_loses_no_topic(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await candor.stop_bot()
    await candor.start_bot()
    here = topic(candor, group)
    await here.writes(sam, "Still here.")
    assert "Still here." in text_of(maria.last)
    await deskwork.remind(candor.context)
    assert (await ticket_of(candor)).thread == here.thread
    await here.writes(sam, "And after that.")
    assert "And after that." in text_of(maria.last)
    async with candor.context.database.read() as read:
        said = await ticket_lines.thread(read, await known(maria), 1)
    assert [one.words for one in said if one.kind == "answered"] == ["Still here.", "And after that."]


async def test_work_in_private_shows_in_the_topic(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here = topic(candor, group)
    await sam.says("/tickets")
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await sam.says("From my own chat.")
    assert "From my own chat." in text_of(maria.last)
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.note")
    await sam.says("A note from there.")
    for words in ("gives it to", "From my own chat.", "A note from there."):
        assert words in here.words
    await maria.says("Thanks.")
    assert "Thanks." in here.words
    await sam.presses("ticket|1.close")
    await sam.presses("1.close.answered")
    assert group.forum.topics[here.thread]["closed"]


async def test_a_topic_works_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    async with Candor(tmp_path, postgresql_url, changed={"group": CHAT}) as candor:
        group = candor.api.add_forum(CHAT, "Support")
        sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
        here = topic(candor, group)
        await here.writes(sam, "Good day.")
        assert "Good day." in text_of(maria.last)
        await here.writes(sam, "/close no_reply")
        assert maria.sees("ticket.ended")
        assert group.forum.topics[here.thread]["closed"]
        assert candor.refused_calls == []
