"""The PIN: changed, forgotten, locked; and asked for before anything that only its owner may do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import audit, pins
from tests.chat import IDS, PHONES, Candor, Somebody, text_of
from tests.journeys.staffed import known, scored

PIN, NEW = "482915", "739164"


async def trail(candor: Candor) -> list[tuple[str, str]]:
    async with candor.context.database.read() as read:
        return [(row.action, row.result) for row in await audit.newest(read, 50)]


async def opens(somebody: Somebody, pin: str) -> bool:
    """Whether a PIN opens the export."""
    before = sum("document" in m for m in somebody.chat)
    await somebody.says("/export")
    await somebody.says(pin)
    return sum("document" in m for m in somebody.chat) > before


async def test_the_old_one_first_then_a_strong_new_one(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/pin")
    assert maria.heard("pin.ask_pin")
    await maria.says("111111")
    assert maria.heard("pin.wrong")
    await maria.says("/pin")
    await maria.says(PIN)
    assert maria.heard("pin.ask_new")
    for weak in ("123456", "111111", "010190", "550142", "904399"):  # a date, their own phone, their own ID
        await maria.says(weak)
        assert maria.heard("wrong.pin_weak"), weak
    await maria.says(NEW)
    assert maria.heard("pin.changed")
    assert all(text_of(m) not in {PIN, NEW, "123456"} for m in maria.chat)
    assert not await opens(maria, PIN)
    assert await opens(maria, NEW)
    assert ("pin.changed", "done") in await trail(candor)


async def test_a_proof_does_not_stay_open(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/pin")
    await maria.says(PIN)
    context = candor.context
    later = replace(context, clock=lambda: context.clock() + timedelta(minutes=11))
    candor.front._context = later
    await maria.says(NEW)
    assert maria.heard("pin.too_late")
    candor.front._context = context
    assert await opens(maria, PIN)


async def test_a_forgotten_one_is_replaced_by_whoever_the_registration_names(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/pin")
    await maria.presses("=forgotten")
    assert maria.heard("pin.ask_contact")
    await maria.says(PHONES["us"])
    assert maria.heard("wrong.share_contact")
    await maria.shares_contact(owner=4711)
    assert maria.heard("wrong.contact")
    await maria.shares_contact()
    assert maria.heard("pin.ask_id")
    await maria.says(IDS["us"])
    assert maria.heard("pin.ask_new")
    assert not any(IDS["us"] in text_of(m) for m in maria.chat)
    await maria.says(NEW)
    assert maria.heard("pin.changed")
    assert await opens(maria, NEW)
    assert ("pin.reset", "done") in await trail(candor)


@pytest.mark.parametrize("wrong", ["phone", "id"])
async def test_nobody_else_gets_a_new_pin(candor: Candor, wrong: str) -> None:
    maria = await scored(candor)
    for attempt in range(4):
        await maria.says("/pin")
        await maria.presses("=forgotten")
        await maria.shares_contact("+12025550199" if wrong == "phone" else "")
        await maria.says(IDS["us"] if wrong == "phone" or attempt == 3 else "536-90-4398")
        assert maria.heard("pin.not_you"), attempt  # the fourth on a day is not even looked at
    assert ("pin.reset", "denied") in await trail(candor)
    assert await opens(maria, PIN)


async def test_a_lock_is_told_once_and_a_closed_pin_leads_to_a_new_one(candor: Candor) -> None:
    maria = await scored(candor)
    for _ in range(7):
        await maria.says("/export")
        await maria.says("111112")
    assert sum("Wrong PINs were typed" in text_of(m) for m in maria.chat) == 1
    assert maria.heard("pin.locked")
    assert ("pin.locked", "failed") in await trail(candor)
    context, person = candor.context, await known(maria)
    limits = pins.Limits(5, 10, timedelta(minutes=15))
    async with context.database.write() as write:
        for hours in range(1, 6):
            await pins.spend(write, person.id, limits, context.clock() + timedelta(hours=hours))
    await maria.says("/export")
    await maria.says(PIN)
    assert maria.heard("pin.closed")
    await maria.presses("m|pin|")
    await maria.presses("=forgotten")
    await maria.shares_contact()
    await maria.says(IDS["us"])
    await maria.says(NEW)
    assert await opens(maria, NEW)


async def test_the_phone_moves_to_the_sender_s_own_number_only(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/phone")
    await maria.says("111112")
    assert maria.heard("pin.wrong")
    await maria.says("/phone")
    await maria.says(PIN)
    assert maria.heard("phone.ask_contact")
    await maria.says("+12025550177")
    assert maria.heard("wrong.share_contact")
    await maria.shares_contact("+12025550177", owner=4711)
    assert maria.heard("wrong.contact")
    await maria.shares_contact("+12025550177")
    assert maria.heard("phone.changed")
    assert "+12025550177" not in text_of(maria.last)
    (person,) = (await maria.stored())["people"]
    assert person["phone"] == "+12025550177"
    assert ("phone.changed", "done") in await trail(candor)


async def test_there_is_nothing_to_change_before_the_registration(candor: Candor) -> None:
    maria = candor.person()
    for command in ("/pin", "/phone"):
        await maria.says(command)
        assert maria.heard("pin.none"), command
