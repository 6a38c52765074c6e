"""Staff: who works here, in which role, for which lender. A role ends by its date; the row stays, to answer for it.

Each role is tied to its person by their own key, so a row that somebody wrote into the database by hand gives nothing.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages, plain
from storage.cells import seal, unseal
from storage.dialogs import Stale
from storage.people import Person, by_handle
from storage.tables import lenders, people, staff
from storage.vault import Vault, VaultError


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody has, and the lender it is for; `lender` is its name."""

    row: int
    role: str
    lender_id: int | None = None
    lender: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role, by the name others may use for them."""

    handle: str
    person_id: int
    grant: Grant
    given_by: str
    given_at: dt.datetime


# a role counts while it has no end, and its lender none either
_LIVE = (
    select(staff, lenders.c.name)
    .join(lenders, staff.c.lender_id == lenders.c.id, isouter=True)
    .where(staff.c.ended_at.is_(None), lenders.c.closed_at.is_(None))
    .order_by(staff.c.id)
)
_OF_PERSON = _LIVE.where(staff.c.person_id == bindparam("person"))
_ROW = _LIVE.where(staff.c.id == bindparam("row"))
_ROW_HELD = _ROW.with_for_update(of=staff, read=True)


async def grants(connection: AsyncConnection, person: Person) -> list[Grant]:
    """Give the roles a person has now, oldest first; one that we did not give is reported and left out."""
    found = []
    for row in (await connection.execute(_OF_PERSON, {"person": person.id})).mappings():
        try:
            unseal(staff, person.sealer, row, "role_sealed")
        except VaultError as forgery:
            damages.report(forgery)
        else:
            found.append(_grant(row))
    return found


async def hold(connection: AsyncConnection, grant: Grant) -> None:
    """See in a transaction that a role which something rests on is still there. Raises Stale when it ended since."""
    if (await connection.execute(_ROW_HELD, {"row": grant.row})).first() is None:
        raise Stale("staff")


async def give(
    connection: AsyncConnection,
    person: Person,
    role: str,
    lender_id: int | None,
    given_by: str,
    now: dt.datetime,
) -> bool:
    """Give a role; False when the person has it already."""
    same = (staff.c.lender_id == lender_id) if lender_id is not None else staff.c.lender_id.is_(None)
    live = select(staff.c.id).where(
        staff.c.person_id == person.id, staff.c.role == role, same, staff.c.ended_at.is_(None)
    )
    if await connection.scalar(live) is not None:
        return False
    values = {"person_id": person.id, "role": role, "lender_id": lender_id}
    sealed = seal(staff, person.sealer, values, role_sealed=b"given")
    await connection.execute(insert(staff).values(given_by=given_by, given_at=now, **values, **sealed))
    return True


async def end(connection: AsyncConnection, row: int, now: dt.datetime) -> bool:
    """End a role, from this very moment; False when it had ended."""
    mine = (staff.c.id == row, staff.c.ended_at.is_(None))
    over = update(staff).where(*mine).values(ended_at=now, role_sealed=None)
    return (await connection.execute(over)).rowcount == 1


async def members(connection: AsyncConnection, lender_id: int | None = None) -> list[Member]:
    """List everybody who has a role now, at one lender or anywhere."""
    chosen = _LIVE.add_columns(people.c.handle)
    chosen = chosen.join(people, people.c.id == staff.c.person_id)
    chosen = chosen if lender_id is None else chosen.where(staff.c.lender_id == lender_id)
    return [_member(row) for row in (await connection.execute(chosen)).mappings()]


async def member(connection: AsyncConnection, row: int) -> Member | None:
    """Give one role and who has it; None when it ended or never was."""
    return next((found for found in await members(connection) if found.grant.row == row), None)


async def serving(
    connection: AsyncConnection, vault: Vault, roles: Collection[str], lender_id: int | None = None
) -> list[Person]:
    """Give the people who have one of some roles now, anywhere or at one lender, in the order of their handles."""
    listed = await members(connection, lender_id)
    handles = sorted({one.handle for one in listed if one.grant.role in roles})
    found = [await by_handle(connection, vault, handle) for handle in handles]

    def serves(grant: Grant) -> bool:
        return grant.role in roles and lender_id in (None, grant.lender_id)

    return [one for one in found if one is not None and any(serves(g) for g in await grants(connection, one))]


async def any_with(connection: AsyncConnection, role: str) -> bool:
    """Say whether anybody has a role now."""
    live = select(staff.c.id).where(staff.c.role == role, staff.c.ended_at.is_(None))
    return await connection.scalar(live.limit(1)) is not None


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, staff, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's roles."""
    await plain.forget(connection, staff, person)


def _grant(row: Any) -> Grant:
    return Grant(row["id"], row["role"], row["lender_id"], row["name"] or "")


def _member(row: Any) -> Member:
    return Member(row["handle"], row["person_id"], _grant(row), row["given_by"], row["given_at"])
