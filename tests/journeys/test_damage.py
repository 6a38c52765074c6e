"""What does not open is told to the trail and keeps nobody from an answer, not even whose it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import audit, keyring, tables
from tests.chat import Candor, Somebody


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


async def spoil(candor: Candor, column: Any, change: Callable[[bytes], bytes] = flipped) -> int:
    """Damage every value of a column; gives how many there were."""
    table = column.table
    async with candor.context.database.write() as write:
        keys = [*table.primary_key.columns]
        rows = (await write.execute(select(*keys, column).where(column.is_not(None)))).all()
        for row in rows:
            here = [key == value for key, value in zip(keys, row, strict=False)]
            await write.execute(update(table).where(*here).values({column.name: change(row[-1])}))
    return len(rows)


async def damages_noted(candor: Candor) -> set[str]:
    async with candor.context.database.read() as read:
        return {row.object for row in await audit.newest(read, 200) if row.action == "damage.found"}


async def answered(person: Somebody, *words: str) -> None:
    for said in words:
        await person.says(said)
        assert person.said_to_me, said


async def test_every_damaged_kind_of_value_leaves_an_answer(tmp_path: Path, database_url: str) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    async with Candor(tmp_path / "data", url) as candor:
        maria = await candor.person().enrols("us")
        await maria.answers()
        await maria.gets_score()
        other = await candor.person(phone="+12025550143").says("/start")

        for column, words in (
            (tables.facts.c.value_sealed, ("/score", "8000")),
            (tables.dialogs.c.state_sealed, ("12", "/start")),
            (tables.scores.c.score_sealed, ("/history", "/score")),
            (tables.pins.c.hash_sealed, ("/export", "482915", "/delete", "482915")),
            (tables.people.c.profile_sealed, ("/export", "/help", "/delete")),
        ):
            assert await spoil(candor, column), column
            await answered(maria, *words)
            await other.says("/help")
            assert other.said_to_me

        places = {"facts.value_sealed", "dialogs.state_sealed", "scores.score_sealed"}
        assert await damages_noted(candor) >= places | {"people.profile_sealed", "pins.hash_sealed"}
        assert candor.refused_calls == []


@pytest.mark.parametrize("lost", [False, True])
async def test_a_person_without_a_key_keeps_nobody_out(tmp_path: Path, *, lost: bool) -> None:
    """A damaged keyring, or an older one brought back."""
    async with Candor(tmp_path) as candor:
        maria, other = candor.person(), candor.person()
        await maria.says("/start")
        await other.says("/start")
        async with candor.context.vault.keys.write() as write, candor.context.database.read() as read:
            key = await read.scalar(select(tables.people.c.key_id).where(tables.people.c.chat_id == maria.id))
            row = keyring.keys.c.id == key
            change = keyring.keys.delete() if lost else keyring.keys.update().values(wrapped=b"junk")
            await write.execute(change.where(row))
        await candor.stop_bot()  # it remembers keys
        await candor.start_bot()
        await maria.says("/help")
        assert maria.heard("sorry.text")
        await other.says("/help")
        assert not other.heard("sorry.text")
        assert other.said_to_me
        assert await damages_noted(candor) == {"data_keys.wrapped"}
