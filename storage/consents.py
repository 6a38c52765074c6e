"""Consents: every decision ever made is a row; the last one per purpose counts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.tables import consents


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one purpose: the text's version, language and hash are those the person saw."""

    receipt: str
    purpose: str
    given: bool
    version: int
    language: str
    country: str
    text_hash: str
    method: str
    at: dt.datetime
    expires_at: dt.datetime | None

    def live(self, now: dt.datetime, version: int) -> bool:
        """Whether this decision permits the purpose now, under the text in force."""
        return self.given and self.version == version and (self.expires_at is None or self.expires_at > now)


async def record(connection: AsyncConnection, person: Person, decisions: Sequence[Decision]) -> None:
    """Store decisions; nothing is ever overwritten."""
    if not decisions:
        return
    await connection.execute(insert(consents), [{"person_id": person.id, **asdict(d)} for d in decisions])


async def history(connection: AsyncConnection, person: Person) -> list[Decision]:
    """List every decision, oldest first."""
    rows = await connection.execute(
        select(consents).where(consents.c.person_id == person.id).order_by(consents.c.id)
    )
    return [Decision(**{name: row[name] for name in Decision.__slots__}) for row in rows.mappings()]


async def latest(connection: AsyncConnection, person: Person) -> dict[str, Decision]:
    """Give the last decision per purpose."""
    return {decision.purpose: decision for decision in await history(connection, person)}


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [asdict(decision) for decision in await history(connection, person)]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all decisions of a person."""
    await connection.execute(delete(consents).where(consents.c.person_id == person.id))
