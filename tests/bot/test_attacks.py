"""What attackers tried with success once, and must not get again. docs/attacks.md tells all that was tried."""

from typing import Any

from sqlalchemy import delete, update

from storage.tables import people
from tests.chat import Candor, Somebody, text_of
from tests.journeys.conftest import candor
from tests.journeys.staffed import known, scored

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
