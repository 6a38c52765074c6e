"""Tickets: what a borrower asks a person of ours, until it is settled; what was said in one lies in `ticket_lines`.

A borrower has one open ticket at most. Whoever changes one says what it was when they read it, so that of two who are
at it at once the second reads again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.dialogs import Stale
from storage.people import Person
from storage.tables import people, tickets

URGENT, NORMAL, LOW = PRIORITIES = (0, 1, 2)
REASONS = ("answered", "fraud", "duplicate", "no_reply", "other")
"""Why one is closed."""
SOLVED = "solved"
"""Why one is closed that its borrower closed."""

_HELD = ("closed_at", "assignee", "priority", "waiting_since", "thread")
"""What must be as it was read when a ticket is changed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket. `shown` names what support may see of the borrower; `assignee` is a handle, None where it is free."""

    id: int
    person_id: int
    about: str
    shown: tuple[str, ...]
    priority: int
    assignee: str | None
    thread: int | None
    opened_at: dt.datetime
    promised_at: dt.datetime
    first_answer_at: dt.datetime | None
    waiting_since: dt.datetime | None
    closed_at: dt.datetime | None
    reason: str | None
    reopened: int


async def open_one(
    connection: AsyncConnection, person: Person, about: str, shown: tuple[str, ...], now: dt.datetime,
    promised: dt.datetime, priority: int = NORMAL,
) -> Ticket:  # fmt: skip
    """Open a ticket. Raises Stale when the person has an open one meanwhile."""
    await _none_open(connection, person.id)
    values = {"person_id": person.id, "about": about, "shown": " ".join(shown), "priority": priority}
    times = {"opened_at": now, "promised_at": promised, "waiting_since": now}
    made = insert(tickets).values(values | times).returning(tickets)
    return read((await connection.execute(made)).mappings().one())


async def find(connection: AsyncConnection, ticket_id: int) -> Ticket | None:
    """Give a ticket by its number."""
    return await _one(connection, tickets.c.id == ticket_id)


async def in_thread(connection: AsyncConnection, thread: int) -> Ticket | None:
    """Give the ticket a topic of the staff group is about."""
    return await _one(connection, tickets.c.thread == thread)


async def pending(connection: AsyncConnection) -> list[Ticket]:
    """List the tickets whose topic is being made."""
    chosen = select(tickets).where(tickets.c.thread < 0)
    return [read(row) for row in (await connection.execute(chosen)).mappings()]


async def open_of(connection: AsyncConnection, person: Person) -> Ticket | None:
    """Give a person's open ticket."""
    return await _one(connection, tickets.c.person_id == person.id, tickets.c.closed_at.is_(None))


async def of_person(connection: AsyncConnection, person: Person) -> list[Ticket]:
    """List a person's tickets, the newest first."""
    chosen = select(tickets).where(tickets.c.person_id == person.id).order_by(tickets.c.id.desc())
    return [read(row) for row in (await connection.execute(chosen)).mappings()]


async def change(connection: AsyncConnection, was: Ticket, **values: Any) -> None:
    """Change a ticket that is as it was read; see it is, where nothing changes. Raises Stale when it is not."""
    same = [tickets.c[name].is_not_distinct_from(getattr(was, name)) for name in _HELD]
    changed = update(tickets).where(tickets.c.id == was.id, *same).values(values or {"about": was.about})
    if (await connection.execute(changed)).rowcount != 1:
        raise Stale("ticket")


async def reopen(connection: AsyncConnection, was: Ticket, **values: Any) -> None:
    """Open a ticket again. Raises Stale when it changed, or its person has an open one meanwhile."""
    await _none_open(connection, was.person_id)
    again = {"closed_at": None, "reason": None, "reopened": was.reopened + 1}
    await change(connection, was, **again, **values)


async def free(connection: AsyncConnection, handle: str) -> None:
    """Let go of the open tickets of somebody who serves no more."""
    mine = (tickets.c.assignee == handle, tickets.c.closed_at.is_(None))
    await connection.execute(update(tickets).where(*mine).values(assignee=None))


async def leave_threads(connection: AsyncConnection) -> None:
    """Let every ticket leave its topic."""
    await connection.execute(update(tickets).where(tickets.c.thread.is_not(None)).values(thread=None))


async def closed(connection: AsyncConnection, before: dt.datetime) -> list[Ticket]:
    """List the tickets that were closed before a moment."""
    chosen = select(tickets).where(tickets.c.closed_at < before)
    return [read(row) for row in (await connection.execute(chosen)).mappings()]


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase tickets that were closed before a moment, with all that was said in them."""
    return (await connection.execute(delete(tickets).where(tickets.c.closed_at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, tickets, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's tickets, and free those they were to answer."""
    await free(connection, person.handle)
    await plain.forget(connection, tickets, person)


def read(row: Mapping[Any, Any]) -> Ticket:
    """Give a row as a ticket."""
    values = {name: row[name] for name in Ticket.__slots__}
    return Ticket(**values | {"shown": tuple(row["shown"].split())})


async def _none_open(connection: AsyncConnection, person_id: int) -> None:
    """See that a person has no open ticket, and let nobody open one before the transaction ends. Raises Stale."""
    await connection.execute(
        select(people.c.id).where(people.c.id == person_id).with_for_update(key_share=True)
    )
    if await _one(connection, tickets.c.person_id == person_id, tickets.c.closed_at.is_(None)) is not None:
        raise Stale("ticket")


async def _one(connection: AsyncConnection, *which: Any) -> Ticket | None:
    chosen = select(tickets).where(*which).order_by(tickets.c.id.desc()).limit(1)
    row = (await connection.execute(chosen)).mappings().one_or_none()
    return None if row is None else read(row)
