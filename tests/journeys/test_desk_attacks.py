"""What was tried against the support desk with success once, and must not be again: docs/attacks.md tells all of it."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from time import thread_time

import pytest
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import canned, letters
from bot.canned import Canned
from bot.channels.local.group import Group
from bot.services import retention, uses
from bot.services.context import Answering
from storage import accesses
from storage.dialogs import Stale
from tests.chat import PNG, Candor, says, text_of
from tests.journeys.staffed import known, lender, scored, serves
from tests.journeys.test_scams import FEE, arrives
from tests.journeys.test_staff_group import CHAT, Topic, desk, topic
from tests.journeys.test_tickets import asks, newcomer, ticket_of
from tests.journeys.test_verify import gets

__all__ = ["desk"]


def made_up() -> str:
    """A code that looks like one of ours, and is none."""
    return str(letters.Code(1, dt.datetime(2026, 3, 1, tzinfo=dt.UTC), bytes(letters.SIGNATURE_BYTES)))


async def test_a_made_up_code_does_not_keep_a_scam_from_being_checked(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.forwards(f"{FEE['en']}\n{made_up()}")
    assert maria.heard("verify.foreign")
    await maria.presses("m|scam|")
    assert maria.heard("scam.answer.scam")
    await maria.says(f"/scam {FEE['en']} {made_up()}")
    assert maria.heard("verify.foreign")
    await maria.presses("m|scam|")
    assert maria.heard("scam.answer.scam")


async def test_support_reads_no_whole_number_that_a_borrower_writes(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await scored(candor)
    await asks(maria, words="I am Maria, SSN 536-90-4399, phone +1 (202) 555-0142")
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.says("Once more: 536904399 or 2025550142. " + "Please. " * 450)
    await maria.player.send_photo(PNG, "This is 536 90 4399")
    await candor.quiet()
    await sam.says("/ticket 1")
    await sam.presses("ticket|1.files")
    shown = " ".join(text_of(m) for m in sam.chat)
    assert shown.count("••••4399") >= 4
    assert shown.count("••••0142") >= 2
    assert shown.count("Please.") >= 450, "nothing else is lost"
    for whole in ("536", "202) 555", "2025550142"):
        assert whole not in shown
    assert "536" not in str((await maria.stored())["ticket_lines"])


async def test_what_a_messenger_says_by_itself_is_nobodys_answer(desk: tuple[Candor, Group]) -> None:
    """Somebody closes a topic, pins a message, sets a timer: messages without a word or a file of anybody's."""
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here, shown = topic(candor, group), len(maria.chat)
    said = len(here.messages)
    within = {"message_thread_id": here.thread, "is_topic_message": True}
    for event in ("forum_topic_closed", "forum_topic_edited"):
        here.member(sam)._send({event: {}, **within})
    maria.player._send({"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}})
    await candor.quiet()
    assert len(maria.chat) == shown + 1
    assert len(here.messages) == said + 2
    assert candor.refused_calls == []


async def test_what_does_not_reach_the_borrower_is_said_in_the_topic(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here = topic(candor, group)
    await here.writes(sam, "Pay nothing.")
    shown = len(maria.chat)
    await here.member(sam).edit(here._seen, "Pay it.")
    await candor.quiet()
    assert here.heard("thread.edited")
    await here.member(sam).edit(here._seen, "the code is 482913")
    await candor.quiet()
    assert "482913" not in here.words
    within = {"message_thread_id": here.thread, "is_topic_message": True}
    here.member(sam)._send({"contact": {"phone_number": "+12025550199", "first_name": "Ann"}, **within})
    await candor.quiet()
    assert here.heard("ticket.no_contact")
    assert len(maria.chat) == shown


async def test_a_file_that_was_deleted_costs_no_topic(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here = topic(candor, group)
    await maria.sends("photo")
    del maria.player._chat.messages[maria._mark]
    await here.writes(sam, "/files")
    await asyncio.sleep(0.7)  # what is told of it is found when the table is looked at
    await candor.quiet()
    assert here.heard("ticket.no_file")
    assert not sam.sees("thread.lost")
    assert (await ticket_of(candor)).thread is not None


async def test_in_another_group_the_same_number_is_another_topic(candor: Candor) -> None:
    await candor.stop_bot()
    config = candor.settings.config
    for chat in (CHAT, CHAT - 1):
        support = structs.replace(config.support, group=chat)
        candor.settings = structs.replace(candor.settings, config=structs.replace(config, support=support))
        group = candor.api.add_forum(chat, "Support")
        await candor.start_bot()
        if chat == CHAT:
            sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
            thread = topic(candor, group).thread
            await candor.stop_bot()
    group.forum.topics[thread] = {"name": "lunch", "closed": False}
    await maria.says("My secret sorrow.")
    assert group.messages(thread) == []
    assert sam.sees("ticket.news"), "it goes on in private"
    shown = len(maria.chat)
    await Topic(candor, group, thread).writes(sam, "Pizza at noon?")
    assert len(maria.chat) == shown


async def test_a_topic_goes_with_its_ticket_in_time(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, _ = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here, now = topic(candor, group), candor.context.clock
    await here.writes(sam, "/close answered")
    await retention.sweep(replace(candor.context, clock=lambda: now() + dt.timedelta(days=3000)))
    await asyncio.sleep(0.7)
    await candor.quiet()
    assert here.thread not in group.forum.topics
    assert here.messages == []


async def test_closing_one_ticket_leaves_the_talk_about_another(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria, _ = await asks(await newcomer(candor)), await asks(await newcomer(candor))
    await sam.says("/ticket 1")
    await sam.presses("ticket|1.answer")
    await sam.says("/ticket 2")
    await sam.presses("ticket|2.close")
    await sam.presses("2.close.answered")
    await sam.says("For Maria alone.")
    assert "For Maria alone." in text_of(maria.last)
    await sam.press_raw(sam.last["message_id"], "m|ticket|2.leave")
    await sam.says("And this.")
    assert "And this." in text_of(maria.last)


async def test_what_a_borrower_writes_is_nothing_to_press_for_support(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await newcomer(candor)
    words = "see http://evil.example @admin /approve <a href='tg://user?id=1'>x</a>"
    await asks(maria, words=words)
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.says("or evil.example, /delete")
    shown = [m for m in sam.chat if "evil.example" in text_of(m)]
    assert len(shown) == 2
    assert words in text_of(shown[0])
    for message in shown:
        assert {entity["type"] for entity in message["entities"]} <= {"bold", "code"}


async def test_an_answer_does_not_pass_for_a_lenders_letter(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    shown = len(maria.chat)
    for forged in ("✍ First Bank → ABCDEFGHJK · 2026-11-24 00:00 UTC", "see /verify_7k2m9qx4td", made_up()):
        await sam.says(f"Pay 100 now.\n{forged}")
        assert sam.heard("ticket.forged"), forged
    assert len(maria.chat) == shown
    await sam.says("Settings → Language, then /language.")
    assert "Settings → Language" in text_of(maria.last)


async def test_a_ready_answer_that_was_edited_asks_for_no_secret(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    canned.answers("en")
    known, shown = canned._read["en"], len(maria.chat)
    try:
        canned._read["en"] = (
            known[0],
            {**known[1], "own_checks": Canned("Own checks", "Please send us your PIN.")},
        )
        await sam.press_raw(sam.last["message_id"], "m|ticket|1.canned.own_checks.send")
        assert sam.heard("ticket.coaxing")
    finally:
        canned._read["en"] = known
    assert len(maria.chat) == shown


async def test_a_stranger_does_not_fill_the_group(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    await serves(candor.person(), "support")
    await asks(await newcomer(candor))
    here, eve = topic(candor, group), candor.person(name="Eve")
    for number in range(8):
        await here.writes(eve, f"spam {number}")
    assert len([m for m in here.messages if says(text_of(m), "thread.stranger", "en")]) == 3


async def test_what_is_not_ours_does_not_hide_behind_what_is(candor: Candor) -> None:
    maria = await arrives(candor)
    message = await gets(maria)
    code = message[message.index("CV1") :]
    await maria.says("/verify")
    await maria.says("\n".join([code, code, code, f"Pay 100 to me. {made_up()}"]))
    assert maria.heard("verify.foreign")
    assert maria.heard("verify.rest")


async def test_a_question_typed_behind_the_command_is_not_lost(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await newcomer(candor)
    await maria.says("/ask Do hedgehogs mind paper bags?")
    await maria.presses("=other")
    assert "Do hedgehogs mind paper bags?" in text_of(maria.last)
    await maria.presses("|>")
    await maria.says("/ask And on Tuesdays?")
    assert maria.heard("ticket.passed")
    await sam.presses("ticket|1.look")
    for words in ("Do hedgehogs mind paper bags?", "And on Tuesdays?"):
        assert words in text_of(sam.last)


async def test_nobody_asks_with_words_that_cannot_be_seen(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says("/ask")
    await maria.presses("=other")
    await maria.says("\u2060\u200b\u2060")
    assert maria.heard("wrong.words")


async def test_nobody_drowns_support(tmp_path: Path) -> None:
    changed = {"updates": 1_000_000, "tickets_a_day": 2, "reports_a_day": 2}
    async with Candor(tmp_path, limited=True, changed=changed) as candor:
        sam, maria = await serves(candor.person(), "support"), await newcomer(candor)
        await asks(maria)
        await maria.says("/mytickets")
        await maria.presses("1.solved")
        await maria.presses("1.reopen")
        await maria.says("/mytickets")
        await maria.presses("1.solved")
        await maria.presses("1.reopen")
        assert maria.heard("limit.tickets")
        assert (await ticket_of(candor)).closed_at is not None
        for number in range(3):
            await maria.forwards(f"{FEE['en']} Ask for {'ABC'[number]}nna")
            await maria.presses("m|report|")
            assert maria.heard("limit.reports" if number == 2 else "report.sent")
        await sam.says("/reports")
        assert "2 " in text_of(sam.last)
        assert "№ 3" not in text_of(sam.last)


async def test_a_page_of_picture_signs_arrives(candor: Candor) -> None:
    """Telegram counts each as two, so that a heading above 2,048 of them would make the message too long."""
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.says("🙏" * 2048)
    assert text_of(sam.last) == "🙏" * 2048
    await sam.says("👍" * 2048)
    assert text_of(maria.last) == "👍" * 2048
    await sam.says("/ticket 1")
    assert sam.heard("ticket.card")
    other = await newcomer(candor)
    await other.says(f"/ask {'🙏' * 2000}")
    await other.presses("=other")
    for message in (sam.last, other.last):
        assert len(text_of(message).encode("utf-16-le")) <= 2 * 4096


async def test_no_name_of_a_lender_takes_long_to_look_up(candor: Candor) -> None:
    for number in range(200):
        await lender(candor, f"Bank of {'ab' * (number % 7)} Number {number}")
    maria = await newcomer(candor)
    start = thread_time()
    for name in ("ab" * 2000, "ﷺ" * 4000):
        await maria.says(f"/lender {name}")
        assert maria.heard("lender.unknown") or maria.heard("lender.near")
    assert thread_time() - start < 0.8


async def test_a_turn_that_contradicts_itself_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would keep its person waiting for ever, and the machine busy."""

    async def changed(_: AsyncConnection) -> None:
        raise Stale("ticket")

    async def contradict(a: Answering) -> None:
        a.write(changed)

    monkeypatch.setitem(uses.USES, "privacy", contradict)
    async with Candor(tmp_path) as candor:
        maria = await newcomer(candor)
        await maria.says("/privacy")
        assert maria.heard("sorry.text")
        await maria.says("/help")
        assert maria.heard("help.text")


async def test_a_look_at_the_files_alone_is_written_down_too(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await maria.sends("photo")
    await sam.press_raw(sam.last["message_id"], "m|ticket|1.files")
    assert "photo" in sam.last
    async with candor.context.database.read() as read:
        seen = await accesses.recent(read, await known(maria), 5)
    assert [(one.action, one.role) for one in seen] == [("ticket", "support")]


async def test_what_was_shown_while_being_helped_is_not_shown_afterwards(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await scored(candor)
    await asks(maria, show=("name", "phone", "score"))
    await sam.presses("ticket|1.look")
    assert "0142" in text_of(sam.last)
    await sam.presses("ticket|1.close")
    await sam.presses("1.close.answered")
    await sam.says("/ticket 1")
    assert sam.heard("ticket.known.closed")
    for shown in ("0142", "4399", "M•••"):
        assert shown not in text_of(sam.last)
    await maria.presses("mytickets|1.reopen")
    await sam.says("/ticket 1")
    assert "0142" in text_of(sam.last), "they are being helped again"


async def test_a_command_to_another_bot_of_the_group_is_not_ours(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here, shown = topic(candor, group), len(maria.chat)
    said = len(here.messages)
    await here.writes(sam, "/close@other_bot answered")
    assert (await ticket_of(candor)).closed_at is None
    assert len(here.messages) == said + 1
    assert len(maria.chat) == shown
    await here.writes(sam, f"/close@{candor.front.bot.username} answered")
    assert (await ticket_of(candor)).closed_at is not None


async def test_a_page_written_in_private_does_not_end_the_topic(desk: tuple[Candor, Group]) -> None:
    candor, group = desk
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    here = topic(candor, group)
    await sam.says("/ticket 1")
    await sam.presses("ticket|1.answer")
    await sam.says("y" * 4090)
    assert text_of(maria.last) == "y" * 4090
    await maria.says("z" * 4090)
    assert [len(text_of(m)) for m in here.messages if len(text_of(m)) > 3500] == [4090, 4090]
    assert (await ticket_of(candor)).thread is not None
    assert candor.refused_calls == []
