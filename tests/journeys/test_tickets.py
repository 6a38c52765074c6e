"""A question to a person, from the first word to the end, as both sides see it in their private chats."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot import canned
from bot.services import deskwork
from bot.services.context import Context
from storage import accesses, audit, people, ticket_lines, tickets
from storage.tickets import Ticket
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, scored, serves

WORDS = "Why did my score fall after I paid?"


async def asks(
    borrower: Somebody, about: str = "score", words: str = WORDS, show: tuple[str, ...] = ()
) -> Somebody:
    """Ask a person something, without a file."""
    await borrower.says("/ask")
    await borrower.presses(f"={about}")
    for one in show:
        await borrower.presses(f"!{one}")
    if any("!" in b["callback_data"] for b in buttons(borrower.last)):
        await borrower.presses("=go")
    await borrower.says(words)
    await borrower.presses("|>")
    assert borrower.heard("ticket.received") or borrower.heard("ticket.received.closed")
    return borrower


async def newcomer(candor: Candor, language: str = "en") -> Somebody:
    """Somebody who chose a language and a country, and no more."""
    somebody = candor.person(language=LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    await somebody.says("/cancel")
    return somebody


async def ticket_of(candor: Candor, number: int = 1) -> Ticket:
    async with candor.context.database.read() as read:
        found = await tickets.find(read, number)
    assert found is not None
    return found


async def lines(candor: Candor, borrower: Somebody, number: int = 1) -> list[tuple[str, str]]:
    person = await known(borrower)
    async with candor.context.database.read() as read:
        return [(one.kind, one.detail) for one in await ticket_lines.thread(read, person, number)]


def later(candor: Candor, **span: int) -> Context:
    """The context as it will be after some time."""
    then = candor.context.clock() + dt.timedelta(**span)
    return replace(candor.context, clock=lambda: then)


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_from_the_question_to_its_end_and_once_more(candor: Candor, language: str) -> None:
    sam = await serves(candor.person(language=LANGUAGES[language]), "support")
    maria = await scored(candor, language, COUNTRIES[language])
    await asks(maria, show=("name", "score"))
    assert sam.sees("ticket.new")
    assert WORDS not in "".join(text_of(m) for m in sam.chat), "a notice says nothing of what was asked"
    await sam.presses("ticket|1.look")
    shown = text_of(sam.last)
    assert sam.heard("ticket.card")
    assert WORDS in shown
    await sam.presses("ticket|1.canned")
    await sam.presses("1.canned.score_why")
    assert canned.answers(language)["score_why"].text in text_of(sam.last)
    await sam.presses("canned.score_why.send")
    assert maria.heard("ticket.answer")
    assert canned.answers(language)["score_why"].text in text_of(maria.last)
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await sam.says("Please look at /moved, too.")
    assert "Please look at /moved, too." in text_of(maria.last)
    await sam.sends("document")
    assert "document" in maria.last
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.note")
    await sam.says("Seems to mean the May instalment.")
    assert sam.heard("ticket.noted")
    assert "May instalment" not in "".join(text_of(m) for m in maria.chat)
    await maria.says("I did. It says nothing of May.")
    assert maria.heard("ticket.passed.by")
    assert "It says nothing of May." in text_of(sam.last)
    await maria.sends("photo")
    assert "photo" in sam.last
    await sam.presses("ticket|1.look")
    assert "It says nothing of May." in text_of(sam.last)
    await sam.presses("ticket|1.close")
    await sam.presses("1.close.answered")
    assert maria.heard("ticket.ended")
    await maria.presses("mytickets|1.good")
    assert maria.heard("ticket.rated")
    await maria.presses("mytickets|1.reopen")
    assert maria.heard("ticket.reopened")
    assert sam.sees("ticket.told.reopened")
    await maria.presses("mytickets|1.reopen")
    assert maria.heard("ticket.open_before")
    await maria.says("/mytickets")
    await maria.presses("mytickets|1.solved")
    assert maria.heard("ticket.ended")
    assert sam.sees("ticket.told.solved")
    assert await lines(candor, maria) == [
        ("said", ""), ("answered", "score_why"), ("answered", ""), ("file", ""), ("note", ""), ("said", ""),
        ("file", ""), ("closed", "answered"), ("rated", "good"), ("reopened", ""), ("closed", "solved"),
    ]  # fmt: skip
    ticket = await ticket_of(candor)
    assert (ticket.reopened, ticket.reason, ticket.assignee) == (1, "solved", (await known(sam)).handle)
    assert candor.refused_calls == []


async def test_support_sees_what_was_allowed_and_that_masked(candor: Candor) -> None:
    sam, maria = await serves(candor.person(name="Sam"), "support"), await scored(candor)
    await asks(maria, show=("name", "phone", "score", "disputes"))
    await sam.presses("ticket|1.look")
    shown = text_of(sam.last)
    assert sam.heard("ticket.known.name")
    assert sam.heard("ticket.known.score")
    assert "M••• L•••" in shown
    assert "0142" in shown
    assert "4399" in shown
    every = " ".join(str(m) for m in sam.chat)
    for secret in ("Maria", "Lopez", "2025550142", "202555", "536904399", "536-90", str(maria.id)):
        assert secret not in every, secret
    async with candor.context.database.read() as read:
        seen = await accesses.recent(read, await known(maria), 5)
    assert [(one.action, one.role) for one in seen] == [("ticket", "support")]
    await maria.says("/access")
    assert maria.heard("access.what.ticket")


async def test_nothing_is_shown_unless_it_was_switched_on(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await scored(candor)
    await maria.says("/ask")
    await maria.presses("=score")
    await maria.presses("!phone")
    assert any(b["text"].startswith("☑") for b in buttons(maria.last))
    await maria.presses("!phone")
    assert not any(b["text"].startswith("☑") for b in buttons(maria.last))
    await maria.presses("=go")
    await maria.says(WORDS)
    await maria.sends("photo")
    await sam.presses("ticket|1.look")
    assert sam.heard("ticket.known.nothing")
    for secret in ("M•••", "0142", "4399"):
        assert secret not in text_of(sam.last)
    await sam.presses("ticket|1.files")
    assert "photo" in sam.last


async def test_whoever_comes_second_is_told_who_has_it(candor: Candor) -> None:
    sam, eva = await serves(candor.person(), "support"), await serves(candor.person(), "operator")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await eva.says("/tickets")
    await eva.presses("ticket|1.look")
    await eva.presses("ticket|1.answer")
    assert eva.heard("ticket.taken.other")
    assert (await known(sam)).handle in text_of(eva.last)
    await eva.presses("ticket|1.assign.me")
    assert eva.heard("ticket.assigned.you")
    await sam.says("Hello, I am Sam.")
    assert sam.heard("ticket.taken.other"), "it was taken over meanwhile"
    assert "I am Sam" not in "".join(text_of(m) for m in maria.chat)
    await sam.says("what is a band?")
    assert not maria.sees("ticket.answer"), "he left by that"
    await eva.presses("ticket|1.answer")
    await eva.says("Eva here.")
    assert "Eva here." in text_of(maria.last)
    await eva.presses("ticket|1.assign")
    await eva.presses(f"assign.{(await known(sam)).handle}")
    assert sam.sees("ticket.yours")


async def test_nobody_of_ours_can_ask_for_a_secret(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    shown = len(maria.chat)
    await sam.says("Please send me the code you got by SMS.")
    assert sam.heard("ticket.coaxing")
    await sam.says("my pin is 482913")
    assert sam.heard("guard.code") or sam.heard("guard.password")
    assert len(maria.chat) == shown
    await sam.says("Never send anybody a code.")
    assert "Never send anybody a code." in text_of(maria.last)
    await maria.says("the code they sent me is 482913")
    assert maria.heard("guard.code")
    assert "482913" not in " ".join(str(m) for m in sam.chat)


async def test_the_bot_can_be_asked_instead(candor: Candor) -> None:
    await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await maria.says("where do my data come from?")
    assert maria.heard("ticket.passed")
    await maria.presses("m|bot|")
    assert maria.heard("faq.answer") or maria.heard("faq.data.none") or maria.heard("faq.nearest")
    await maria.says("/faq")
    assert not maria.heard("ticket.passed")
    await maria.says("/ask")
    assert maria.heard("ticket.open_already")


async def test_a_question_the_bot_cannot_answer_is_carried_over(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await newcomer(candor)
    question = "Do hedgehogs mind being carried about in a paper bag on Tuesdays?"
    await maria.says(question)
    await maria.presses("m|ask|")
    await maria.presses("=other")
    assert question in text_of(maria.last), "it need not be written again"
    await maria.presses("|>")
    assert maria.heard("ticket.received") or maria.heard("ticket.received.closed")
    await sam.presses("ticket|1.look")
    assert question in text_of(sam.last)
    await maria.says("/cancel")
    await maria.says("/faq")


async def test_a_scam_goes_to_a_person_at_once_and_can_be_checked_by_them(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await newcomer(candor)
    message = (
        "Your loan of 5000 is approved! Pay a refundable deposit of 200 by gift card first, then we send it."
    )
    await maria.says(f"/scam {message}")
    await maria.presses("m|ask|scam")
    assert (
        maria.heard("ticket.ask.file")
        or maria.heard("ticket.ask.file_with")
        or maria.heard("ticket.ask.words")
    )
    if maria.heard("ticket.ask.words"):
        await maria.says(message)
    await maria.presses("|>")
    ticket = await ticket_of(candor)
    assert (ticket.about, ticket.priority) == ("scam", tickets.URGENT)
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.scam")
    assert sam.heard("ticket.scam")
    assert sam.heard("scam.answer.scam") or sam.heard("scam.answer.suspicious")
    assert not maria.sees("ticket.scam")


async def test_nobody_works_on_their_own_question_or_looks_at_others(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria, stranger = await asks(await newcomer(candor)), await newcomer(candor)
    await sam.says("/cancel")
    await asks(sam)
    for who, number, name in (
        (sam, 2, "ticket"), (stranger, 1, "ticket"), (maria, 1, "ticket"), (stranger, 1, "mytickets"),
        (sam, 1, "mytickets"), (maria, 99, "mytickets"), (sam, 99, "ticket"), (sam, 1, "ticket|1.nonsense"),
    ):  # fmt: skip
        data = f"m|{name}" if "|" in name else f"m|{name}|{number}.{'look' if name == 'ticket' else 'solved'}"
        shown = len(who.chat)
        assert await who.press_raw(who.last["message_id"], data), data
        assert len(who.chat) == shown, data
    await stranger.says("/tickets")
    assert stranger.heard("help.unknown_command")
    assert (await ticket_of(candor)).closed_at is None


async def test_a_promise_that_was_not_kept_is_told_once(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await deskwork.remind(candor.context)
    await candor.quiet()
    assert not sam.sees("ticket.overdue")
    for _ in range(2):
        await deskwork.remind(later(candor, days=5))
        await candor.quiet()
    assert len([m for m in sam.chat if "is late" in text_of(m)]) == 1
    assert ("overdue", "") in await lines(candor, maria)
    await sam.says("/tickets")
    assert sam.heard("tickets.list")


async def test_tickets_of_who_leaves_are_free_and_words_go_nowhere(candor: Candor) -> None:
    boss, sam = await serves(candor.person(), "operator"), await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await boss.says("/staff")
    handle = (await known(sam)).handle
    row = next(b["callback_data"] for b in buttons(boss.last) if handle in b["text"])
    await boss.press_raw(boss.last["message_id"], row)
    assert (await ticket_of(candor)).assignee is None
    shown = len(maria.chat)
    await sam.says("Hello?")
    assert len(maria.chat) == shown
    await maria.says("Is anybody there?")
    assert boss.sees("ticket.news")


async def test_an_erased_borrower_leaves_nothing_behind(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await scored(candor)
    await asks(maria)
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.says("/delete")
    await maria.says("482915")
    for _ in range(2):
        yes = [b for b in buttons(maria.last) if b["callback_data"].endswith("=yes")]
        if yes:
            await maria.presses("=yes")
    async with candor.context.database.read() as read:
        assert await people.find(read, candor.context.vault, maria.id) is None
        assert await tickets.find(read, 1) is None
    await sam.says("Are you still there?")
    assert sam.heard("ticket.gone")
    await sam.says("hello")
    assert not sam.heard("ticket.gone")


async def test_a_borrower_who_blocked_the_bot_is_said_so(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.player.block()
    await candor.quiet()
    await sam.says("Here is your answer.")
    assert sam.heard("ticket.unreachable")
    assert ("answered", "") in await lines(candor, maria), "it is kept"


async def test_talk_goes_on_after_a_restart_and_ends_when_left(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await candor.stop_bot()
    await candor.start_bot()
    await sam.says("Back again.")
    assert "Back again." in text_of(maria.last)
    await sam.presses("ticket|1.leave")
    shown = len(maria.chat)
    await sam.says("Nobody reads this.")
    assert len(maria.chat) == shown


async def test_long_words_arrive_whole(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    maria = await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await sam.says("long <b>&" + "x" * 4080)
    assert text_of(maria.last) == "long <b>&" + "x" * 4080
    await maria.says("y" * 4090)
    assert text_of(sam.last) == "y" * 4090
    for at in range(4):
        await maria.says(f"{at}" + "&" * 900)
    await sam.presses("ticket|1.look")
    assert "3&&" in text_of(sam.last)
    await sam.presses("ticket|1.look.1")
    assert "0&&" in text_of(sam.last)
    await sam.presses("ticket|1.look.2")
    assert "yyy…" in text_of(sam.last)
    await sam.presses("ticket|1.files")
    assert text_of(sam.last) == "y" * 4090
    assert candor.refused_calls == []


async def test_the_trail_names_numbers_and_codes_only(candor: Candor) -> None:
    sam = await serves(candor.person(), "support")
    await asks(await newcomer(candor))
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.priority")
    await sam.presses("1.priority.0")
    async with candor.context.database.read() as read:
        rows = await audit.about(read, (await known(sam)).handle)
    assert {"ticket.look", "ticket.priority"} <= {row["action"] for row in rows}
    assert WORDS not in str(rows)
    assert (await ticket_of(candor)).priority == 0


async def test_a_ticket_goes_to_its_end_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    async with Candor(tmp_path, postgresql_url) as candor:
        sam = await serves(candor.person(), "support")
        maria = await asks(await newcomer(candor))
        await sam.says("/tickets free")
        await sam.presses("ticket|1.look")
        await sam.presses("ticket|1.answer")
        await sam.says("Good day.")
        assert "Good day." in text_of(maria.last)
        await maria.says("Thank you.")
        await sam.presses("ticket|1.close")
        await sam.presses("1.close.answered")
        await maria.presses("mytickets|1.bad")
        await sam.says("/tickets closed")
        assert sam.heard("tickets.list")
        assert candor.refused_calls == []
