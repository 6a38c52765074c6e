"""Reading the result: what it means, when to look again, who asked, and the words of it."""

import datetime as dt
from pathlib import Path

import pytest

from bot import i18n
from bot.services import glossary
from bot.views.menus import AFTER_SCORE
from engine.spread import place
from tests.chat import Candor, Somebody, says, text_of
from tests.journeys.test_commands import scored
from tests.journeys.watched import bank, borrows, happens

GOOD = {
    "overdue_count_24m": "0", "card_utilisation": "5", "credit_history_months": "20 years", "enquiries_6m": "0",
    "monthly_income": "20000", "occupation": "state", "employment_months": "12 years", "housing": "own",
    "total_owed": "0", "monthly_repayments": "0",
}  # fmt: skip
POOR = {
    "overdue_count_24m": "4", "worst_overdue_days": "80", "card_utilisation": "98", "credit_history_months": "6",
    "enquiries_6m": "5", "monthly_income": "1200", "occupation": "unemployed", "public_records": "1",
}  # fmt: skip
LANGUAGES = {"en": "us", "zh-hans": "cn", "es": "mx"}


async def result_of(somebody: Somebody) -> dict[str, object]:
    found: dict[str, object] = (await somebody.stored())["scores"][-1]["result"]
    return found


@pytest.mark.parametrize("answers", [GOOD, {}, POOR], ids=["good", "middling", "poor"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_result_is_explained_in_every_language(
    candor: Candor, language: str, answers: dict[str, str]
) -> None:
    maria = await candor.person(language=language).enrols(LANGUAGES[language])
    await maria.answers(**answers)
    await maria.gets_score()
    await maria.presses("|meaning|")
    for key in (
        "meaning.scale",
        "meaning.band",
        "meaning.place",
        "meaning.others",
        "meaning.limits",
        "meaning.again",
    ):
        assert maria.heard(key), key
    assert len(text_of(maria.last)) <= 4096
    band = (await result_of(maria))["band"]
    assert maria.heard("meaning.high") == (band in {"A", "B"})
    assert maria.heard("meaning.low") == (band not in {"A", "B"})
    assert str(band) in text_of(maria.last)


async def test_the_place_among_others_is_that_of_the_model_card(candor: Candor) -> None:
    maria = await scored(candor)
    result = await result_of(maria)
    points = sum(one["points"] for one in result["points"])  # type: ignore[attr-defined]  # a list of points
    found = place(candor.context.model.figures, points)
    assert found is not None
    await maria.says("/meaning")
    assert f"{found.low} to {found.high} of a hundred" in text_of(maria.last)
    assert "35,454" in text_of(maria.last)


async def test_before_the_first_score_there_is_nothing_to_explain(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/meaning")
    assert maria.heard("score.none")


async def moved_clock(candor: Candor, at: dt.datetime) -> None:
    candor.clock = lambda: at
    await candor.stop_bot()
    await candor.start_bot()


async def test_the_next_useful_check_is_the_first_day_on_which_time_moves_the_score(tmp_path: Path) -> None:
    start = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    async with Candor(tmp_path) as candor:
        await moved_clock(candor, start)
        maria = await candor.person().enrols("us")
        await maria.answers(employment_months="22 months", enquiries_6m="0")
        await maria.gets_score()
        await maria.says("/meaning")
        assert maria.heard("meaning.when.time")
        assert "Jan 23, 2027" in text_of(maria.last), "two months on the job make two years of it"
        before = (await result_of(maria))["score"]
        await moved_clock(candor, start + dt.timedelta(days=60))
        await maria.says("/score")
        await maria.gets_score()
        assert (await result_of(maria))["score"] == before, (
            "a day too early it is the same, and having looked"
        )
        await moved_clock(candor, start + dt.timedelta(days=61))
        await maria.says("/meaning")
        assert maria.heard("meaning.when.now")
        await maria.says("/score")
        await maria.gets_score()
        assert int(str((await result_of(maria))["score"])) > int(str(before))


async def test_no_enquiries_are_said_to_be_none_that_we_know(candor: Candor) -> None:
    maria = await scored(candor, enquiries_6m="0")
    await maria.says("/enquiries")
    assert maria.heard("enquiries.none")
    assert maria.heard("enquiries.effect")
    assert "±0 points" in text_of(maria.last)


async def test_the_calendar_shows_each_enquiry_its_points_and_its_end(candor: Candor) -> None:
    house, _ = await bank(candor)
    maria = await scored(candor, enquiries_6m="0")
    await borrows(maria, house)
    today = candor.context.clock().date()
    for number, (days, what) in enumerate(
        ((20, "application"), (50, "application"), (40, "review"), (250, "application"))
    ):
        on = today - dt.timedelta(days=days)
        await happens(candor, house, "enquiry", ref=f"q-{number}", on=on, what=what)
    await candor.quiet()
    await maria.says("/enquiries")
    words = text_of(maria.last)
    assert maria.heard("enquiries.text")
    assert words.count("■ ") + words.count("□ ") >= 4
    assert says(words, "enquiries.soft", "en")
    assert says(words, "enquiries.over", "en")
    model = candor.context.model
    cost = model.worth("enquiries_6m", 2) - model.worth("enquiries_6m", 0)
    assert cost < 0
    assert f"−{-cost} points" in words
    gains = [model.worth("enquiries_6m", n) - model.worth("enquiries_6m", n + 1) for n in (1, 0)]
    assert all(f"+{gain}" in words for gain in gains if gain)
    assert "First Example Bank" in words or house.name in words


async def test_the_persons_own_higher_count_holds_and_is_said_to(candor: Candor) -> None:
    house, _ = await bank(candor)
    maria = await scored(candor, enquiries_6m="4")
    await borrows(maria, house)
    on = candor.context.clock().date() - dt.timedelta(days=10)
    await happens(candor, house, "enquiry", on=on, what="application")
    await candor.quiet()
    await maria.says("/enquiries")
    assert maria.heard("enquiries.own")
    assert maria.heard("enquiries.hard"), "it ends without changing anything"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_word_is_explained(candor: Candor, language: str) -> None:
    maria = candor.person(language=language)
    await maria.says("/glossary")
    assert maria.heard("glossary.ask")
    for term in glossary.TERMS:
        await maria.says(f"/glossary {term}")
        assert maria.heard(f"glossary.{term}.text"), term
    await maria.says("/glossary nonsense")
    assert not maria.heard("glossary.term")


def test_there_are_about_twenty_words_and_the_card_leads_to_its_meaning() -> None:
    assert 20 <= len(glossary.TERMS) == len(set(glossary.TERMS))
    assert AFTER_SCORE.rows[0][0].data == "m|meaning|"
    for language in ("en", "zh_CN", "es"):
        texts = [i18n.catalogue(language)[f"glossary.{term}.text"][0] for term in glossary.TERMS]
        assert max(map(len, texts)) < 400
