"""What attackers tried with success once, and must not get again. docs/attacks.md tells all that was tried."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from bot import jobs
from storage import disputes, facts
from storage.tables import marks, people
from tests.chat import IDS, Candor, Somebody, text_of
from tests.journeys.conftest import candor
from tests.journeys.staffed import known, scored, serves
from tests.journeys.test_staff import CODE, handle_of, made

__all__ = ["candor"]


async def altered(candor: Candor, somebody: Somebody, **changes: Any) -> None:
    """Alter somebody's row, as the owner of the database can."""
    async with candor.context.database.write() as write:
        await write.execute(update(people).where(people.c.chat_id == somebody.id).values(changes))


async def test_a_chat_put_in_the_place_of_anothers_is_told_nothing(candor: Candor) -> None:
    maria, thief = await scored(candor), candor.person(name="Thief")
    await thief.says("/start")
    async with candor.context.database.write() as write:
        await write.execute(delete(people).where(people.c.chat_id == thief.id))
    await altered(candor, maria, chat_id=thief.id, registered_at=None)
    for words in ("/history", "/export", "/access", "/delete"):
        await thief.says(words)
        assert [text_of(m) for m in thief.said_to_me] == [text_of(thief.last)], words
        assert thief.heard("sorry.text"), words


async def test_a_handle_put_in_the_place_of_anothers_destroys_nobodys_key(candor: Candor) -> None:
    maria, thief = await scored(candor), await candor.person().enrols("mx")
    victim, own = (await known(maria)).handle, (await known(thief)).handle
    await altered(candor, maria, handle="2222222222")
    await altered(candor, thief, handle=victim)
    await thief.says("/delete")
    await thief.says("482915")
    await altered(candor, thief, handle=own)
    await altered(candor, maria, handle=victim)
    await maria.says("/history")
    assert maria.heard("history.one")


async def test_who_registered_is_asked_for_the_pin_whatever_the_row_says(candor: Candor) -> None:
    maria = await scored(candor)
    await altered(candor, maria, registered_at=None)
    await maria.says("/export")
    assert maria.heard("export.ask_pin")


CARD = "4111111111111111"


@pytest.mark.parametrize(
    "words",
    [f"/{CARD}", f"/help\n{CARD}", f"/help@{CARD}", f"/start join-{CARD}", "/pin 482915", f"/x@y {CARD}"],
)
async def test_a_secret_in_a_command_is_taken_out_of_the_chat(candor: Candor, words: str) -> None:
    maria = await candor.person().says("/start")
    await maria.says(words)
    assert words not in [text_of(m) for m in maria.chat]
    assert maria.heard("guard.card") or maria.heard("guard.code")


async def test_a_flood_does_not_keep_a_card_behind_a_slash(tmp_path: Path) -> None:
    async with Candor(tmp_path, limited=True) as candor:
        maria = candor.person()
        for _ in range(candor.settings.config.limits.updates + 3):
            await maria.says("/help")
        await maria.says(f"/{CARD}")
        assert f"/{CARD}" not in [text_of(m) for m in maria.chat]


async def test_a_decision_meant_for_one_dispute_never_falls_on_the_next(candor: Candor) -> None:
    """SQLite gives the number of a row that is gone to the next one."""
    support, context = await serves(candor.person(), "support"), candor.context
    maria, juana = await scored(candor), await scored(candor, "es", "mx")
    for who, name in ((maria, "public_records"), (juana, "total_owed")):
        async with context.database.write() as write:
            await facts.put(write, await known(who), {name: 3}, "bureau", context.clock())
        await who.says("/dispute")
        await who.presses(f"{name}.bureau")
        await who.says("That is not me at all.")
        await who.presses("=yes")
        if who is maria:
            await support.says("/disputes")
            await support.presses("disputes|1")
            await maria.says("/delete")
            await maria.says("482915")
    await support.presses("=correct")
    await support.says("0")
    assert not support.heard("disputes.decided")
    async with context.database.read() as read:
        (waiting,) = await disputes.waiting(read)
    assert waiting.handle == (await known(juana)).handle


async def test_deleting_everything_gives_no_more_tries_at_other_peoples_numbers(tmp_path: Path) -> None:
    async with Candor(tmp_path, limited=True) as candor:
        most = candor.settings.config.limits.signups_a_day
        now = candor.context.clock()
        taken = candor.person()
        await taken.enrols("us")
        assert taken.heard("register.done")
        guesser, told = candor.person(), 0
        for attempt in range(most + 2):
            await guesser.says("/start")
            await guesser.presses("=en")
            await guesser.presses("=us")
            await guesser.decides({})
            for words in ("Maria Lopez", "+12025550142", "34", IDS["us"], "482915"):
                await guesser.says(words)
            told += guesser.heard("register.taken")
            assert guesser.heard("register.taken" if attempt < most else "limit.signups")
            await guesser.says("/delete")
            await guesser.presses("=yes")
        assert told == most
        assert await counted(candor) == 2
        object.__setattr__(candor.context, "clock", lambda: now + timedelta(days=2))
        await jobs.tidy(candor.context)
        assert await counted(candor) == 0


async def test_an_operator_does_not_agree_with_a_second_self(candor: Candor) -> None:
    one, two = (
        await made(candor, candor.person(), "operator"),
        await made(candor, candor.person(), "operator"),
    )
    start = candor.context.clock()
    clock = {"now": start + timedelta(days=4)}
    object.__setattr__(candor.context, "clock", lambda: clock["now"])
    puppet = candor.person()
    await one.says(f"/invite operator {await handle_of(puppet)}")
    code = CODE.search(text_of(one.last))
    assert code
    await puppet.says(f"/start join-{code[1]}")
    await puppet.presses(f"accept|{code[1]}")
    assert two.sees("approval.newcomer")
    await one.says("/propose keys.rotate")
    await puppet.says("/approvals")
    await puppet.presses("|approve|1")
    assert puppet.heard("approval.too_new")
    await puppet.says("/propose keys.rotate x")
    await one.says("/approvals")
    await one.presses("|approve|2")
    assert one.heard("approval.too_new"), "nor with what it asks for"
    await two.says("/approvals")
    await two.presses("|approve|1")
    assert two.heard("approval.approved")
    clock["now"] += timedelta(days=4)
    await one.says("/propose keys.rotate y")
    await puppet.says("/approvals")
    await puppet.presses("|approve|3")
    assert puppet.heard("approval.approved")


async def counted(candor: Candor) -> int:
    async with candor.context.database.read() as read:
        chosen = select(func.count()).select_from(marks).where(marks.c.name.like("counted.%"))
        return int(await read.scalar(chosen) or 0)


async def test_what_a_person_says_is_nothing_to_press_for_who_decides(candor: Candor) -> None:
    """A messenger turns addresses, names and commands in bare words into links by itself."""
    support, maria, context = await serves(candor.person(), "support"), await scored(candor), candor.context
    async with context.database.write() as write:
        await facts.put(write, await known(maria), {"public_records": 3}, "bureau", context.clock())
    await maria.says("/dispute")
    await maria.presses("public_records.bureau")
    words = '<a href="tg://user?id=1">Help</a> http://evil.example @admin /approve'
    await maria.says(words)
    await maria.presses("=yes")
    await support.says("/disputes")
    await support.presses("disputes|1")
    (case,) = [m for m in support.said_to_me if "evil.example" in text_of(m)]
    assert words in text_of(case)
    assert {entity["type"] for entity in case["entities"]} == {"bold", "code"}
