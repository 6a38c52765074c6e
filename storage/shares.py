"""Shares: which score a lender was shown, to whom there, why, and under which receipt. Never changed, only added.

The database takes a row only under a live receipt that names this very lender (migration 0003).
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.scores import resting_on_consent
from storage.tables import lenders, shares


@dataclass(frozen=True, slots=True)
class Share:
    """One look of a lender at one score; `officer` is a handle, `reason` a code."""

    lender_id: int
    score_id: int
    receipt: str
    officer: str
    reason: str
    at: dt.datetime


async def add(connection: AsyncConnection, person: Person, share: Share) -> None:
    """Store one; raises NoLiveReceipt when the consent has ended meanwhile."""
    with resting_on_consent():
        await connection.execute(insert(shares).values(person_id=person.id, **asdict(share)))


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; the lender is named."""
    shown = (shares.c.receipt, shares.c.officer, shares.c.reason, shares.c.at)
    chosen = (
        select(lenders.c.name.label("lender"), *shown)
        .join(lenders)
        .where(shares.c.person_id == person.id)
        .order_by(shares.c.id)
    )
    return [dict(row) for row in (await connection.execute(chosen)).mappings()]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's rows."""
    await plain.forget(connection, shares, person)
