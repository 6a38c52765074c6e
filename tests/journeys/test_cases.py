"""A case from the first alert to its end: taken up, given away, put off, asked about, noted and closed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.services import alerting, casework
from storage import cases, consents, staff, watches
from storage.cases import Case
from storage.lenders import Lender
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, lender, scored, serves
from tests.journeys.watched import bank, borrows, happens, watched
from tests.storage.sample import watched as agreed


async def alarmed(candor: Candor, **draft: object) -> tuple[Lender, Somebody, Somebody]:
    """A lender, an officer and a borrower of whom an alert has come."""
    house, officer, borrower = await watched(candor, **draft)
    await happens(candor, house, "instalment_late", days=12)
    assert officer.sees("alert.officer")
    return house, officer, borrower


async def case_of(candor: Candor, number: int = 1) -> Case:
    async with candor.context.database.read() as read:
        found = await cases.find(read, number)
    assert found is not None
    return found


async def kinds(candor: Candor, borrower: Somebody) -> list[tuple[str, str]]:
    person = await known(borrower)
    async with candor.context.database.read() as read:
        return [(one.kind, one.detail) for one in await cases.thread(read, person, 1)]


async def test_a_case_is_taken_up_once(candor: Candor) -> None:
    house, ana, borrower = await alarmed(candor)
    ben = await serves(candor.person(), "officer", house)
    await ana.presses("case|1.ack")
    assert ana.heard("case.taken")
    case = await case_of(candor)
    assert case.owner == (await known(ana)).handle
    assert case.acknowledged_at is not None
    await ana.presses("case|1.ack")
    assert ana.heard("case.taken.you")
    await ben.press_raw(ben.last["message_id"], "m|case|1.ack")
    assert ben.heard("case.taken.other")
    assert (await known(ana)).handle in text_of(ben.last)
    assert [kind for kind, _ in await kinds(candor, borrower)] == ["alert", "acknowledged"]


async def test_buttons_work_after_a_restart(candor: Candor) -> None:
    _, ana, _ = await alarmed(candor)
    await candor.stop_bot()
    await candor.start_bot()
    await ana.presses("case|1.look")
    assert ana.heard("case.whole")
    await ana.presses("case|1.ack")
    assert ana.heard("case.taken")


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_case_is_worked_to_its_end_in_every_language(candor: Candor, language: str) -> None:
    country = COUNTRIES[language]
    house, _ = await bank(candor, country)
    ana = await serves(candor.person(language=LANGUAGES[language]), "officer", house)
    borrower = await scored(candor, language, country)
    await borrows(borrower, house)
    await happens(candor, house, "instalment_late", days=12)
    for press, heard in (
        ("case|1.ack", "case.taken"), ("case|1.why", "case.why"), ("case|1.look", "case.whole"),
    ):  # fmt: skip
        await ana.presses(press) if "why" not in press else await ana.presses(why_of(ana))
        assert ana.heard(heard), heard
    await ana.presses("case|1.ask")
    await ana.presses("=happened")
    assert ana.heard("case.asked")
    assert borrower.sees("case.to_borrower.happened")
    await ana.presses("case|1.ask")
    assert ana.heard("case.asked_lately")
    await ana.presses("case|1.look")
    await ana.presses("case|1.note")
    await ana.says("Called at noon, pays on Friday.")
    assert ana.heard("case.noted")
    await ana.presses("case|1.look")
    await ana.presses("case|1.offer")
    assert {b["callback_data"].rpartition("=")[2] for b in buttons(ana.last)} == {
        "talk",
        "reschedule",
        "security",
    }
    await ana.presses("=reschedule")
    assert ana.heard("case.offered")
    await ana.presses("case|1.look")
    assert "Called at noon" in text_of(ana.last)
    await ana.presses("case|1.close")
    await ana.presses("=rescheduled")
    assert ana.heard("case.closed")
    await ana.says("/cases closed")
    assert ana.heard("cases.list")
    assert (await case_of(candor)).outcome == "rescheduled"
    assert [kind for kind, _ in await kinds(candor, borrower)] == [
        "alert", "acknowledged", "asked", "note", "offered", "closed",
    ]  # fmt: skip
    await ana.press_raw(ana.last["message_id"], "m|case|1.snooze")
    assert ana.heard("case.closed_before")
    assert candor.refused_calls == []


def why_of(somebody: Somebody) -> str:
    data = [str(b["callback_data"]) for m in somebody.chat for b in buttons(m)]
    return next(one for one in reversed(data) if ".why." in one)


async def test_a_case_is_given_to_a_colleague_who_hears_of_it(candor: Candor) -> None:
    house, ana, _ = await alarmed(candor)
    ben = await serves(candor.person(language="es-419"), "officer", house)
    handle = (await known(ben)).handle
    await ana.presses("case|1.assign")
    await ana.presses(f"={handle}")
    assert ana.heard("case.assigned")
    assert ben.sees("case.yours")
    case = await case_of(candor)
    assert (case.owner, case.acknowledged_at) == (handle, None)
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    assert ben.sees("alert.officer")
    assert len([m for m in ana.chat if m.get("photo")]) == 1, "it is Ben's now"


async def test_what_is_worse_breaks_through_and_is_to_be_taken_up_again(candor: Candor) -> None:
    house, ana, _ = await alarmed(candor)
    await ana.presses("case|1.snooze")
    await ana.presses("=7")
    await ana.presses("=promised")
    assert ana.heard("case.snoozed")
    before = await case_of(candor)
    assert before.snoozed_until is not None
    assert before.acknowledged_at is not None
    await happens(candor, house, "enquiry", ref="e-2", what="application")
    assert len([m for m in ana.chat if m.get("photo")]) == 1, "no worse: it waits"
    await happens(candor, house, "public_record", ref="e-3", what="judgment")
    assert len([m for m in ana.chat if m.get("photo")]) == 2
    after = await case_of(candor)
    assert (after.severity, after.snoozed_until, after.acknowledged_at) == (3, None, None)


async def test_a_case_put_off_comes_back(candor: Candor) -> None:
    _, ana, borrower = await alarmed(candor)
    await ana.presses("case|1.snooze")
    await ana.presses("=1")
    await ana.presses("=waiting")
    now = candor.context.clock()
    await casework.wake(replace(candor.context, clock=lambda: now + dt.timedelta(hours=23)))
    await candor.quiet()
    assert not ana.sees("case.woke")
    for _ in range(2):
        await casework.wake(replace(candor.context, clock=lambda: now + dt.timedelta(hours=25)))
        await candor.quiet()
    assert len([m for m in ana.chat if "is back" in text_of(m)]) == 1
    assert (await kinds(candor, borrower))[-1] == ("woke", "")


async def test_once_the_watch_has_ended_a_case_says_only_that(candor: Candor) -> None:
    house, ana, borrower = await alarmed(candor)
    person, now = await known(borrower), candor.context.clock()
    await ana.presses("case|1.note")
    async with candor.context.database.write() as write:
        ended = agreed(house.id, given=False, at=now, receipt="00000000-0000-4000-8000-000000000009")
        await consents.record(write, person, [ended])
        await watches.settle(write, person, 1, now)
    await ana.says("Something I know of them.")
    assert ana.heard("case.ended")
    for press in ("1.look", "1.ack", "1.snooze", why_of(ana).removeprefix("m|case|")):
        await ana.press_raw(ana.last["message_id"], f"m|case|{press}")
        assert ana.heard("case.ended"), press
        assert person.handle not in text_of(ana.last)
    await ana.says("/cases")
    assert ana.heard("cases.line.ended")
    assert person.handle not in text_of(ana.last)
    assert [kind for kind, _ in await kinds(candor, borrower)] == ["alert"]


async def test_nobody_else_learns_that_there_is_a_case(candor: Candor) -> None:
    house, ana, borrower = await alarmed(candor)
    other = await serves(candor.person(), "officer", await lender(candor, "Second Bank"))
    former = await serves(candor.person(), "officer", house)
    async with candor.context.database.write() as write:
        (grant,) = await staff.grants(write, await known(former))
        await staff.end(write, grant.row, candor.context.clock())
    for one in (other, former, borrower, candor.person()):
        if not one.chat:
            await one.says("/help")
        for data in ("m|case|1.look", "m|case|1.ack", why_of(ana), "m|case|99.look", "m|case|1.nonsense"):
            shown = len(one.chat)
            toast = await one.press_raw(one.last["message_id"], data)
            assert toast
            assert len(one.chat) == shown, data
    assert (await case_of(candor)).acknowledged_at is None
    await other.says("/cases")
    assert other.heard("cases.none")


async def test_an_answer_of_the_borrower_is_in_the_thread_and_they_see_who_looked(candor: Candor) -> None:
    _, ana, borrower = await alarmed(candor)
    context, person = candor.context, await known(borrower)
    async with context.database.write() as write:
        for kind, words in (("said", "I was ill."), ("paid", None), ("dispute", "Not mine.")):
            await cases.enter(write, person, 1, person.handle, kind, context.clock(), words=words)
    await ana.presses("case|1.look")
    assert "I was ill." in text_of(ana.last)
    for kind in ("said", "paid", "dispute"):
        assert ana.heard(f"case.entry.{kind}")
    await borrower.says("/access")
    assert (await known(ana)).handle in text_of(borrower.last)


async def test_the_list_has_filters_and_pages(candor: Candor) -> None:
    house, ana, _ = await alarmed(candor)
    person = await known(await candor.person().says("/start"))
    async with candor.context.database.write() as write:
        for at in range(9):
            case = await cases.open_one(write, person, house.id, 1 + at % 3, candor.context.clock())
            await cases.close(write, case.id, "cured", candor.context.clock())
    await ana.says("/cases")
    assert ana.heard("cases.list")
    await ana.presses("cases|closed.0")
    assert sum("|look" in b["callback_data"] or ".look" in b["callback_data"] for b in buttons(ana.last)) == 8
    await ana.presses("cases|closed.1")
    assert sum(".look" in b["callback_data"] for b in buttons(ana.last)) == 1
    await ana.says("/cases nonsense.x")
    assert ana.heard("cases.list")
    await ana.says("/cases mine")
    assert ana.heard("cases.none")


async def test_a_case_goes_to_its_end_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    async with Candor(tmp_path, postgresql_url) as candor:
        house, ana, borrower = await alarmed(candor)
        await ana.presses("case|1.snooze")
        await ana.presses("=3")
        await ana.presses("=checking")
        await happens(candor, house, "public_record", ref="e-2", what="judgment")
        await alerting.escalate(replace(candor.context, clock=later(candor)))
        await candor.quiet()
        assert ana.sees("case.nobody_yet")
        await ana.presses("case|1.ack")
        await ana.presses("case|1.close")
        await ana.presses("=cured")
        assert ana.heard("case.closed")
        await ana.says("/cases closed")
        assert ana.heard("cases.list")
        assert [kind for kind, _ in await kinds(candor, borrower)] == [
            "alert", "snoozed", "alert", "escalated", "acknowledged", "closed",
        ]  # fmt: skip
        assert candor.refused_calls == []


def later(candor: Candor) -> Callable[[], dt.datetime]:
    """Tell the time of three hours from now."""
    then = candor.context.clock() + dt.timedelta(hours=3)
    return lambda: then
