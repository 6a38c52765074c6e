"""Invitations to a role: each for one person, for a short time, for one use. Of its code only the hash is kept."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.dialogs import Stale
from storage.people import Person
from storage.tables import invites, people


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation that still holds: to which role, where, from whom (a handle, or "shell"), for whom."""

    row: int
    role: str
    lender_id: int | None
    made_by: str
    expires_at: dt.datetime
    handle: str


_WITH_HANDLE = select(invites, people.c.handle).join(people, people.c.id == invites.c.person_id)


async def make(
    connection: AsyncConnection,
    person: Person,
    code: str,
    role: str,
    lender_id: int | None,
    made_by: str,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> None:
    """Store an invitation; one that the person has to the same place and role already is replaced."""
    same = (invites.c.lender_id == lender_id) if lender_id is not None else invites.c.lender_id.is_(None)
    older = (invites.c.person_id == person.id, invites.c.role == role, same, invites.c.ended_at.is_(None))
    await connection.execute(update(invites).where(*older).values(ended_at=now))
    values = {
        "role": role,
        "lender_id": lender_id,
        "made_by": made_by,
        "made_at": now,
        "expires_at": expires_at,
    }
    await connection.execute(insert(invites).values(person_id=person.id, code_hash=_hash(code), **values))


async def find(connection: AsyncConnection, person: Person, code: str, now: dt.datetime) -> Invite | None:
    """Give the invitation of this code, if it is this person's and still holds."""
    chosen = _WITH_HANDLE.where(invites.c.code_hash == _hash(code), invites.c.person_id == person.id)
    row = (await connection.execute(chosen.where(*_holds(now)))).one_or_none()
    return None if row is None else _invite(row)


async def waiting(
    connection: AsyncConnection, now: dt.datetime, lender_id: int | None = None
) -> list[Invite]:
    """List the invitations that hold, to one lender or to anything."""
    chosen = _WITH_HANDLE.where(*_holds(now)).order_by(invites.c.id)
    chosen = chosen if lender_id is None else chosen.where(invites.c.lender_id == lender_id)
    return [_invite(row) for row in await connection.execute(chosen)]


async def use(connection: AsyncConnection, row: int, now: dt.datetime) -> None:
    """Use an invitation up. Raises Stale when it was used, withdrawn or expired since it was read."""
    if not await end(connection, row, now):
        raise Stale("invites")


async def end(connection: AsyncConnection, row: int, now: dt.datetime) -> bool:
    """End an invitation; False when it did not hold any more."""
    mine = update(invites).where(invites.c.id == row, *_holds(now))
    return (await connection.execute(mine.values(ended_at=now))).rowcount == 1


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, invites, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's invitations."""
    await plain.forget(connection, invites, person)


def _holds(now: dt.datetime) -> tuple[Any, ...]:
    return invites.c.ended_at.is_(None), invites.c.expires_at > now


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()  # drawn by chance: there is nothing to guess it from


def _invite(row: Any) -> Invite:
    return Invite(row.id, row.role, row.lender_id, row.made_by, row.expires_at, row.handle)
