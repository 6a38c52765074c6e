"""Feedback: a thumb, words if somebody likes, changed at will; and a table with nobody in it."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

from bot import sheets
from bot.services import feedback
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import known, scored, serves


def table(somebody: Somebody) -> list[list[str]]:
    files = somebody.candor.api._world.files
    file = files.find(somebody.last["document"]["file_id"])
    assert file is not None
    return list(csv.reader(io.StringIO(files.read(file).decode("utf-8-sig"))))


async def opinions(somebody: Somebody) -> dict[str, tuple[bool, str | None]]:
    return {f["subject"]: (f["good"], f["words"]) for f in (await somebody.stored())["feedback"]}


async def test_a_thumb_under_the_score_and_under_an_answer(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.presses("score.good")
    assert maria.heard("feedback.thanks")
    await maria.says("/faq")
    await maria.presses("m|faq|using")
    await maria.presses("topic|pin")
    await maria.presses("pin.bad")
    assert maria.heard("feedback.why")
    await maria.says("Why so long?")
    assert maria.heard("feedback.thanks")
    assert await opinions(maria) == {"score": (True, None), "pin": (False, "Why so long?")}
    await maria.presses("pin.good")
    assert await opinions(maria) == {"score": (True, None), "pin": (True, None)}
    await maria.presses("score.bad")
    await maria.presses("|>")
    assert (await opinions(maria))["score"] == (False, None)


async def test_in_the_middle_of_a_query_the_question_comes_back(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("what is the pin for, what does it protect?")
    await maria.presses("|rate|pin.bad")
    await maria.says("No.")
    assert maria.asked == "loan_amount"


async def test_forged_thumbs_leave_nothing(candor: Candor) -> None:
    maria = await scored(candor)
    for forged in ("m|rate|x.good", "m|rate|score.great", "m|rate|", "m|rate|.", "m|rate|score"):
        await maria.press_raw(maria.last["message_id"], forged)
    assert await opinions(maria) == {}


async def test_the_table_has_nobody_in_it_and_runs_nothing(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.presses("score.bad")
    await maria.says('=HYPERLINK("http://x","call me: 202 555 0142")')
    pedro = await scored_too(candor)
    await pedro.presses("score.good")
    olga = await serves(candor.person(), "operator")
    await olga.says("/feedback")
    head, *rows = table(olga)
    assert head == ["subject", "good", "words", "month"]
    assert sorted(row[:2] for row in rows) == [["score", "no"], ["score", "yes"]]
    words = next(row[2] for row in rows if row[1] == "no")
    assert words.startswith(sheets.APOSTROPHE)
    assert "0142" not in words
    whole = str(rows)
    for one in (maria, pedro):
        assert (await known(one)).handle not in whole
        assert str(one.id) not in whole


async def scored_too(candor: Candor) -> Somebody:
    """Somebody of another country, whose ID is not taken."""
    somebody = await candor.person().enrols("mx")
    await somebody.answers()
    return await somebody.gets_score()


async def test_operators_are_told_once_how_a_month_was_liked(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.presses("score.bad")
    await maria.presses("|>")
    olga, sam = await serves(candor.person(), "operator"), await serves(candor.person(), "support")
    now = candor.context.clock()
    next_month = replace(candor.context, clock=lambda: now.replace(day=1) + timedelta(days=35))
    assert await feedback.digest(candor.context) == []
    candor.front.courier.carry(await feedback.digest(next_month))
    await candor.quiet()
    assert olga.sees("feedback.digest")
    assert not sam.sees("feedback.digest")
    assert not any("Maria" in text_of(m) for m in olga.chat)
    assert await feedback.digest(next_month) == []
