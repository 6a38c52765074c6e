"""What somebody new at the desk, or new to the bot, stumbled over: said so that the next one does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import i18n
from bot.views import bulletins, tickets
from tests.chat import Candor, Somebody, buttons, text_of
from tests.conftest import NOW
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, serves
from tests.journeys.test_scams import FEE


@pytest.fixture
async def candor(tmp_path: Path) -> AsyncIterator[Candor]:
    async with Candor(tmp_path) as running:
        yield running
        assert running.refused_calls == []


async def comes(candor: Candor, language: str = "en") -> Somebody:
    somebody = candor.person(LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    return await somebody.says("/cancel")


async def asks(maria: Somebody) -> None:
    await maria.says("/ask")
    await maria.presses("=other")
    await maria.says("Who is right about my loan?")
    await maria.presses("|>")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_any_words_are_the_answer_nobody_is_told_to_type_a_question(
    candor: Candor, language: str
) -> None:
    maria = await comes(candor, language)
    await maria.says("/verify")
    await maria.says("/faq")
    assert maria.heard("faq.ask_aside")
    assert not maria.heard("faq.ask_within")


@pytest.mark.parametrize("number", ["+86 138 0013 8000", "76", "11010519491231002X", "482915"])
async def test_a_number_typed_astray_is_no_question_and_is_not_kept(candor: Candor, number: str) -> None:
    maria = await comes(candor)
    await maria.says(number)
    assert not maria.heard("faq.nothing")
    assert not maria.heard("faq.nearest")
    assert (await maria.stored())["questions"] == []


async def test_a_code_pressed_answers_what_verify_asked_for(candor: Candor) -> None:
    maria = await comes(candor)
    await maria.says("/verify")
    await maria.says("/verify_0123456789")
    assert maria.heard("verify.foreign")
    await maria.says("How many free checks do I have left?")
    assert not maria.heard("verify.foreign")


async def test_support_goes_on_from_a_ready_answer_and_is_spoken_to(candor: Candor) -> None:
    maria, sam = await comes(candor), await serves(candor.person(), "support")
    await asks(maria)
    await sam.says("/ticket 1")
    await sam.presses("1.canned")
    await sam.presses("1.canned.thanks")
    await sam.presses("thanks.send")
    assert [button["callback_data"].rpartition(".")[2] for button in buttons(sam.last)] == [
        "look", "answer", "close",
    ]  # fmt: skip
    await sam.presses("1.assign")
    await sam.presses("1.assign.me")
    assert sam.heard("ticket.assigned.you")
    assert (await known(sam)).handle not in text_of(sam.last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_of_the_desk_speak_of_nothing_that_was_not_there(language: str) -> None:
    def words(count: int, closed: float | None) -> str:
        times = tickets.Times(2, count, 60.0, 120.0, closed)
        locale = i18n.locale(language)
        return locale.plain(tickets.listed("all", 0, [], {"all": 0}, times, NOW).text)

    assert "–" not in words(1, None)
    if language != "zh_CN":
        assert words(1, 60.0) != words(2, 60.0).replace("2 ", "1 "), "one is not several"


async def test_an_alert_about_reports_leads_to_them(candor: Candor) -> None:
    sue = await serves(candor.person(name="Sue"), "support")
    for number in range(3):
        somebody = await comes(candor)
        await somebody.forwards(f"{FEE['en']} Ask for agent {'ABC'[number]}.")
        await somebody.presses("m|report|")
    assert sue.heard("reports.cluster")
    assert [button["callback_data"] for button in buttons(sue.last)] == ["m|reports|", "m|bulletin|"]
    await sue.presses("m|reports|")
    assert sue.heard("reports.head")


def test_a_draft_has_no_readers_to_be_counted() -> None:
    locale = i18n.locale("en")
    line = bulletins.Line(1, "phishing", "draft", "7K2MXPQ4RT", NOW, 0)
    assert "sent to" not in locale.plain(bulletins.looked_at(line, (), 3).text)
