"""A borrower hears what a lender was told, kindly and whole; their answer reaches the people who have the case."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bot.i18n import t
from bot.services import alerting
from storage import alerts, cases, disputes, lenders, people
from storage.cases import Case, Entry
from tests.chat import Candor, Somebody, buttons, says, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, scored, serves
from tests.journeys.watched import bank, borrows, happens, watched

FORBIDDEN = {
    "en": ("must", "immediately", "warning", "failure to", "penalt", "legal", "consequence", "default on"),
    "zh_CN": ("必须", "立即", "警告", "否则", "后果", "起诉", "失信", "惩罚"),
    "es": ("debe ", "inmediatamente", "advertencia", "de lo contrario", "consecuencia", "legal", "moros"),
}
"""Words of a threat."""


async def late(candor: Candor, language: str = "en") -> tuple[Somebody, Somebody, int]:
    """A borrower whose instalment is late, an officer who was told, and the number of the case."""
    country = COUNTRIES[language]
    house, officer = await bank(candor, country)
    ana = await scored(candor, language, country)
    await borrows(ana, house)
    await happens(candor, house, "instalment_late", days=45)
    async with candor.context.database.read() as read:
        case = await cases.open_of(read, (await known(ana)).id, house.id)
    assert case is not None
    return ana, officer, case.id


async def thread(somebody: Somebody, case_id: int) -> list[Entry]:
    person = await known(somebody)
    async with somebody.candor.context.database.read() as read:
        return list(await cases.thread(read, person, case_id))


async def case_of(somebody: Somebody, case_id: int) -> Case:
    async with somebody.candor.context.database.read() as read:
        found = await cases.find(read, case_id)
    assert found is not None
    return found


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_the_borrower_hears_all_that_the_lender_heard_and_no_threat(
    tmp_path: Path, language: str
) -> None:
    async with Candor(tmp_path) as candor:
        ana, _, case_id = await late(candor, language)
        words = text_of(ana.last)
        assert ana.heard("alert.borrower")
        assert says(words, "notice.cause.instalment_late", language)
        assert "First Bank" in words
        async with candor.context.database.read() as read:
            (alert,) = await alerts.of_case(read, await known(ana), case_id)
        content = alert.content
        assert str(content["then"]["score"]) in words
        assert str(content["now"]["score"]) in words
        assert f"{alert.number[:4]}-{alert.number[4:]}" in words
        shown = candor.context.scene(await known(ana)).locale
        for move in content["moves"]:
            assert shown.plain(t(f"factor.{move['factor']}")) in words
        assert not [one for one in FORBIDDEN[language] if one in words.lower()]
        wanted = {f"m|tell|{case_id}.{kind}" for kind in ("paid", "proof", "reschedule", "dispute", "said")}
        assert {b["callback_data"] for b in buttons(ana.last)} == {*wanted, "m|moved|"}
        assert ana.last["has_protected_content"]
        assert candor.refused_calls == []


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_what_a_borrower_says_threads_into_the_case(tmp_path: Path, language: str) -> None:
    async with Candor(tmp_path) as candor:
        ana, officer, case_id = await late(candor, language)
        assert (await case_of(ana, case_id)).contacted_at is None
        await ana.presses(f"{case_id}.paid")
        assert ana.heard("tell.ask.paid")
        await ana.presses("|>")
        assert ana.sees("tell.done")
        assert says(text_of(officer.last), "tell.told.paid", "en")
        assert (await case_of(ana, case_id)).contacted_at is not None
        await ana.presses(f"{case_id}.reschedule")
        await ana.says("half now, the rest on the 15th?")
        assert "the rest on the 15th?" in text_of(officer.last)
        await ana.presses(f"{case_id}.said")
        await ana.says("<b>my hours were cut</b>")
        assert "<b>my hours were cut</b>" in text_of(officer.last)
        kinds = [(one.kind, one.actor, one.words) for one in await thread(ana, case_id)]
        me = (await known(ana)).handle
        assert kinds[-3:] == [
            ("paid", me, None),
            ("reschedule", me, "half now, the rest on the 15th?"),
            ("said", me, "<b>my hours were cut</b>"),
        ]
        await ana.says("/mycases")
        assert ana.heard("mycases.text")
        assert ana.heard("mycases.line.alert")
        officer_handle = (await known(officer)).handle
        assert all(officer_handle not in text_of(message) for message in ana.chat)
        assert candor.refused_calls == []


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_proof_is_passed_on_and_not_kept(tmp_path: Path, kind: str) -> None:
    async with Candor(tmp_path) as candor:
        ana, officer, case_id = await late(candor)
        await ana.presses(f"{case_id}.proof")
        await ana.sends("voice")
        assert ana.heard("tell.no_file")
        await ana.sends(kind)
        assert ana.sees("tell.done")
        assert kind in officer.last
        assert officer.last["has_protected_content"]
        assert (await thread(ana, case_id))[-1].kind == "proof"
        assert "file_id" not in str(await ana.stored())
        assert candor.refused_calls == []


async def test_what_is_wrong_is_contested_and_left_out_meanwhile(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        ana, officer, case_id = await late(candor)
        await ana.presses(f"{case_id}.dispute")
        assert ana.heard("tell.contest")
        names = [b["callback_data"] for b in buttons(ana.last)]
        assert {one.rpartition("=")[2] for one in names} == {
            "overdue_count_24m.lender",
            "worst_overdue_days.lender",
        }
        await ana.presses("worst_overdue_days.lender")
        await ana.says("I paid on the third, here is my word")
        await ana.presses("=yes")
        assert ana.sees("dispute.opened")
        assert says(text_of(officer.last), "tell.told.dispute", "en")
        last = (await thread(ana, case_id))[-1]
        assert (last.kind, last.words) == ("dispute", "I paid on the third, here is my word")
        async with candor.context.database.read() as read:
            (one,) = await disputes.every(read, await known(ana))
        assert last.detail == f"dispute:{one.id}"


async def test_nobody_speaks_in_anothers_case_and_a_closed_one_is_closed(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        ana, officer, case_id = await late(candor)
        before = await thread(ana, case_id)
        stranger = await serves(candor.person(), "support")
        for number in (case_id, case_id + 1, "0", "999999999999999999", "x"):
            toast = await stranger.press_raw(stranger.last["message_id"], f"m|tell|{number}.paid")
            assert toast
        assert await thread(ana, case_id) == before
        await ana.presses(f"{case_id}.said")
        await officer.press_raw(officer.last["message_id"], f"m|case|{case_id}.close")
        await officer.presses("=cured")
        assert ana.heard("tell.ended")
        await ana.says("is anybody there")
        assert ana.heard("tell.closed")
        assert [one.kind for one in await thread(ana, case_id)][-1] == "closed"
        await ana.says("/mycases")
        assert ana.heard("mycases.none")


async def test_quiet_hours_are_the_borrowers_own(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        await ana.says("/settings")
        async with candor.context.database.write() as write:
            hour = candor.clock().hour
            await people.change(write, (await known(ana)).id, quiet_from=hour, quiet_to=(hour + 3) % 24)
        await happens(candor, house, "instalment_late", days=45)
        assert says(text_of(officer.last), "alert.officer", "en")
        assert not ana.sees("alert.borrower")


async def test_nobody_hears_after_the_watch_has_ended(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        ana, officer, case_id = await late(candor)
        await ana.presses(f"{case_id}.said")
        house = (await case_of(ana, case_id)).lender_id
        await ana.says("/consents")
        await ana.presses(f"watch|{house}.no")
        before = len(officer.chat)
        await ana.press_raw(ana.last["message_id"], f"m|tell|{case_id}.paid")
        assert ana.sees("tell.closed")
        await happens(candor, await _lender(candor, house), "instalment_late", ref="e-2", days=60)
        assert len(officer.chat) == before
        async with candor.context.database.read() as read:
            assert not await alerting.alive(read, await known(ana), house, dt.datetime.now(dt.UTC))


async def _lender(candor: Candor, number: int) -> Any:
    async with candor.context.database.read() as read:
        return await lenders.find(read, number)
