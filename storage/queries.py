"""Score queries: collecting -> queued -> done (or stopped), with the time of each step."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.tables import people, queries

COLLECTING, QUEUED, DONE, STOPPED = "collecting", "queued", "done", "stopped"
SELF = "self"
"""A person's own look at their score: soft, it never counts as an enquiry."""
WATCH = "watch"
"""A new score that nobody asked for: something happened, or time passed."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query and how far it is."""

    id: int
    kind: str
    state: str
    opened_at: dt.datetime
    queued_at: dt.datetime | None
    done_at: dt.datetime | None


async def open_one(connection: AsyncConnection, person: Person, now: dt.datetime) -> int:
    """Start collecting; a query of the same person still collecting is stopped first."""
    await stop(connection, person, now)
    values = {"person_id": person.id, "kind": SELF, "state": COLLECTING, "opened_at": now}
    return int(await connection.scalar(insert(queries).values(values).returning(queries.c.id)) or 0)


async def queue(connection: AsyncConnection, person: Person, now: dt.datetime) -> int | None:
    """Queue the query being collected and give its id; None when there is none."""
    row = await latest(connection, person)
    if row is None or row.state != COLLECTING:
        return None
    await connection.execute(
        update(queries).where(queries.c.id == row.id).values(state=QUEUED, queued_at=now)
    )
    return row.id


async def finish(connection: AsyncConnection, query_id: int, state: str, now: dt.datetime) -> bool:
    """Move a queued query to done or stopped; False when it was not queued any more."""
    chosen = (queries.c.id == query_id) & (queries.c.state == QUEUED)
    changed = await connection.execute(update(queries).where(chosen).values(state=state, done_at=now))
    return changed.rowcount == 1


async def stop(connection: AsyncConnection, person: Person, now: dt.datetime) -> None:
    """Stop what is still collecting or queued."""
    chosen = (queries.c.person_id == person.id) & queries.c.state.in_((COLLECTING, QUEUED))
    await connection.execute(update(queries).where(chosen).values(state=STOPPED, done_at=now))


async def watched(connection: AsyncConnection, person: Person, now: dt.datetime) -> int:
    """Enter a query that nobody asked for and that is answered at once; gives its number."""
    values = {"person_id": person.id, "kind": WATCH, "state": DONE, "opened_at": now, "done_at": now}
    return int(await connection.scalar(insert(queries).values(values).returning(queries.c.id)) or 0)


async def latest(connection: AsyncConnection, person: Person) -> Query | None:
    """Give the newest query of the person's own."""
    own = (queries.c.person_id == person.id, queries.c.kind == SELF)
    chosen = select(queries).where(*own).order_by(queries.c.id.desc()).limit(1)
    row = (await connection.execute(chosen)).one_or_none()
    return (
        None if row is None else Query(row.id, row.kind, row.state, row.opened_at, row.queued_at, row.done_at)
    )


async def finished(connection: AsyncConnection, person: Person, since: dt.datetime) -> list[dt.datetime]:
    """List when the person's own queries were answered after `since`, the oldest first."""
    own = (queries.c.person_id == person.id, queries.c.kind == SELF, queries.c.state == DONE)
    chosen = select(queries.c.done_at).where(*own, queries.c.done_at > since).order_by(queries.c.done_at)
    return list((await connection.execute(chosen)).scalars())


async def expire(connection: AsyncConnection, country: str, before: dt.datetime) -> int:
    """Erase a country's queries ended before `before`, with the scores that came of them; gives their number."""
    theirs = select(people.c.id).where(people.c.country == country)
    old = delete(queries).where(queries.c.person_id.in_(theirs), queries.c.done_at < before)
    return (await connection.execute(old)).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    rows = await connection.execute(
        select(queries).where(queries.c.person_id == person.id).order_by(queries.c.id)
    )
    return [{name: row[name] for name in Query.__slots__} for row in rows.mappings()]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all queries of a person, and the scores that came of them."""
    await connection.execute(delete(queries).where(queries.c.person_id == person.id))
