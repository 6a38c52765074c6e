"""Limits in the chat: whoever goes too far is told so once, and nobody else notices."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.dialogs.event import Command, Press, Text
from bot.services import limits
from storage.tables import counters
from tests.chat import Candor, Somebody, says, text_of
from tests.drills import limits as drill

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)  # a multiple of three minutes, and of nothing longer
MOST = 60


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
async def clock() -> Hands:
    return Hands()


@pytest.fixture
async def candor(tmp_path: Path, clock: Hands) -> AsyncIterator[Candor]:
    made = Candor(tmp_path, limited=True, changed={"free": 1_000_000})
    made.clock = clock
    async with made:
        yield made
        assert made.refused_calls == []


def warned(somebody: Somebody, name: str = "updates") -> int:
    return sum(says(text_of(m), f"limit.{name}", "en") for m in somebody.chat)


async def flood(somebody: Somebody, times: int) -> int:
    """Press so many times at once; gives how often the menu came back."""
    before = len(somebody.chat)
    message = somebody.last["message_id"]
    await asyncio.gather(*(somebody.player.press(message, "m|help|", stale=True) for _ in range(times)))
    await somebody.candor.quiet()
    return len(somebody.chat) - before


async def test_sixty_in_three_minutes_then_one_word_then_silence(candor: Candor, clock: Hands) -> None:
    maria, juan = candor.person(), candor.person()
    await maria.says("/help")
    assert await flood(maria, 200) == MOST - 1 + 1, "what was left, and one word about it"
    assert warned(maria) == 1
    await juan.says("/help")
    assert juan.heard("help.text"), "others are not held up"
    assert await flood(maria, 20) == 0
    await candor.stop_bot()
    await candor.start_bot()
    assert await flood(maria, 3) == 0, "a restart does not help"
    clock.now += dt.timedelta(minutes=3)
    assert await flood(maria, 3) == 3
    assert warned(maria) == 1


async def test_a_quick_borrower_gets_through(candor: Candor, clock: Hands) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    await maria.says("/why")
    assert warned(maria) == 0
    async with candor.context.database.read() as read:
        assert int(await read.scalar(select(func.max(counters.c.used))) or 0) < MOST


async def test_a_secret_is_deleted_even_from_a_flood(candor: Candor, clock: Hands) -> None:
    maria = candor.person()
    await maria.says("/help")
    await flood(maria, MOST + 5)
    await maria.says("my card is 4111 1111 1111 1111")
    assert not any("4111" in text_of(m) for m in maria.chat)
    assert warned(maria) == 1


async def test_ten_scores_a_day(candor: Candor, clock: Hands) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    for _ in range(9):
        clock.now += dt.timedelta(minutes=3)
        await maria.says("/score")
        await maria.gets_score()
    assert len((await maria.stored())["scores"]) == 10
    clock.now += dt.timedelta(minutes=3)
    await maria.says("/score")
    await maria.gets_score()
    assert maria.heard("limit.scores")
    held = await maria.stored()
    assert (len(held["scores"]), held["queries"][-1]["state"]) == (10, "collecting"), "nothing is half stored"
    clock.now += dt.timedelta(days=1)
    await maria.gets_score()
    assert len((await maria.stored())["scores"]) == 11, "and what was answered is still there"


async def test_five_exports_a_day(candor: Candor, clock: Hands) -> None:
    maria = await candor.person().enrols("us")
    for number in range(6):
        clock.now += dt.timedelta(minutes=3)
        await maria.says("/export")
        await maria.says("482915")
        assert any("document" in m for m in maria.said_to_me) == (number < 5)
        assert not any(text_of(m) == "482915" for m in maria.chat), "a PIN goes, whatever the answer"
    assert maria.heard("limit.exports")


def test_words_are_never_passed_over_unread() -> None:
    assert not any(
        limits.hushed(_Hushed(), 1, event)  # type: ignore[arg-type]  # all it looks at
        for event in (Text("4111 1111 1111 1111"), Command("start", "my pin is 4821"))
    )
    assert limits.hushed(_Hushed(), 1, Press("m|help|", 1, "1"))  # type: ignore[arg-type]  # all it looks at


class _Hushed:
    hushed = {1: START + dt.timedelta(minutes=1)}  # noqa: RUF012 - never changed

    @staticmethod
    def clock() -> dt.datetime:
        return START


async def test_the_drill_in_small(tmp_path: Path) -> None:
    report = await drill.Drill(tmp_path / "drill", "", guesses=400).run()
    assert report.wrong == []
    assert (report.guesses, report.looked_at) == (400, 10)
