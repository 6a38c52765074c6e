"""Watches: which lender hears when a person's score gets worse. One lasts while loan, consent and lender do."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import consents, notices, plain
from storage.cells import seal
from storage.consents import WATCH
from storage.people import Person
from storage.tables import lenders, loans, watches

CONSENT, LOAN, LENDER = "consent", "loan", "lender"
"""What a watch may end by."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch that is on. `best` is the best reading since the last alert; None before the first score."""

    id: int
    lender_id: int
    receipt: str
    started_at: dt.datetime
    best: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What `settle` did: lenders whose watch began, and those whose ended, with by what."""

    begun: tuple[int, ...] = ()
    ended: tuple[tuple[int, str], ...] = ()


async def live(connection: AsyncConnection, person: Person) -> list[Watch]:
    """List the watches of a person that are on."""
    found = await plain.rows(connection, watches, person, watches.c.ended_at.is_(None))
    return [Watch(**{name: row[name] for name in Watch.__slots__}) for row in found]


async def settle(connection: AsyncConnection, person: Person, version: int, now: dt.datetime) -> Changed:
    """Begin and end a person's watches so that they are what loans, consents and lenders say.

    To be called in every transaction that changed one of these; doing it twice changes nothing. `version` is that of
    the consent's text in force.
    """
    made = {one.subject: one for one in await consents.history(connection, person)}
    owing = select(loans.c.lender_id).where(loans.c.person_id == person.id, loans.c.closed_at.is_(None))
    owed = set(await connection.scalars(owing))
    open_ones = set(
        await connection.scalars(
            select(lenders.c.id).where(lenders.c.closed_at.is_(None), lenders.c.country == person.country)
        )
    )
    due = {
        lender: one.receipt
        for (purpose, lender), one in made.items()
        if lender is not None and purpose == WATCH and lender in owed & open_ones and one.live(now, version)
    }
    on = {
        row.lender_id: row
        for row in await connection.execute(
            select(watches).where(watches.c.person_id == person.id, watches.c.ended_at.is_(None))
        )
    }
    ended = []
    for lender, row in on.items():
        if due.get(lender) != row.receipt:
            why = LENDER if lender not in open_ones else LOAN if lender not in owed else CONSENT
            over = update(watches).where(watches.c.id == row.id)
            await connection.execute(over.values(ended_at=now, ended_by=why))
            if lender not in due:
                await notices.recall(connection, lender, borrower=person.id)
                ended.append((lender, why))
    begun = [lender for lender, receipt in due.items() if lender not in on or on[lender].receipt != receipt]
    for lender in begun:
        place = {"person_id": person.id, "lender_id": lender, "receipt": due[lender]}
        await connection.execute(insert(watches).values({**place, "started_at": now}))
    return Changed(tuple(each for each in begun if each not in on), tuple(ended))


async def read(connection: AsyncConnection, person: Person, watch: Watch, best: Mapping[str, Any]) -> None:
    """Note the best reading since the last alert."""
    place = {"person_id": person.id, "lender_id": watch.lender_id, "receipt": watch.receipt}
    sealed = seal(watches, person.sealer, place, best_sealed=json.dumps(dict(best)).encode())
    await connection.execute(update(watches).where(watches.c.id == watch.id).values(sealed))


async def ever(connection: AsyncConnection, person_id: int, lender_id: int) -> bool:
    """Say whether a lender ever watched somebody."""
    chosen = select(watches.c.id).where(watches.c.person_id == person_id, watches.c.lender_id == lender_id)
    return await connection.scalar(chosen.limit(1)) is not None


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase watches that ended before a moment; gives their number."""
    return (await connection.execute(delete(watches).where(watches.c.ended_at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; the lender is named."""
    names = {row.id: row.name for row in await connection.execute(select(lenders.c.id, lenders.c.name))}
    return [
        {**plain.readable(row), "lender": names[row["lender_id"]]}
        for row in await plain.rows(connection, watches, person)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's watches."""
    await plain.forget(connection, watches, person)
