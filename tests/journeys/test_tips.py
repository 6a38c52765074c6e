"""Who wants to hear of what, and the weekly tip: on Monday at ten where its reader is, and never twice."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services import bulletins as service
from bot.services import tips
from storage import people, subscriptions
from tests.chat import Candor, text_of
from tests.journeys.staffed import LANGUAGES, known
from tests.journeys.warnings import MONDAY, approved, at, comes, still, tipped, wants, warned


@pytest.fixture
async def candor(tmp_path: Path, database_url: str) -> AsyncIterator[Candor]:
    async with still(tmp_path, "" if database_url.startswith("sqlite") else database_url) as running:
        yield running
        assert running.refused_calls == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nobody_is_subscribed_until_they_say_so(candor: Candor, language: str) -> None:
    maria = await comes(candor, language)
    await maria.says("/warnings")
    assert maria.heard("warnings.bulletin.off")
    assert maria.heard("warnings.tip.off")
    for kind in subscriptions.KINDS:
        await maria.presses(f"{kind}.on")
        assert maria.heard(f"warnings.now.{kind}.on")
        await maria.presses(f"{kind}.off")
        assert maria.heard(f"warnings.now.{kind}.off")
    await maria.press_raw(maria.last["message_id"], "m|warnings|everything.on")
    assert maria.heard("warnings.text")
    assert (await maria.stored())["subscriptions"] == []


async def test_tips_come_on_monday_at_ten_where_somebody_is(candor: Candor) -> None:
    there = {language: await comes(candor, language) for language in LANGUAGES}
    for somebody in there.values():
        await wants(somebody, subscriptions.TIP, MONDAY - dt.timedelta(days=3))
    await tips.weekly(at(candor, MONDAY))
    await tips.weekly(at(candor, MONDAY))
    await candor.quiet()
    assert {one: len(tipped(each)) for one, each in there.items()} == {"zh_CN": 0, "en": 1, "es": 1}
    morning = MONDAY + dt.timedelta(
        hours=8, minutes=30
    )  # ten o'clock on Tuesday in Shanghai: what was missed
    await tips.weekly(at(candor, morning))
    await candor.quiet()
    assert {len(tipped(each)) for each in there.values()} == {1}


async def test_no_tip_comes_twice_in_twelve_weeks(candor: Candor) -> None:
    maria = await comes(candor, "es")
    await wants(maria, subscriptions.TIP, MONDAY - dt.timedelta(days=1))
    for week in range(13):
        for day in (0, 1, 6):
            await tips.weekly(at(candor, MONDAY + dt.timedelta(weeks=week, days=day)))
    await candor.quiet(30)
    told = [text_of(message).partition("✍")[0] for message in tipped(maria)]
    assert len(told) == len(set(told)) == 13


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_tip_is_called_a_tip_by_whoever_verifies_it(candor: Candor, language: str) -> None:
    maria = await comes(candor, language)
    await wants(maria, subscriptions.TIP, MONDAY - dt.timedelta(days=3))
    await tips.weekly(
        at(candor, MONDAY + dt.timedelta(hours=8, minutes=30) if language == "zh_CN" else MONDAY)
    )
    await candor.quiet()
    await maria.says(text_of(tipped(maria)[0]))
    assert maria.heard("verify.true")
    assert maria.heard("letter.kind.tip")
    assert not maria.heard("letter.kind.bulletin")


async def test_whoever_subscribes_later_waits_for_the_next(candor: Candor) -> None:
    maria = await comes(candor, "es")
    await wants(maria, subscriptions.TIP, MONDAY)
    await tips.weekly(at(candor, MONDAY + dt.timedelta(hours=1)))
    await candor.quiet()
    assert tipped(maria) == []
    await tips.weekly(at(candor, MONDAY + dt.timedelta(days=7)))
    await candor.quiet()
    assert len(tipped(maria)) == 1
    (row,) = [row for row in (await maria.stored())["subscriptions"] if row["kind"] == "tip"]
    assert row["at"] == MONDAY, "since when stays what it was"


async def test_those_passed_over_keep_nobody_from_their_tip(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tips, "BATCH", 1)
    first, last = await comes(candor, "es"), await comes(candor, "es")
    for somebody in (first, last):
        await wants(somebody, subscriptions.TIP, MONDAY - dt.timedelta(days=1))
    async with candor.context.database.write() as write:
        await people.change(write, (await known(first)).id, reachable=False)
    await tips.weekly(at(candor, MONDAY))
    await candor.quiet()
    assert len(tipped(last)) == 1


async def test_the_offer_beneath_a_verdict_subscribes(candor: Candor) -> None:
    maria = await comes(candor)
    await maria.forwards(
        "Your loan is frozen. Pay the 200 release fee first to my account 4455667788 and it is paid out today."
    )
    await maria.presses("m|warnings|bulletin.on")
    assert maria.heard("warnings.now.bulletin.on")
    await approved(candor)
    await service.deliver(candor.context)
    await candor.quiet()
    assert len(warned(maria)) == 1
