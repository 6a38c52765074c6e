"""Marks: small facts about the installation itself, by name, each with its time: the model in use, what ran when."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import marks

BOT = "bot.name"
"""Where the front notes the bot's own name: links to it need one."""

TRAIL = "trail.sound"
"""When the whole audit trail was last found to be as it was written."""

COUNTED = "counted."
"""How the names of marks begin that only count something for a day."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value and when it was noted."""

    value: str
    at: dt.datetime


async def find(connection: AsyncConnection, name: str) -> Mark | None:
    """Give a mark by its name."""
    row = (await connection.execute(select(marks).where(marks.c.name == name))).one_or_none()
    return None if row is None else Mark(row.value, row.at)


async def put(connection: AsyncConnection, name: str, value: str, now: dt.datetime) -> None:
    """Note a value under a name, in the place of what was noted before."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(marks).values(name=name, value=value, at=now)
    again = new.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": now})
    await connection.execute(again)


async def move(connection: AsyncConnection, name: str, before: str, after: str, now: dt.datetime) -> bool:
    """Note a value in the place of the one that was read; False when somebody else has noted another meanwhile."""
    read = update(marks).where(marks.c.name == name, marks.c.value == before)
    return (await connection.execute(read.values(value=after, at=now))).rowcount == 1


async def more(connection: AsyncConnection, name: str, now: dt.datetime) -> int:
    """Count one more under a name; gives how many that makes."""
    chosen = select(marks.c.value).where(marks.c.name == name).with_for_update()
    used = int(await connection.scalar(chosen) or 0) + 1
    await put(connection, name, str(used), now)
    return used


async def prune(connection: AsyncConnection, before: dt.datetime) -> int:
    """Drop what was counted last before `before`; gives the number of marks."""
    old = delete(marks).where(marks.c.name.startswith(COUNTED, autoescape=True), marks.c.at < before)
    return (await connection.execute(old)).rowcount


async def forget(connection: AsyncConnection, name: str) -> None:
    """Drop a mark."""
    await connection.execute(delete(marks).where(marks.c.name == name))
