"""Ratings: how many stars borrowers give a lender where they have or had a loan; one voice each."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.tables import lenders, ratings

MOST = 5
"""Stars."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a lender's borrowers think of it together."""

    count: int
    stars: int

    @property
    def average(self) -> Decimal:
        """Give the stars on average, to a tenth."""
        return (Decimal(self.stars) / max(self.count, 1)).quantize(Decimal("0.1"))


async def put(
    connection: AsyncConnection, person: Person, lender_id: int, stars: int, now: dt.datetime
) -> None:
    """Store a person's stars for a lender, in the place of earlier ones."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(ratings).values(person_id=person.id, lender_id=lender_id, stars=stars, at=now)
    changed = {"stars": stars, "at": now}
    again = new.on_conflict_do_update(index_elements=["person_id", "lender_id"], set_=changed)
    await connection.execute(again)


async def of_lender(connection: AsyncConnection, lender_id: int) -> Summary:
    """Sum up the ratings of a lender."""
    chosen = select(func.count(), func.coalesce(func.sum(ratings.c.stars), 0)).where(
        ratings.c.lender_id == lender_id
    )
    count, stars = (await connection.execute(chosen)).one()
    return Summary(int(count), int(stars))


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase ratings given before `before`; gives their number."""
    return (await connection.execute(delete(ratings).where(ratings.c.at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    chosen = select(lenders.c.name, ratings.c.stars, ratings.c.at).join(
        lenders, lenders.c.id == ratings.c.lender_id
    )
    mine = chosen.where(ratings.c.person_id == person.id).order_by(ratings.c.id)
    found = (await connection.execute(mine)).all()
    return [{"lender": row.name, "stars": row.stars, "at": row.at} for row in found]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all ratings by a person."""
    await connection.execute(delete(ratings).where(ratings.c.person_id == person.id))
