"""Loans: what a lender told us it has lent to whom, and what its contract allows."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.cells import seal
from storage.people import Person
from storage.tables import lenders, loans


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


async def owner(connection: AsyncConnection, lender_id: int, reference: str) -> tuple[int, int] | None:
    """Give number and borrower (person_id) of a lender's open loan; None when there is none."""
    here = (loans.c.lender_id == lender_id, loans.c.reference == reference, loans.c.closed_at.is_(None))
    row = (await connection.execute(select(loans.c.id, loans.c.person_id).where(*here))).one_or_none()
    return None if row is None else (row.id, row.person_id)


async def close(connection: AsyncConnection, loan_id: int, now: dt.datetime) -> bool:
    """Close a loan: it was paid, or is no longer watched; False when it was closed before."""
    here = (loans.c.id == loan_id, loans.c.closed_at.is_(None))
    return (await connection.execute(update(loans).where(*here).values(closed_at=now))).rowcount == 1


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
