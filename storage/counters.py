"""Counters: how often somebody did something within a window of time. Counting and asking are one statement."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import counters


@dataclass(frozen=True, slots=True)
class Spent:
    """One more time: whether it is within the limit, how often that was, in how many seconds the next window begins."""

    allowed: bool
    used: int
    retry_after: int


# an upsert locks its row: of two that come at once, the second counts on from the first
_MORE = {
    kind.__name__.rpartition(".")[2]: made.on_conflict_do_update(
        index_elements=["person_id", "name", "slot"], set_={"used": counters.c.used + 1}
    ).returning(counters.c.used)
    for kind in (sqlite, postgresql)
    for made in (kind.insert(counters),)
}
_OLD = delete(counters).where(
    counters.c.person_id == bindparam("person"),
    counters.c.name == bindparam("what"),
    counters.c.slot < bindparam("before"),
)


async def spend(
    connection: AsyncConnection, person_id: int, name: str, most: int, span: dt.timedelta, now: dt.datetime
) -> Spent:
    """Count one more time in the window of `span` that `now` lies in (windows begin at multiples since 1970)."""
    seconds = int(span.total_seconds())
    slot, passed = divmod(int(now.timestamp()), seconds)
    values = {"person_id": person_id, "name": name, "slot": slot, "used": 1}
    used = int(await connection.scalar(_MORE[connection.dialect.name], values) or 0)
    if used == 1:  # a new window: those before it say nothing any more
        await connection.execute(_OLD, {"person": person_id, "what": name, "before": slot})
    return Spent(used <= most, used, seconds - passed)


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, counters, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's counters."""
    await plain.forget(connection, counters, person)
