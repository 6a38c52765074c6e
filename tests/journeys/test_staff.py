"""Staff in the chat: invited by name, joined by a link of one use, withdrawn from one moment to the next."""

import datetime as dt
import re

import pytest
from sqlalchemy import func, insert, select, update

from bot.services import staffing
from storage import lenders, people, staff, tables
from storage.audit import DENIED
from storage.people import HANDLE_LETTERS
from storage.tables import invites
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import known

CODE = re.compile(r"join-([0-9A-Z]{27})")


async def handle_of(somebody: Somebody) -> str:
    """The reference somebody reads in their settings."""
    await somebody.says("/settings")
    found = re.search(r"reference: ([0-9A-Z]{10})", text_of(somebody.last))
    assert found
    return found[1]


async def made(candor: Candor, somebody: Somebody, role: str, lender: str = "") -> Somebody:
    """Give somebody a role, as the shell does."""
    context = candor.context
    if not somebody.chat:
        await somebody.says("/start")
    async with context.database.write() as write:
        place = (
            await lenders.named(write, lender) or await lenders.add(write, lender, "us", context.clock())
            if lender
            else None
        )
        person = await people.find(write, context.vault, somebody.id)
        assert person is not None
        assert await staff.give(write, person, role, place.id if place else None, "shell", context.clock())
    return somebody


async def denied(candor: Candor) -> int:
    async with candor.context.database.read() as read:
        return (
            await read.scalar(
                select(func.count()).select_from(tables.audit).where(tables.audit.c.result == DENIED)
            )
            or 0
        )


async def invited(candor: Candor, role: str = "officer") -> tuple[Somebody, Somebody, str]:
    """An admin, somebody invited by them, and the code."""
    admin = await made(candor, candor.person(), "admin", "First Example Bank")
    guest = candor.person()
    await admin.says(f"/invite {role} {await handle_of(guest)}")
    found = CODE.search(text_of(admin.last))
    assert found, text_of(admin.last)
    return admin, guest, found[1]


async def test_an_admin_makes_an_officer(candor: Candor) -> None:
    admin, guest, code = await invited(candor)
    assert f"https://t.me/candor_local_bot?start=join-{code}" in text_of(admin.last)
    await guest.says(f"/start join-{code}")
    assert guest.heard("join.ask")
    assert "First Example Bank" in text_of(guest.last)
    await guest.presses(f"accept|{code}")
    assert guest.heard("join.done")
    await guest.says("/desk")
    assert "/look" in text_of(guest.last)
    assert "/invite" not in text_of(guest.last)
    await admin.says("/staff")
    assert await handle_of(guest) in text_of(admin.last) or admin.heard("staff.list")


async def test_a_code_works_once_for_one_person_for_a_day(candor: Candor) -> None:
    _, guest, code = await invited(candor)
    thief = await made(candor, candor.person(), "support")
    useless = [
        "join-" + code[:-1],
        "join-" + code.lower(),
        "join-",
        "x" * 64,
        "../etc",
        "eyJhIjoxfQ",
        "join-../..",
        "join",
    ]
    for payload in (f"join-{code}", *useless):
        await thief.says(f"/start {payload}")
        assert thief.heard("start.dead_link"), payload
    assert await thief.press_raw(thief.last["message_id"], f"m|accept|{code}") != ""
    await guest.says(f"/start join-{code}")
    await guest.presses(f"accept|{code}")
    for _ in range(2):  # used
        await guest.says(f"/start join-{code}")
        assert guest.heard("start.dead_link")
    assert await guest.press_raw(guest.last["message_id"], f"m|accept|{code}") != ""
    async with candor.context.database.read() as read:
        assert await read.scalar(select(func.count()).select_from(tables.staff)) == 3


@pytest.mark.parametrize("how", ["expired", "withdrawn", "inviter withdrawn", "lender closed"])
async def test_an_invitation_that_holds_no_more(candor: Candor, how: str) -> None:
    admin, guest, code = await invited(candor)
    context = candor.context
    await guest.says(f"/start join-{code}")
    if how == "withdrawn":
        await admin.says("/staff")
        await admin.presses("withdraw|i1")
        assert admin.heard("staff.uninvited")
    else:
        async with context.database.write() as write:
            if how == "expired":
                past = context.clock() - dt.timedelta(seconds=1)
                await write.execute(update(invites).values(expires_at=past))
            elif how == "lender closed":
                await lenders.close(write, 1, context.clock())
            else:
                await staff.end(write, 1, context.clock())
    assert await guest.presses(f"accept|{code}") != ""
    await guest.says(f"/start join-{code}")
    assert guest.heard("start.dead_link")
    await guest.says("/desk")
    assert guest.heard("help.unknown_command")


async def test_a_role_withdrawn_works_at_once_old_buttons_included(candor: Candor) -> None:
    operator = await made(candor, candor.person(), "operator")
    admin = await made(candor, candor.person(), "admin", "First Example Bank")
    await admin.says("/staff")
    old = admin.last["message_id"]
    assert admin.heard("staff.list")
    await operator.says("/staff")
    await operator.presses("withdraw|s2")
    assert operator.heard("staff.withdrawn")
    assert admin.heard("staff.ended")
    before = await denied(candor)
    assert await admin.press_raw(old, "m|withdraw|s2") == await admin.press_raw(old, "m|nonsense|s2") != ""
    for command in ("/staff", "/invite officer 7KQ2MXW4RB", "/desk", "/look 7KQ2MXW4RB"):
        await admin.says(command)
        assert admin.heard("help.unknown_command"), command
    assert await denied(candor) == before + 6


async def test_an_admin_gives_roles_of_their_own_lender_only(candor: Candor) -> None:
    admin = await made(candor, candor.person(), "admin", "First Example Bank")
    other = await made(candor, candor.person(), "officer", "Second Example Bank")
    guest = await handle_of(candor.person())
    for words in (f"support {guest}", f"operator {guest}", f"officer {guest} Second Example Bank",
                  f"officer {await handle_of(admin)}", "officer 7KQ2MXW4RB"):  # fmt: skip
        await admin.says(f"/invite {words}")
        assert admin.heard("desk.nothing"), words
    await admin.says("/staff")
    assert await handle_of(other) not in text_of(admin.last)
    toast = await admin.press_raw(admin.last["message_id"], "m|withdraw|s2")
    assert toast == await admin.press_raw(admin.last["message_id"], "m|withdraw|s99")
    async with candor.context.database.read() as read:
        assert len(await staff.members(read)) == 2
        assert await read.scalar(select(func.count()).select_from(invites)) == 0


async def test_four_eyes_in_the_chat(candor: Candor) -> None:
    one = await made(candor, candor.person(), "operator")
    two = await made(candor, candor.person(), "operator")
    await one.says("/propose lender.close lender:3")
    assert one.heard("approval.asked")
    assert two.heard("approval.told")
    await one.says("/approvals")
    assert one.heard("approval.list")
    assert await one.press_raw(one.last["message_id"], "m|approve|1") != "", "never one's own"
    await two.says("/approvals")
    await two.presses("approve|1")
    assert two.heard("approval.approved")
    from bot.services import foureyes  # noqa: PLC0415 - only here

    context = candor.context
    async with context.database.write() as write:
        assert not await foureyes.use(write, "lender.close", "lender:4", context.clock())
        assert await foureyes.use(write, "lender.close", "lender:3", context.clock())
        assert not await foureyes.use(write, "lender.close", "lender:3", context.clock()), "once"
    assert await two.presses("approve|1") != ""


def test_a_code_cannot_be_guessed() -> None:
    assert len(set(HANDLE_LETTERS)) ** staffing.CODE_LENGTH >= 2**128


async def test_a_role_written_into_the_database_by_hand_gives_nothing(candor: Candor) -> None:
    mallory = await candor.person().enrols("us")
    person, context = await known(mallory), candor.context
    async with context.database.write() as write:
        forged = {"role": "operator", "given_by": "shell", "given_at": context.clock(), "row_version": 1}
        await write.execute(insert(tables.staff).values(person_id=person.id, role_sealed=b"", **forged))
    await mallory.says("/health")
    assert mallory.heard("help.unknown_command")
    async with context.database.read() as read:
        found = await read.scalars(
            select(tables.audit.c.object).where(tables.audit.c.action == "damage.found")
        )
    assert set(found) == {"staff.role_sealed"}


async def test_an_ended_role_does_not_come_back_by_hand(candor: Candor) -> None:
    sam = candor.person()
    await sam.says("/start")
    context, person = candor.context, await known(sam)
    async with context.database.write() as write:
        await staff.give(write, person, "operator", None, "shell", context.clock())
        [grant] = await staff.grants(write, person)
        assert await staff.end(write, grant.row, context.clock())
        await write.execute(update(tables.staff).values(ended_at=None))
        assert await staff.grants(write, person) == []
