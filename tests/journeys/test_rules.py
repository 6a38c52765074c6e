"""A lender's admin decides when its officers are warned, and reads what their alerts were worth."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.services import judging
from storage import cases, lender_rules
from storage.lenders import Lender
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, lender, serves
from tests.journeys.watched import bank, happens, watched


async def rules_of(candor: Candor, house: Lender) -> dict[str, object]:
    async with candor.context.database.read() as read:
        return dict(await lender_rules.find(read, house.id))


async def admin(candor: Candor, language: str = "en") -> tuple[Lender, Somebody]:
    house, _ = await bank(candor, COUNTRIES[language])
    return house, await serves(candor.person(language=LANGUAGES[language]), "admin", house)


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_rule_is_read_in_words_and_changed_by_a_number(candor: Candor, language: str) -> None:
    house, adam = await admin(candor, language)
    await adam.says("/rules")
    assert adam.heard("rules.list")
    for kind in ("points", "band", "late", "over_limit", "public_record", "income_fall", "pd", "default"):
        assert adam.heard(f"rules.kind.{kind}"), kind
    await adam.presses(f"rules|{house.id}.score_fall")
    await adam.presses("=points")
    await adam.says("-3")
    assert adam.heard("wrong.rule_number")
    await adam.says("9999")
    assert adam.heard("wrong.rule_number")
    await adam.says("25")
    assert adam.heard("rules.changed")
    assert await rules_of(candor, house) == {"rules": {"score_fall": {"points": 25}}}
    await adam.presses(f"rules|{house.id}.score_fall")
    await adam.presses("=severity")
    await adam.presses("=high")
    await adam.presses(f"rules|{house.id}.late_first")
    await adam.presses("=off")
    assert adam.heard("rules.line.off")
    changed = await rules_of(candor, house)
    assert changed["rules"] == {"score_fall": {"points": 25, "severity": "high"}, "late_first": {"off": True}}
    await adam.presses(f"rules|{house.id}.common")
    await adam.presses("=escalate_minutes")
    await adam.says("45")
    assert (await rules_of(candor, house))["escalate_minutes"] == 45
    for name in ("late_first", "score_fall", "common"):
        await adam.presses(f"rules|{house.id}.{name}")
        await adam.presses("=on" if name == "late_first" else "=default")
    assert await rules_of(candor, house) == {"rules": {}}
    assert candor.refused_calls == []


async def test_a_rule_that_is_off_warns_nobody(candor: Candor) -> None:
    house, officer, _ = await watched(candor)
    adam = await serves(candor.person(), "admin", house)
    for name in ("late_first", "score_fall", "band_fall", "high_risk"):
        await adam.says(f"/rules {house.id}.{name}")
        await adam.presses("=off")
    await happens(candor, house, "instalment_late", days=12)
    assert not officer.sees("alert.officer")
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    assert officer.sees("alert.officer")


async def test_only_the_lenders_own_admin_comes_to_its_rules(candor: Candor) -> None:
    house, adam = await admin(candor)
    other = await serves(candor.person(), "admin", await lender(candor, "Second Bank"))
    officer = await serves(candor.person(), "officer", house)
    await adam.says("/rules")
    data = next(b["callback_data"] for b in buttons(adam.last))
    for one in (other, officer):
        assert await one.press_raw(one.last["message_id"], data)
        assert not one.sees("rules.what")
    await adam.presses(data)
    await adam.presses("=off")
    for argument in (f"{house.id}.nonsense", "x", f"{house.id}", "99999.late_first"):
        await adam.says(f"/rules {argument}")
        assert adam.heard("desk.nothing"), argument
    assert len((await rules_of(candor, house))["rules"]) == 1  # type: ignore[arg-type]  # a table of changes


async def test_the_ledger_tells_what_alerts_were_worth(candor: Candor) -> None:
    house, officer, borrower = await watched(candor)
    adam = await serves(candor.person(), "admin", house)
    await adam.says("/ledger")
    assert adam.heard("ledger.nothing")
    await happens(candor, house, "instalment_late", days=12)
    person, now = await known(borrower), candor.context.clock()
    async with candor.context.database.write() as write:
        await cases.change(write, 1, contacted_at=now + dt.timedelta(hours=5))
        await cases.close(write, 1, "cured", now)
    await adam.says("/ledger")
    assert adam.heard("ledger.text")
    assert "late_first" in text_of(adam.last)
    assert person.handle not in text_of(adam.last)
    then = replace(candor.context, clock=lambda: now + dt.timedelta(days=400))
    async with candor.context.database.read() as read:
        found = await judging.judge(then, read, house)
    assert (found.together.alerts, found.together.undecided) == (1, 0)
    assert found.together.figures.precision.value == 0
    assert found.together.cured.value == 1
    assert found.together.contact_hours == pytest.approx(5, abs=0.1)
    await happens(candor, house, "default", ref="e-9")
    async with candor.context.database.read() as read:
        found = await judging.judge(candor.context, read, house)
    assert found.together.figures.bad == 1
    assert found.together.missed == 1, "no alert 30 days before"
    await officer.says("/ledger")
    assert officer.heard("desk.nothing") or officer.heard("help.unknown_command")
