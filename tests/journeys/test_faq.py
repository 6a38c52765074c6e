"""Questions and answers: personal where they can be, offered where they are not certain, taught by thumbs, edited."""

import asyncio
import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import i18n
from bot.i18n import t
from bot.services import asking
from bot.services.faqown import OWN
from bot.services.finding import LOOK, Finder
from storage import questions
from tests.chat import Candor, Somebody, buttons, text_of
from tests.faq.folder import ACCEPTED, ENGLISH, write
from tests.journeys.staffed import LANGUAGES, known, scored, serves

UNSURE = "money and my number"
NOTHING = "zzgrbl vvomp"


async def newcomer(candor: Candor, language: str = "en") -> Somebody:
    """Somebody who has come as far as a country, and said no."""
    somebody = candor.person(language=LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses("=us")
    return await somebody.decides({"score": False})


def offered(somebody: Somebody) -> list[str]:
    return [b["callback_data"] for m in somebody.said_to_me for b in buttons(m)]


def rated(message: dict[str, Any], topic: str) -> bool:
    """Whether a message is the answer of a topic."""
    return f"m|rate|{topic}.good" in [b["callback_data"] for b in buttons(message)]


async def asked(somebody: Somebody) -> list[tuple[str | None, bool | None, str]]:
    """What is noted of their questions, the oldest first."""
    return [(q["topic"], q["good"], q["words"]) for q in (await somebody.stored())["questions"]]


async def test_a_question_is_answered_noted_and_rated(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says("I forgot my PIN")
    assert "m|rate|pin.good" in offered(maria)
    assert await asked(maria) == [("pin", None, "I forgot my PIN")]
    await maria.presses("pin.good")
    assert await asked(maria) == [("pin", True, "I forgot my PIN")]


async def test_what_is_uncertain_is_offered_with_a_person(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says(UNSURE)
    assert maria.heard("faq.nearest")
    *near, person = offered(maria)
    assert person == "m|ask|"
    assert len(near) == 3
    assert all(one.endswith(".near") for one in near)
    assert await asked(maria) == [(None, None, UNSURE)]
    await maria.presses(near[1])
    chosen = near[1].split("|")[2].removesuffix(".near")
    assert await asked(maria) == [(chosen, None, UNSURE)]
    await maria.presses(f"rate|{chosen}.good")
    assert await asked(maria) == [(chosen, True, UNSURE)]


async def test_two_that_failed_in_a_row_offer_a_person(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says(NOTHING)
    assert maria.heard("faq.nothing")
    assert offered(maria) == ["m|ask|", "m|faq|"]
    await maria.says("gwrrk plimf osst")
    assert maria.heard("faq.twice")
    await maria.says("I forgot my PIN")
    await maria.says(NOTHING)
    assert maria.heard("faq.nothing"), "an answer in between begins anew"
    await maria.says(UNSURE)
    assert maria.heard("faq.nearest_or_person")


async def test_thumbs_down_count_as_failures(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says("I forgot my PIN")
    await maria.presses("pin.bad")
    await maria.presses("|>")
    assert maria.heard("feedback.thanks")
    await maria.says("is it free?")
    await maria.presses("cost.bad")
    await maria.presses("|>")
    assert maria.heard("faq.twice")
    assert "m|ask|" in offered(maria)


async def test_the_words_go_along_to_a_person(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says(NOTHING)
    await maria.presses("m|ask|")
    assert any(NOTHING in text_of(m) for m in maria.said_to_me) or maria.heard("ticket.ask.about")


async def test_a_question_that_waits_is_put_again(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("is it free?")
    assert "m|rate|cost.good" in offered(maria)
    assert maria.asked == "loan_amount"
    await maria.says("/faq")
    await maria.presses("m|faq|fraud")
    await maria.presses("topic|repair")
    assert maria.asked == "loan_amount"


async def test_answers_tell_of_whoever_asks(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("where do my data come from?")
    assert maria.heard("faq.data.own")
    await maria.says("how many free checks have I left?")
    assert maria.heard("checks.left")
    await maria.says("/score")
    await maria.presses("~monthly_income")
    await maria.says("1500")
    await maria.gets_score()
    await maria.says("why did my score fall?")
    assert maria.heard("moved.text")
    scores = (await maria.stored())["scores"]
    assert str(scores[0]["result"]["score"]) in text_of(maria.last)
    assert str(scores[1]["result"]["score"]) in text_of(maria.last)
    assert maria.last["has_protected_content"]
    await maria.says("what does my result mean?")
    assert maria.heard("faq.own.score")
    await maria.says("who can see my score?")
    assert maria.heard("faq.own.no_shares")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_is_whole_for_anybody(candor: Candor, language: str) -> None:
    stranger = candor.person(language=LANGUAGES[language])
    await stranger.says("/start")
    somebody = await scored(candor, language, {"zh_CN": "cn", "en": "us", "es": "mx"}[language])
    book = await candor.context.finder.book(candor.context.clock())
    for one in (stranger, somebody):
        for topic in book.topics:
            await one.press_raw(one.last["message_id"], f"m|topic|{topic}")
            text = next(text_of(m) for m in one.said_to_me if rated(m, topic))
            assert "{" not in text, topic
            assert "</" not in text, topic
            assert len(text) < 4096, topic
    assert {beneath.own for beneath in book.beneath.values()} - {""} == set(OWN)


async def test_forged_topics_and_groups_are_answered(candor: Candor) -> None:
    maria = await newcomer(candor)
    forgeries = ("topic|nosuch", "topic|", "topic|pin.near.near", "faq|basics.999", "faq|basics.x", "faq|%s")
    for forged in forgeries:
        await maria.press_raw(maria.last["message_id"], f"m|{forged}")
    assert await asked(maria) in ([], [(None, None, "%s")])


async def later(candor: Candor) -> None:
    """Wait until voices and files are looked at again."""
    await asyncio.sleep(LOOK.total_seconds() * 1.1)


async def test_thumbs_teach_and_erasure_takes_what_they_taught_away(candor: Candor) -> None:
    wording = "what about the blue paper thing from the shop"
    maria = await newcomer(candor)
    await maria.says(wording)
    assert "m|rate|register.good" not in offered(maria)
    voters = [await newcomer(candor) for _ in range(6)]
    for voter in voters:
        await teach(voter, wording, "register")
    await later(candor)
    await maria.says("what about that blue paper thing of the shop")
    assert "register" in offered(maria)[0], "to a question like theirs, their topic comes first"
    await maria.says(wording)
    assert "m|rate|register.good" in offered(maria), "and to theirs it is the answer"
    for voter in voters:
        await forgotten(voter)
    await later(candor)
    await maria.says(wording)
    assert "m|rate|register.good" not in offered(maria)


async def teach(voter: Somebody, words: str, topic: str) -> None:
    """Let somebody say that a topic answers a question."""
    context, person = voter.candor.context, await known(voter)
    async with context.database.write() as writing:
        await questions.ask(writing, person, topic, words, context.clock())
    await voter.press_raw(voter.last["message_id"], f"m|rate|{topic}.good")


async def forgotten(voter: Somebody) -> None:
    context, person = voter.candor.context, await known(voter)
    async with context.database.write() as writing:
        await questions.forget(writing, person)


async def test_operators_read_once_a_week_what_nothing_answered(candor: Candor) -> None:
    maria, olga = await newcomer(candor), await serves(candor.person(), "operator")
    sam = await serves(candor.person(), "support")
    for words in (NOTHING, f"{NOTHING} 4155550188", "gwrrk plimf osst"):
        await maria.says(words)
    now = candor.context.clock()
    next_week = replace(candor.context, clock=lambda: now + dt.timedelta(days=6))
    parcels = await asking.digest(next_week)
    candor.front.courier.carry(parcels)
    await candor.quiet()
    assert olga.sees("faq.digest")
    assert not sam.sees("faq.digest")
    told = text_of(olga.last)
    assert f"2 × “{NOTHING}" in told
    assert "1 × “gwrrk plimf osst”" in told
    assert "4155550188" not in told
    assert await asking.digest(next_week) == []


async def test_edited_topics_count_at_the_next_question(tmp_path: Path, candor: Candor) -> None:
    folder = write(tmp_path / "topics")
    finder, clock = Finder(folder, ACCEPTED), candor.context.clock
    book = await finder.book(clock())
    assert book.topics == ("pin", "cost")
    edit(folder / "en" / "faq.toml", ENGLISH.replace("I forgot my PIN", "My PIN is gone"))
    assert (await finder.book(clock())).entries["en"]["pin"].question == "I forgot my PIN", (
        "once a second is enough"
    )
    later = clock() + 2 * LOOK
    assert (await finder.book(later)).entries["en"]["pin"].question == "My PIN is gone"
    edit(folder / "en" / "faq.toml", ENGLISH.replace("{days}", "{dayz}"))
    assert (await finder.book(later + 2 * LOOK)).entries["en"]["pin"].question == "My PIN is gone"
    assert "dayz" in finder.trouble[0]
    edit(folder / "en" / "faq.toml", ENGLISH)
    assert (await finder.book(later + 4 * LOOK)).entries["en"]["pin"].question == "I forgot my PIN"
    assert finder.trouble == ()


def edit(path: Path, text: str) -> None:
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


async def test_a_broken_edit_is_told_once_and_shown_to_operators(tmp_path: Path, candor: Candor) -> None:
    maria, olga = await newcomer(candor), await serves(candor.person(), "operator")
    accepted = replace(candor.context.finder._accepted, languages=("en", "es"))
    broken = Finder(write(tmp_path / "topics", {"en/faq.toml": ("{days}", "{x")}), accepted)
    candor.context.finder.__dict__.update(broken.__dict__)
    await maria.says("I forgot my PIN")
    assert "m|rate|pin.good" in offered(maria), "what ships answers meanwhile"
    await candor.quiet()
    assert olga.sees("faq.refused")
    refusals = [m for m in olga.chat if "not paired" in text_of(m)]
    await maria.says("is it free?")
    await candor.quiet()
    assert [m for m in olga.chat if "not paired" in text_of(m)] == refusals
    await olga.says("/health")
    assert "not paired" in text_of(olga.last)


async def test_an_export_names_questions_and_topics(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("is it free?")
    await maria.presses("cost.good")
    await maria.says("/export")
    await maria.says("482915")
    pages = [m for m in maria.chat if m.get("document", {}).get("file_name", "").endswith(".html")]
    files = candor.api._world.files
    file = files.find(pages[-1]["document"]["file_id"])
    assert file is not None
    page = files.read(file).decode()
    assert "is it free?" in page
    assert (
        i18n.locale("en").value((await candor.context.finder.book(candor.context.clock())).question("cost"))
        in page
    )
    assert i18n.locale("en").plain(t("dossier.questions")) in page


async def test_questions_are_sealed(candor: Candor) -> None:
    maria = await newcomer(candor)
    await maria.says("I forgot my PIN")
    raw = (candor.settings.data / "candor.db").read_bytes()
    assert b"I forgot my PIN" not in raw
