"""Loans: what a lender told us it has lent to whom, and what its contract allows."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people, plain
from storage.cells import seal
from storage.people import Person
from storage.tables import consents, lenders, loans, watches
from storage.tables import people as rows_of_people
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Draft:
    """A loan as a lender tells of it. `terms` holds sums as text; `measures` are codes of what the contract allows."""

    reference: str
    currency: str
    opened_on: dt.date
    ends_on: dt.date
    terms: Mapping[str, str | int]
    measures: tuple[str, ...] = ()
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan on record."""

    id: int
    person_id: int
    lender_id: int
    reference: str
    officer: str | None
    currency: str
    measures: tuple[str, ...]
    opened_on: dt.date
    ends_on: dt.date
    terms: Mapping[str, str | int]
    made_by: str
    at: dt.datetime
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Under:
    """A loan by its lender's name of it."""

    id: int
    person_id: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A loan that its lender may tell us of, its borrower, and the consent it rests on."""

    id: int
    person_id: int
    receipt: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A loan as its lender may see it: its borrower by handle, and since when they are watched."""

    loan: Loan
    handle: str
    since: dt.datetime


_WATCHED = (
    select(loans, watches.c.receipt, watches.c.started_at)
    .join(watches, (watches.c.person_id == loans.c.person_id) & (watches.c.lender_id == loans.c.lender_id))
    .join(consents, (consents.c.person_id == loans.c.person_id) & (consents.c.receipt == watches.c.receipt))
    .join(lenders, lenders.c.id == loans.c.lender_id)
    .where(loans.c.lender_id == bindparam("lender"), loans.c.closed_at.is_(None))
    .where(watches.c.ended_at.is_(None), lenders.c.closed_at.is_(None))
    .where(consents.c.given, consents.c.version == bindparam("version"))
    .where(consents.c.expires_at.is_(None) | (consents.c.expires_at > bindparam("now")))
)


class Taken(Exception):
    """The lender has another borrower's loan, or a closed one, under this reference."""


async def put(
    connection: AsyncConnection, person: Person, lender_id: int, draft: Draft, made_by: str, now: dt.datetime
) -> int:
    """Enter a loan, or what changed of it; gives its number. Raises Taken."""
    known = select(loans.c.id, loans.c.person_id, loans.c.closed_at)
    here = known.where(loans.c.lender_id == lender_id, loans.c.reference == draft.reference)
    row = (await connection.execute(here)).one_or_none()
    if row is not None and (row.person_id != person.id or row.closed_at is not None):
        raise Taken
    place = {"person_id": person.id, "lender_id": lender_id, "reference": draft.reference}
    values = {
        "officer": draft.officer,
        "currency": draft.currency,
        "measures": " ".join(draft.measures),
        "opened_on": draft.opened_on,
        "ends_on": draft.ends_on,
        **seal(loans, person.sealer, place, terms_sealed=json.dumps(dict(draft.terms)).encode()),
    }
    if row is not None:
        await connection.execute(update(loans).where(loans.c.id == row.id).values(values))
        return int(row.id)
    new = insert(loans).values({**place, **values, "made_by": made_by, "at": now}).returning(loans.c.id)
    return int(await connection.scalar(new) or 0)


async def of_person(connection: AsyncConnection, person: Person, lender_id: int | None = None) -> list[Loan]:
    """List a person's open loans, those of one lender or of all."""
    whose = loans.c.lender_id == (loans.c.lender_id if lender_id is None else lender_id)
    found = await plain.rows(connection, loans, person, loans.c.closed_at.is_(None), whose)
    return [_loan(row) for row in found]


async def find(connection: AsyncConnection, vault: Vault, loan_id: int) -> Loan | None:
    """Give a loan by its number, open or closed."""
    person_id = await connection.scalar(select(loans.c.person_id).where(loans.c.id == loan_id))
    person = None if person_id is None else await people.by_id(connection, vault, person_id)
    if person is None:
        return None
    found = await plain.rows(connection, loans, person, loans.c.id == loan_id)
    return _loan(found[0]) if found else None


async def owner(connection: AsyncConnection, lender_id: int, reference: str) -> tuple[int, int] | None:
    """Give number and borrower (person_id) of a lender's open loan; None when there is none."""
    here = (loans.c.lender_id == lender_id, loans.c.reference == reference, loans.c.closed_at.is_(None))
    row = (await connection.execute(select(loans.c.id, loans.c.person_id).where(*here))).one_or_none()
    return None if row is None else (row.id, row.person_id)


async def watched(
    connection: AsyncConnection, lender_id: int, references: Collection[str], version: int, now: dt.datetime
) -> dict[str, Watched]:
    """Find those of an open lender's open loans (at most a thousand references) whose borrowers agreed to its watch.

    `version` is that of the consent's text in force.
    """
    chosen = _WATCHED.where(loans.c.reference.in_(references))
    rows = await connection.execute(chosen, {"lender": lender_id, "version": version, "now": now})
    return {row.reference: Watched(row.id, row.person_id, row.receipt) for row in rows}


async def listed(
    connection: AsyncConnection,
    vault: Vault,
    lender_id: int,
    version: int,
    now: dt.datetime,
    after: str,
    most: int,
    only: str = "",
) -> list[Listed]:
    """List what `watched` would find, whole, in the order of the references after `after`; one alone, where named."""
    chosen = _WATCHED.add_columns(rows_of_people.c.handle, rows_of_people.c.key_id)
    chosen = chosen.join(rows_of_people, rows_of_people.c.id == loans.c.person_id).where(
        loans.c.reference > after
    )
    chosen = chosen.where(loans.c.reference == only) if only else chosen
    values = {"lender": lender_id, "version": version, "now": now}
    found = await connection.execute(chosen.order_by(loans.c.reference).limit(most), values)
    rows = found.mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in rows})
    whole = plain.opened(loans, ((sealers[row["key_id"]], row) for row in rows if row["key_id"] in sealers))
    return [Listed(_loan(row), row["handle"], row["started_at"]) for row in whole]


async def drop(connection: AsyncConnection, loan_id: int) -> None:
    """Take out a loan that was entered for somebody else by mistake."""
    await connection.execute(delete(loans).where(loans.c.id == loan_id))


async def borrowers(connection: AsyncConnection, lender_id: int) -> list[int]:
    """Name the people who have open loans of a lender, in the order of their numbers."""
    here = (loans.c.lender_id == lender_id, loans.c.closed_at.is_(None))
    chosen = select(loans.c.person_id).where(*here).distinct().order_by(loans.c.person_id)
    return list(await connection.scalars(chosen))


async def under(connection: AsyncConnection, lender_id: int, reference: str) -> Under | None:
    """Give what a lender calls by a reference, open or closed; None for nothing."""
    chosen = select(loans.c.id, loans.c.person_id, loans.c.closed_at)
    here = chosen.where(loans.c.lender_id == lender_id, loans.c.reference == reference)
    row = (await connection.execute(here)).one_or_none()
    return None if row is None else Under(row.id, row.person_id, row.closed_at is not None)


async def close(connection: AsyncConnection, loan_id: int, now: dt.datetime) -> bool:
    """Close a loan: it was paid, or is no longer watched; False when it was closed before."""
    here = (loans.c.id == loan_id, loans.c.closed_at.is_(None))
    return (await connection.execute(update(loans).where(*here).values(closed_at=now))).rowcount == 1


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase loans that were closed before a moment; gives their number."""
    return (await connection.execute(delete(loans).where(loans.c.closed_at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; the lender is named."""
    names = {row.id: row.name for row in await connection.execute(select(lenders.c.id, lenders.c.name))}
    return [
        {**plain.readable(row), "lender": names[row["lender_id"]]}
        for row in await plain.rows(connection, loans, person)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's loans."""
    await plain.forget(connection, loans, person)


def _loan(row: Mapping[str, Any]) -> Loan:
    values = {name: row[name] for name in Loan.__slots__}
    return Loan(**values | {"measures": tuple(row["measures"].split())})
