"""Somebody in despair is answered kindly and at once, wherever they say it, and a person is offered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import tickets
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, serves

WORDS = {
    "en": "I owe so much, I don't want to live any more. Does my score matter?",
    "es": "Debo tanto que ya no quiero vivir. ¿Importa mi puntaje?",
    "zh_CN": "我欠了太多钱，不想活了，评分还有用吗？",
}
LINES = {"en": "988", "es": "800 911 2000", "zh_CN": "12356"}


@pytest.fixture
async def candor(tmp_path: Path, database_url: str) -> AsyncIterator[Candor]:
    async with Candor(tmp_path, "" if database_url.startswith("sqlite") else database_url) as running:
        yield running
        assert running.refused_calls == []


async def comes(candor: Candor, language: str) -> Somebody:
    somebody = candor.person(LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    return await somebody.says("/cancel")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["", "/faq "])
async def test_despair_is_answered_with_a_crisis_line_and_a_person(
    candor: Candor, language: str, how: str
) -> None:
    maria = await comes(candor, language)
    await maria.says(how + WORDS[language])
    (answer,) = maria.said_to_me
    assert maria.heard("care.text")
    assert LINES[language] in text_of(answer)
    assert [button["callback_data"] for button in buttons(answer)] == ["m|ask|"]
    assert (await maria.stored())["questions"] == [], "kept nowhere, and in no digest"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_a_person_in_despair_hears_of_the_line_and_comes_first(
    candor: Candor, language: str
) -> None:
    maria, sam = await comes(candor, language), await serves(candor.person(), "support")
    await maria.says("/ask")
    await maria.presses("=other")
    await maria.says(WORDS[language])
    assert maria.heard("care.text")
    await maria.presses("|>")
    await sam.says("/tickets")
    assert "🔴" in text_of(sam.last)
    await sam.says("/ticket 1")
    assert WORDS[language] in text_of(sam.last)


async def test_words_in_an_open_ticket_go_to_support_and_make_it_urgent(candor: Candor) -> None:
    maria = await comes(candor, "en")
    await serves(candor.person(), "support")
    await maria.says("/ask")
    await maria.presses("=score")
    await maria.says("What is a band?")
    await maria.presses("|>")
    await maria.says(WORDS["en"])
    first, second = maria.said_to_me
    assert LINES["en"] in text_of(first)
    assert "ticket 1" in text_of(second)
    async with candor.context.database.read() as read:
        found = await tickets.open_of(read, await known(maria))
    assert found is not None
    assert found.priority == tickets.URGENT


async def test_the_button_takes_the_words_to_a_person(candor: Candor) -> None:
    maria = await comes(candor, "en")
    await maria.says(WORDS["en"])
    await maria.presses("m|ask|")
    await maria.presses("=other")
    await maria.presses("|>")
    assert WORDS["en"] in str((await maria.stored())["ticket_lines"])


async def test_a_question_that_is_open_is_put_again_without_a_reproach(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("I want to die")
    assert maria.heard("care.text")
    assert maria.heard("ask.loan_amount")
    assert not maria.heard("wrong.money")


async def test_before_a_country_is_known_there_are_kind_words_all_the_same(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("I want to kill myself")
    assert maria.heard("care.anywhere")
    assert not maria.heard("care.text")


async def test_a_message_forwarded_or_checked_is_somebody_elses(candor: Candor) -> None:
    maria = await comes(candor, "en")
    await maria.forwards("Pay the fee first or kill yourself. I want to die, he said.")
    assert not maria.heard("care.text")
    await maria.says("/scam")
    await maria.says("You will want to die when we tell your family. Pay the overdue 300 now.")
    assert not maria.heard("care.text")
