"""Cases: what a lender does about a borrower who got worse, from the first alert to an outcome, entry by entry.

A lender has one open case of a borrower at most; every alert in the meantime joins it.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.cells import seal
from storage.dialogs import Stale
from storage.people import Person
from storage.tables import cases, entries, lenders, people

CLOCK = "clock"
OUTCOMES = ("cured", "rescheduled", "defaulted", "false_alarm", "no_contact")
"""How a case may end."""

CURED = ("cured", "rescheduled")
"""Outcomes in which the borrower pays again."""

ENDED = "ended"
"""How one ends that nobody may work on any more, because the watch has ended."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case, open or closed."""

    id: int
    person_id: int
    lender_id: int
    severity: int
    owner: str | None
    opened_at: dt.datetime
    acknowledged_at: dt.datetime | None
    contacted_at: dt.datetime | None
    snoozed_until: dt.datetime | None
    snoozed_at_severity: int | None
    escalated_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done or said in a case: by whom (a handle, or "clock"), what kind, a code, and words if any."""

    id: int
    case_id: int
    actor: str
    kind: str
    detail: str
    words: Any
    at: dt.datetime


async def open_one(
    connection: AsyncConnection, person: Person, lender_id: int, severity: int, now: dt.datetime
) -> Case:
    """Give the lender's open case of a borrower, at least as severe as `severity`; a new one where there is none."""
    found = await open_of(connection, person.id, lender_id)
    if found is None:
        place = {"person_id": person.id, "lender_id": lender_id}
        new = insert(cases).values({**place, "severity": severity, "opened_at": now}).returning(cases)
        return read((await connection.execute(new)).mappings().one())
    if found.severity < severity:
        await change(connection, found.id, severity=severity)
    return await find(connection, found.id) or found


async def open_of(connection: AsyncConnection, person_id: int, lender_id: int) -> Case | None:
    """Give the lender's open case of a borrower."""
    here = (cases.c.person_id == person_id, cases.c.lender_id == lender_id, cases.c.closed_at.is_(None))
    row = (await connection.execute(select(cases).where(*here))).mappings().one_or_none()
    return None if row is None else read(row)


async def about(connection: AsyncConnection, person: Person) -> list[Case]:
    """List the open cases about a person, oldest first."""
    here = (cases.c.person_id == person.id, cases.c.closed_at.is_(None))
    rows = (await connection.execute(select(cases).where(*here).order_by(cases.c.id))).mappings()
    return [read(row) for row in rows]


async def find(connection: AsyncConnection, case_id: int) -> Case | None:
    """Give a case by its number."""
    row = (await connection.execute(select(cases).where(cases.c.id == case_id))).mappings().one_or_none()
    return None if row is None else read(row)


async def unanswered(connection: AsyncConnection, before: dt.datetime) -> list[Case]:
    """List the open cases nobody acknowledged since before `before`, and nobody was called for yet."""
    here = (
        cases.c.closed_at.is_(None),
        cases.c.acknowledged_at.is_(None),
        cases.c.escalated_at.is_(None),
        cases.c.opened_at < before,
    )
    rows = (await connection.execute(select(cases).where(*here).order_by(cases.c.id))).mappings()
    return [read(row) for row in rows]


async def take(connection: AsyncConnection, case_id: int, owner: str, now: dt.datetime) -> None:
    """Let somebody take up an open case. Raises Stale when somebody did since it was read, or it was closed."""
    here = (cases.c.id == case_id, cases.c.closed_at.is_(None), cases.c.acknowledged_at.is_(None))
    changed = update(cases).where(*here).values(acknowledged_at=now, owner=owner)
    if (await connection.execute(changed)).rowcount != 1:
        raise Stale("case")


async def hold(connection: AsyncConnection, case_id: int) -> None:
    """See in a transaction that a case is still open, and keep it so. Raises Stale when it was closed since."""
    here = (cases.c.id == case_id, cases.c.closed_at.is_(None))
    if (await connection.execute(select(cases.c.id).where(*here).with_for_update())).first() is None:
        raise Stale("case")


async def change(connection: AsyncConnection, case_id: int, **values: Any) -> None:
    """Change columns of a case."""
    await connection.execute(update(cases).where(cases.c.id == case_id).values(values))


async def close(connection: AsyncConnection, case_id: int, outcome: str, now: dt.datetime) -> bool:
    """Close a case with an outcome; False when somebody else did before."""
    here = (cases.c.id == case_id, cases.c.closed_at.is_(None))
    changed = update(cases).where(*here).values(closed_at=now, outcome=outcome)
    return (await connection.execute(changed)).rowcount == 1


async def enter(
    connection: AsyncConnection, person: Person, case_id: int, actor: str, kind: str, now: dt.datetime,
    detail: str = "", words: Any = None,
) -> int:  # fmt: skip
    """Add an entry to a case about `person`; gives its number. `words` may be anything JSON holds."""
    place = {"person_id": person.id, "case_id": case_id, "kind": kind}
    content = None if words is None else json.dumps(words).encode()
    values = {**place, "actor": actor, "detail": detail, "at": now}
    values |= seal(entries, person.sealer, place, words_sealed=content)
    return int(await connection.scalar(insert(entries).values(values).returning(entries.c.id)) or 0)


async def thread(connection: AsyncConnection, person: Person, case_id: int) -> Sequence[Entry]:
    """List the entries of a case about `person`, oldest first."""
    found = await plain.rows(connection, entries, person, entries.c.case_id == case_id)
    return [Entry(**{name: row[name] for name in Entry.__slots__}) for row in found]


async def expire(connection: AsyncConnection, before: dt.datetime, country: str = "") -> int:
    """Erase cases that were closed before a moment, with their alerts and entries, in one country or in all."""
    old = delete(cases).where(cases.c.closed_at < before)
    theirs = select(people.c.id).where(people.c.country == country)
    old = old.where(cases.c.person_id.in_(theirs)) if country else old
    return (await connection.execute(old)).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; the lender is named."""
    chosen = select(cases, lenders.c.name.label("lender")).join(lenders).where(cases.c.person_id == person.id)
    rows = (await connection.execute(chosen.order_by(cases.c.id))).mappings()
    return [plain.readable(row) for row in rows]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase the cases about a person."""
    await plain.forget(connection, cases, person)


def read(row: Mapping[Any, Any]) -> Case:
    """Give a row as a case."""
    return Case(**{name: row[name] for name in Case.__slots__})
