"""Consent: each purpose by itself, each decision on record, and a change of mind that works at once."""

from hashlib import sha256

import pytest

from bot import i18n
from bot.dialogs.consent import VERSION, Terms
from engine import QUESTIONS
from tests.chat import Candor, Somebody, buttons

SPENDING = {"monthly_spending", "spending_regularity", "utilities_on_time"}


async def questions(somebody: Somebody) -> set[str]:
    """The questions of the open query."""
    opened = (await somebody.stored())["dialogs"]
    return set(next(d["content"]["of"]["questions"] for d in opened if d["dialog"] == "query"))


async def test_refusing_the_score_leaves_everything_else(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    await maria.presses("=us")
    await maria.decides({"score": False})
    assert maria.heard("consent.score_refused")
    for command, key in (("/help", "help.text"), ("/faq", "faq.ask"), ("/consents", "consent.overview")):
        await maria.says(command)
        assert maria.heard(key), command
    await maria.says("how do I register?")
    assert maria.said_to_me
    assert (await maria.stored())["queries"] == []
    await maria.says("/score")
    assert maria.heard("consent.score.v1")
    await maria.presses("=yes")
    assert maria.heard("register.name")


async def test_refusing_spending_removes_its_questions_only(candor: Candor) -> None:
    maria = await candor.person().enrols("us", consents={"consumption": False})
    assert not SPENDING & await questions(maria)
    await maria.answers()
    await maria.gets_score()
    assert maria.sees("score.worked")
    pedro = await candor.person().enrols("mx")
    assert SPENDING & await questions(pedro)


async def test_withdrawing_spending_in_the_middle_loses_nothing_else(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.says("/consents")
    await maria.presses("|consent|consumption.no")
    facts = {f["name"] for f in (await maria.stored())["facts"]}
    assert not SPENDING & (facts | await questions(maria))
    await maria.says("/score")
    assert maria.heard("query.summary")
    await maria.gets_score()
    (scored,) = (await maria.stored())["scores"]
    assert not SPENDING & set(scored["answers"])
    assert scored["answers"]["monthly_income"] == "5000"


async def test_withdrawing_the_score_ends_the_query_and_says_so(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("8000")
    await maria.says("/consents")
    await maria.presses("|consent|score.no")
    assert maria.heard("consent.query_ended")
    held = await maria.stored()
    assert held["dialogs"] == []
    assert held["queries"][-1]["state"] == "stopped"
    await maria.says("12")
    assert (await maria.stored())["dialogs"] == []
    await maria.says("/whatif")
    assert maria.heard("score.none") or maria.heard("consent.score_refused")
    await maria.says("/score")
    assert maria.heard("consent.score.v1")


async def test_every_decision_is_on_record(candor: Candor) -> None:
    maria = await candor.person().enrols("us", consents={"marketing": False})
    made = {row["purpose"]: row for row in (await maria.stored())["consents"]}
    assert {purpose: row["given"] for purpose, row in made.items()} == {
        "score": True, "consumption": True, "monitoring": True, "marketing": False,
    }  # fmt: skip
    operator = candor.settings.config.operator
    for purpose, row in made.items():
        shown = i18n.locale("en").html(Terms(purpose, operator.name, operator.contact).text())
        assert row["text_hash"] == sha256(shown.encode()).hexdigest()
        assert (row["version"], row["language"], row["country"]) == (VERSION, "en", "us")
        assert row["at"] is not None
        assert maria.sees("consent.receipt")
    assert len({row["receipt"] for row in made.values()}) == 1
    assert made["score"]["receipt"] in " ".join(str(m.get("text")) for m in maria.chat)


async def test_each_decision_keeps_the_language_it_was_made_in(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    await maria.presses("=us")
    await maria.presses("=yes")
    await maria.says("/language")
    await maria.presses("language.zh_CN")
    for _ in range(3):
        await maria.presses("=yes")
    made = [row["language"] for row in (await maria.stored())["consents"]]
    assert made == ["en", "zh_CN", "zh_CN", "zh_CN"]


async def test_withdrawn_and_given_again_each_leave_a_row(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/consents")
    await maria.presses("|consent|marketing.no")
    assert maria.heard("consent.receipt")
    await maria.presses("|consent|marketing.yes")
    assert maria.heard("consent.marketing.v1")
    await maria.presses("=yes")
    rows = [row["given"] for row in (await maria.stored())["consents"] if row["purpose"] == "marketing"]
    assert rows == [True, False, True]
    assert maria.asked == "loan_amount", "the query that waited goes on"


@pytest.mark.parametrize(("country", "language"), [("us", "en"), ("cn", "en"), ("mx", "en")])
async def test_what_the_law_forbids_is_never_asked(candor: Candor, country: str, language: str) -> None:
    maria = await candor.person(language=language).enrols(country)
    pack = candor.context.packs[country]
    asked = await questions(maria)
    for name in asked:
        assert any(pack.permits(factor) for factor in QUESTIONS[name].feeds), name
    assert not asked & {"sex", "marital_status", "education", "age", "social_circle_defaults"}
    await maria.answers()
    words = " ".join(str(m.get("text", "")) for m in maria.chat)
    for key in ("ask.sex", "ask.marital_status", "ask.education", "ask.social_circle_defaults"):
        assert i18n.locale(language).plain(i18n.t(key)) not in words


async def test_typed_words_decide_too(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.says("english")
    await maria.says("United States")
    await maria.says("I agree")
    assert maria.heard("consent.consumption.v1")
    await maria.says("no, thank you")
    assert maria.heard("consent.monitoring.v1")
    assert buttons(maria.last)


@pytest.mark.parametrize("beneath", ["/whatif", "/score"])
@pytest.mark.parametrize("purpose", ["consumption", "score"])
async def test_a_consent_refused_over_an_open_conversation_comes_to_an_end(
    candor: Candor, beneath: str, purpose: str
) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    await maria.says(beneath)
    await maria.press_raw(maria.last["message_id"], f"m|consent|{purpose}.yes")
    await maria.presses("=no")
    await maria.says("/help")
    assert maria.heard("help.text")
