"""Accesses: who looked at what of a person, when, in which role and why. The person reads them with /access."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import accesses, lenders


@dataclass(frozen=True, slots=True)
class Access:
    """One look: `actor` is a handle, `action` and `reason` are codes; `lender` is its name where it was for one."""

    actor: str
    role: str
    action: str
    reason: str
    at: dt.datetime
    receipt: str | None = None
    lender: str | None = None


async def note(
    connection: AsyncConnection, person: Person, access: Access, lender_id: int | None = None
) -> None:
    """Store one; what names the lender is `lender_id`."""
    columns = {name: getattr(access, name) for name in Access.__slots__ if name != "lender"}
    await connection.execute(insert(accesses).values(person_id=person.id, lender_id=lender_id, **columns))


async def recent(connection: AsyncConnection, person: Person, most: int) -> list[Access]:
    """List the newest, newest first."""
    chosen = (
        select(accesses, lenders.c.name.label("lender"))
        .join(lenders, isouter=True)
        .where(accesses.c.person_id == person.id)
        .order_by(accesses.c.id.desc())
        .limit(most)
    )
    rows = (await connection.execute(chosen)).mappings()
    return [Access(**{name: row[name] for name in Access.__slots__}) for row in rows]


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase looks older than `before`; gives their number."""
    return (await connection.execute(delete(accesses).where(accesses.c.at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    found = await recent(connection, person, most=100_000)
    return [{name: getattr(access, name) for name in Access.__slots__} for access in found[::-1]]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's rows."""
    await plain.forget(connection, accesses, person)
