"""PINs: a sealed hash per person, and how often it was guessed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import pins


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a PIN may be tried: `most` before a lock of `lock`, `most_in_all` before only a new PIN helps."""

    most: int
    most_in_all: int
    lock: dt.timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a PIN: whether it counts at all, how many are left after it, until when the last one locks.

    `closed` when so many tries failed that only choosing a new PIN helps.
    """

    allowed: bool
    left: int = 0
    locked_until: dt.datetime | None = None
    closed: bool = False


async def choose(connection: AsyncConnection, person: Person, hashed: str, now: dt.datetime) -> None:
    """Store the hash of a new PIN; counting starts anew."""
    await forget(connection, person)
    sealed = seal(pins, person.sealer, {"person_id": person.id}, hash_sealed=hashed.encode())
    await connection.execute(insert(pins).values(person_id=person.id, changed_at=now, **sealed))


async def hash_of(connection: AsyncConnection, person: Person) -> str | None:
    """Open the hash of a person's PIN; None where none was chosen."""
    row = (
        (await connection.execute(select(pins).where(pins.c.person_id == person.id))).mappings().one_or_none()
    )
    return None if row is None else unseal(pins, person.sealer, row, "hash_sealed").decode()


async def spend(connection: AsyncConnection, person_id: int, limits: Limits, now: dt.datetime) -> Attempt:
    """Use up one attempt. Call it, and commit, before the PIN is looked at."""
    chosen = select(pins.c.failures, pins.c.failures_in_all, pins.c.locked_until)
    row = (
        await connection.execute(chosen.where(pins.c.person_id == person_id).with_for_update())
    ).one_or_none()
    if row is None:
        return Attempt(allowed=False)
    if row.failures_in_all >= limits.most_in_all:
        return Attempt(allowed=False, closed=True)
    if row.locked_until is not None and row.locked_until > now:
        return Attempt(allowed=False, locked_until=row.locked_until)
    failures = (0 if row.locked_until is not None else row.failures) + 1
    in_all = row.failures_in_all + 1
    until = now + limits.lock if failures >= limits.most else None
    await _change(connection, person_id, failures=failures, failures_in_all=in_all, locked_until=until)
    left = min(limits.most - failures, limits.most_in_all - in_all)
    return Attempt(allowed=True, left=left, locked_until=until, closed=in_all >= limits.most_in_all)


async def forgive(connection: AsyncConnection, person_id: int) -> None:
    """Start counting anew after a right PIN."""
    await _change(connection, person_id, failures=0, failures_in_all=0, locked_until=None)


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give what this table holds of a person, but not the hash: it would help only somebody who guesses."""
    chosen = select(pins.c.failures, pins.c.failures_in_all, pins.c.locked_until, pins.c.changed_at)
    rows = await connection.execute(chosen.where(pins.c.person_id == person.id))
    return [dict(row) for row in rows.mappings()]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's PIN."""
    await connection.execute(delete(pins).where(pins.c.person_id == person.id))


async def _change(connection: AsyncConnection, person_id: int, **values: Any) -> None:
    await connection.execute(update(pins).where(pins.c.person_id == person_id).values(**values))
