"""Consents: every decision ever made is a row; the last one per purpose, and per lender where it names one, counts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import consents, lenders, people

SHARE = "share"
"""The purpose under which a lender may look at a score."""

WATCH = "watch"
"""The purpose under which a lender hears when a score gets worse, and may tell us what happens to its loan."""

USED_UP = "used"
"""How a consent for one look ends: by that look."""

CLOSED = "closed"
"""How a consent for a lender ends that is no longer here."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one purpose: the text's version, language and hash are those the person saw.

    `lender_id` is the lender it is about; None where it is about the operator alone.
    """

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
    lender_id: int | None = None

    @property
    def subject(self) -> tuple[str, int | None]:
        """What is decided on: of several decisions on the same, the last one counts."""
        return self.purpose, self.lender_id

    def live(self, now: dt.datetime, version: int) -> bool:
        """Whether this decision permits the purpose now, under the text in force."""
        return self.given and self.version == version and (self.expires_at is None or self.expires_at > now)


async def hold(connection: AsyncConnection, person: Person) -> None:
    """Wait for whoever is using or changing this person's consents, and keep others waiting to the end.

    The database does the same at each such row (migration 0003); to be called by a transaction that locks anything
    else of theirs before, or two that cross would stop each other.
    """
    await connection.execute(
        select(people.c.id).where(people.c.id == person.id).with_for_update(key_share=True)
    )


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
    """Give the last decision per purpose, of those that name no lender."""
    made = await history(connection, person)
    return {decision.purpose: decision for decision in made if decision.lender_id is None}


async def with_lenders(
    connection: AsyncConnection, person: Person, purpose: str = SHARE
) -> dict[int, Decision]:
    """Give the last decision per lender on a purpose: sharing the score with it, unless said."""
    made = await history(connection, person)
    return {d.lender_id: d for d in made if d.lender_id is not None and d.purpose == purpose}


async def naming(connection: AsyncConnection, lender_id: int) -> list[int]:
    """Name the people who ever decided on something for a lender, in the order of their numbers."""
    chosen = select(consents.c.person_id).where(consents.c.lender_id == lender_id).distinct()
    return list(await connection.scalars(chosen.order_by(consents.c.person_id)))


def ended_by(made: Sequence[Decision], decision: Decision) -> Decision | None:
    """Give the consent that a decision ended: the one before it on the same subject, where that was given."""
    before = [d for d in made[: made.index(decision)] if d.subject == decision.subject]
    return before[-1] if before and before[-1].given and not decision.given else None


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; a lender is named."""
    chosen = (
        select(consents, lenders.c.name.label("lender"))
        .join(lenders, isouter=True)
        .where(consents.c.person_id == person.id)
        .order_by(consents.c.id)
    )
    rows = (await connection.execute(chosen)).mappings()
    kept = (*(name for name in Decision.__slots__ if name != "lender_id"), "lender")
    return [{name: row[name] for name in kept} for row in rows]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all decisions of a person."""
    await plain.forget(connection, consents, person)
