"""Notices: which officer was sent which alert, by which message, so that one who cannot be reached has a successor."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.outbox import WAITING
from storage.people import Person
from storage.tables import notices, outbox, people

ALERT, ESCALATED, NEXT = "alert", "escalated", "next"
"""Why somebody got one: concerned from the start, nobody acknowledged, or the one before could not be reached."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert to one officer."""

    id: int
    alert_id: int
    person_id: int
    outbox_id: int
    why: str
    at: dt.datetime
    failed_at: dt.datetime | None


async def told(connection: AsyncConnection, alert_id: int) -> set[int]:
    """Name the people who were sent an alert."""
    return set(await connection.scalars(select(notices.c.person_id).where(notices.c.alert_id == alert_id)))


async def note(
    connection: AsyncConnection, alert_id: int, officer: Person, outbox_id: int, why: str, now: dt.datetime
) -> bool:
    """Note that an officer is sent an alert; False when they were before."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "alert_id": alert_id,
        "person_id": officer.id,
        "outbox_id": outbox_id,
        "why": why,
        "at": now,
    }
    new = (
        dialect.insert(notices)
        .values(values)
        .on_conflict_do_nothing(index_elements=["alert_id", "person_id"])
    )
    return await connection.scalar(new.returning(notices.c.id)) is not None


async def carried_by(connection: AsyncConnection, outbox_id: int) -> Notice | None:
    """Give the notice that a message carries."""
    row = (await connection.execute(select(notices).where(notices.c.outbox_id == outbox_id))).mappings()
    found = row.one_or_none()
    return None if found is None else Notice(**{name: found[name] for name in Notice.__slots__})


async def failed(connection: AsyncConnection, ids: Collection[int], now: dt.datetime) -> None:
    """Note that notices did not reach their officers."""
    await connection.execute(update(notices).where(notices.c.id.in_(ids)).values(failed_at=now))


async def stands(connection: AsyncConnection, alert_id: int) -> bool:
    """Say whether an alert has come to somebody, or may do so yet."""
    on = (notices.c.alert_id == alert_id, notices.c.failed_at.is_(None))
    return await connection.scalar(select(notices.c.id).where(*on).limit(1)) is not None


async def recall(
    connection: AsyncConnection, lender_id: int, *, borrower: int | None = None, officer: int | None = None
) -> None:
    """Take back what is not sent yet to a lender's staff about a borrower, or to one of them, by their number.

    That is alerts, and whatever else is said in their cases. To be called where a watch or a role ends: what was put
    off until the morning is not to be sent then.
    """
    which = (
        outbox.c.about == borrower
        if officer is None
        else outbox.c.chat_id.in_(select(people.c.chat_id).where(people.c.id == officer))
    )
    here = (outbox.c.state == WAITING, outbox.c.lender_id == lender_id, which)
    await connection.execute(delete(outbox).where(*here))


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, notices, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's rows."""
    await plain.forget(connection, notices, person)
