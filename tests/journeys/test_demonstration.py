"""The demonstration: made-up borrowers, a month at the press of a button, and real people beside them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import settings, wire
from bot.demo.clock import Clock
from bot.demo.crowd import FIRST_CHAT
from bot.services import demonstrating
from bot.services.demonstrating import CLEARING, MAKING, NOTHING, PASSING, READY, State
from bot.settings import SettingsError
from engine.watch.standing import later
from storage import keyring, staff, tables
from tests import unhurried
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import known, scored

FEW = 60


class Desk(Candor):
    """Candor as `make run` starts it: without a token, so that it plays Telegram's part itself."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        super().__init__(folder, database_url)
        environ = {"CANDOR_DATA": str(folder), "DATABASE_URL": database_url}
        self.settings = settings.load(environ=environ | {"CANDOR_CONFIG": unhurried.config(folder)})


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(demonstrating, "COUNT", FEW)
    async with Desk(tmp_path, database_url) as candor:
        yield candor


async def newcomer(desk: Candor) -> Somebody:
    somebody = desk.person()
    await somebody.says("/start")
    await somebody.presses("=en")
    await somebody.presses("=us")
    return somebody


async def presses(somebody: Somebody, name: str) -> None:
    await somebody.presses(f"demo|{name}")
    await somebody.candor.quiet(60)


async def begun(desk: Candor) -> Somebody:
    officer = await newcomer(desk)
    await officer.says("/demo")
    await presses(officer, "start")
    return officer


async def state(desk: Candor) -> State:
    async with desk.context.database.read() as read:
        return await demonstrating.state_of(read)


async def count(desk: Candor, table: str, *where: object) -> int:
    chosen = select(func.count()).select_from(tables.metadata.tables[table])
    async with desk.context.database.read() as read:
        return int(await read.scalar(chosen.where(*where)) or 0)  # type: ignore[arg-type]  # conditions


async def test_a_newcomer_is_asked_first_and_becomes_an_officer(desk: Desk) -> None:
    officer = await newcomer(desk)
    await officer.says("/help")
    assert officer.heard("demo.help")
    await officer.says("/demo")
    assert officer.heard("demo.offer")
    assert await count(desk, "people") == 1
    await presses(officer, "start")
    assert officer.sees("demo.ready")
    assert await count(desk, "people") == 1 + FEW
    assert await count(desk, "watches") == FEW
    assert await count(desk, "alerts") == 0
    async with desk.context.database.read() as read:
        roles = {grant.role for grant in await staff.grants(read, await known(officer))}
        trail = list(await read.scalars(select(tables.audit.c.action)))
    assert roles == {"officer", "admin"}
    assert {"demo.start", "staff.joined"} <= set(trail)
    assert desk.refused_calls == []


async def test_months_pass_and_alerts_come_and_nobody_made_up_is_written_to(desk: Desk) -> None:
    officer = await begun(desk)
    before = desk.context.clock().date()
    for months in (1, 2, 3):
        await presses(officer, "month")
        assert officer.sees("demo.passed")
        assert desk.context.clock().date() == later(before, months)
    assert officer.sees("alert.officer")
    raised = await count(desk, "alerts")
    assert 3 <= raised <= 12
    made_up = tables.outbox.c.chat_id <= FIRST_CHAT
    assert await count(desk, "outbox", made_up) == 0
    assert desk.refused_calls == []
    assert await count(desk, "scores", tables.scores.c.cause == "event") > FEW


async def test_somebody_real_borrows_hears_of_it_and_the_case_comes_to_its_end(desk: Desk) -> None:
    officer = await begun(desk)
    borrower = await scored(desk)
    await borrower.says("/demo")
    await presses(borrower, "borrow")
    assert borrower.heard("demo.borrowed")
    await borrower.presses("watch|1.yes")
    await borrower.presses("=yes")
    await presses(officer, "month")
    assert borrower.sees("alert.borrower")
    mine = (await known(borrower)).handle
    alert = next(m for m in officer.chat if mine in text_of(m) and "case|" in str(m))
    row = alert["reply_markup"]["inline_keyboard"][0][0]["callback_data"].rpartition("|")[2].partition(".")[0]
    await officer.presses(f"case|{row}.ack")
    assert officer.heard("case.taken")
    await officer.presses(f"case|{row}.close")
    await officer.presses("=cured")
    assert officer.heard("case.closed")


async def test_the_clock_survives_a_restart_and_never_goes_back(desk: Desk) -> None:
    officer = await begun(desk)
    await presses(officer, "month")
    there = desk.context.clock()
    await desk.stop_bot()
    await desk.start_bot()
    assert desk.context.clock() > there
    assert isinstance(desk.context.clock, Clock)
    desk.context.clock.forward(0)
    assert desk.context.clock() > there
    await officer.says("/demo")
    await presses(officer, "clear")
    await presses(officer, "yes")
    assert desk.context.clock() > there
    assert (await state(desk)).stage == NOTHING


async def test_clearing_erases_everybody_made_up_and_it_can_begin_again(desk: Desk) -> None:
    officer = await begun(desk)
    await presses(officer, "month")
    await officer.says("/demo")
    await presses(officer, "clear")
    assert officer.heard("demo.clear_ask")
    await presses(officer, "yes")
    assert officer.sees("demo.cleared")
    assert await count(desk, "people") == 1
    assert await count(desk, "alerts") + await count(desk, "events") + await count(desk, "loans") == 0
    async with desk.context.vault.keys.read() as read:
        assert (await keyring.summary(read))[2] == FEW  # destroyed
    async with desk.context.database.read() as read:
        assert await staff.grants(read, await known(officer)) == []
    await officer.says("/demo")
    await presses(officer, "start")
    assert await count(desk, "watches") == FEW
    assert (await state(desk)).stage == READY


@pytest.mark.parametrize("stage", [MAKING, PASSING, CLEARING])
async def test_what_a_kill_cut_off_is_done_by_the_next_one(desk: Desk, stage: str) -> None:
    officer = await newcomer(desk)
    await officer.says("/demo")
    if stage != MAKING:
        await presses(officer, "start")
    if stage == CLEARING:
        await officer.says("/demo")
        await presses(officer, "clear")
    real, tried = demonstrating.work, 0

    async def dies(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise RuntimeError("killed")

    from bot.services import uses as front  # noqa: PLC0415 - its table is changed here

    front.DUE["demo"] = dies
    try:
        button = {MAKING: "start", PASSING: "month", CLEARING: "yes"}[stage]
        await officer.presses(f"demo|{button}")
        assert (await state(desk)).stage == stage
        assert tried > 0
        await officer.says("/demo")
        assert officer.heard("demo.busy")
    finally:
        front.DUE["demo"] = real


async def test_with_a_token_there_is_no_such_thing(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        somebody = await newcomer(candor)
        await somebody.says("/help")
        assert not somebody.heard("demo.help")
        await somebody.says("/demo")
        assert somebody.heard("help.unknown_command")
        assert await somebody.press_raw(somebody.last["message_id"], "m|demo|start") != ""
        assert (await state(candor)).stage == NOTHING


async def test_a_clock_put_forward_is_refused_with_a_token(desk: Desk, tmp_path: Path) -> None:
    officer = await begun(desk)
    await presses(officer, "month")
    environ = {
        "CANDOR_DATA": str(tmp_path),
        "DATABASE_URL": desk.settings.database_url,
        "BOT_TOKEN": "1:TEST",
    }
    with pytest.raises(SettingsError, match="clock"):
        await wire.build(settings.load(environ=environ))
