"""Subscriptions: who wants to hear of what without having asked just now. Nobody does until they say so.

`at` is since when. Of the weekly tip, `week` is the last one that somebody had: there is one a week at most.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import people, subscriptions

BULLETIN, TIP = KINDS = ("bulletin", "tip")
OFFERED = "offered"
"""Not one: that they were asked, once."""


async def of(connection: AsyncConnection, person: Person) -> set[str]:
    """Name what somebody subscribed to; OFFERED among it when they were asked."""
    chosen = select(subscriptions.c.kind).where(subscriptions.c.person_id == person.id)
    return set(await connection.scalars(chosen))


async def put(connection: AsyncConnection, person: Person, kind: str, now: dt.datetime) -> None:
    """Subscribe somebody; a second time changes nothing."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(subscriptions).values(person_id=person.id, kind=kind, at=now)
    await connection.execute(new.on_conflict_do_nothing())


async def end(connection: AsyncConnection, person: Person, kind: str) -> None:
    """Take a subscription away."""
    mine = (subscriptions.c.person_id == person.id, subscriptions.c.kind == kind)
    await connection.execute(delete(subscriptions).where(*mine))


async def count(connection: AsyncConnection, kind: str) -> int:
    """Count who wants to hear of something."""
    chosen = select(func.count()).select_from(subscriptions).where(subscriptions.c.kind == kind)
    return int(await connection.scalar(chosen) or 0)


async def after(connection: AsyncConnection, kind: str, person_id: int, most: int) -> list[int]:
    """List the next subscribers behind a person, by number."""
    here = (subscriptions.c.kind == kind, subscriptions.c.person_id > person_id)
    chosen = select(subscriptions.c.person_id).where(*here).order_by(subscriptions.c.person_id).limit(most)
    return list(await connection.scalars(chosen))


async def due(
    connection: AsyncConnection, country: str, week: int, before: dt.datetime, most: int
) -> list[int]:
    """List subscribers of the tip in a country who have not had this week's, by number.

    Whoever subscribed after `before`, when it was time for it, waits for the next.
    """
    mine = (subscriptions.c.kind == TIP, subscriptions.c.at <= before, people.c.country == country)
    not_yet = subscriptions.c.week.is_(None) | (subscriptions.c.week < week)
    chosen = (
        select(subscriptions.c.person_id)
        .join(people, people.c.id == subscriptions.c.person_id)
        .where(*mine, not_yet)
        .order_by(subscriptions.c.person_id)
        .limit(most)
    )
    return list(await connection.scalars(chosen))


async def had(connection: AsyncConnection, numbers: Sequence[int], week: int) -> None:
    """Note that subscribers are done with a week's tip, whether it could be sent to them or not."""
    here = (subscriptions.c.kind == TIP, subscriptions.c.person_id.in_(numbers))
    await connection.execute(update(subscriptions).where(*here).values(week=week))


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, subscriptions, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's subscriptions."""
    await plain.forget(connection, subscriptions, person)
