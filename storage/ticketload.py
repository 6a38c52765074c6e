"""The queue: tickets as support asks for them, counted, page by page, and what is needed to measure them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import tickets
from storage.tickets import Ticket, read

ALL, MINE, FREE, CLOSED = FILTERS = ("all", "mine", "free", "closed")
"""Which tickets somebody may ask for; all but the last are open ones."""

MOST = 10_000
_ORDER = (tickets.c.priority, tickets.c.waiting_since.asc().nulls_last(), tickets.c.id)


@dataclass(frozen=True, slots=True)
class Course:
    """How a ticket went: when it was opened, first answered, closed."""

    opened_at: dt.datetime
    first_answer_at: dt.datetime | None
    closed_at: dt.datetime | None


async def page(connection: AsyncConnection, name: str, handle: str, offset: int, most: int) -> list[Ticket]:
    """List tickets by the name of a filter: urgent ones first, of those who waits longest; closed ones latest first."""
    order: Any = (tickets.c.closed_at.desc(),) if name == CLOSED else _ORDER
    chosen = select(tickets).where(_which(name, handle)).order_by(*order).offset(offset).limit(most)
    return [read(row) for row in (await connection.execute(chosen)).mappings()]


async def counts(connection: AsyncConnection, handle: str) -> dict[str, int]:
    """Count the tickets of each filter."""
    counted = [func.count().filter(_which(name, handle)).label(name) for name in FILTERS]
    row = (await connection.execute(select(*counted).select_from(tickets))).one()
    return {name: int(getattr(row, name)) for name in FILTERS}


async def waiting(connection: AsyncConnection) -> int:
    """Count the open tickets whose borrower waits for a word of ours."""
    here = (tickets.c.closed_at.is_(None), tickets.c.waiting_since.is_not(None))
    return int(await connection.scalar(select(func.count()).select_from(tickets).where(*here)) or 0)


async def courses(connection: AsyncConnection, since: dt.datetime) -> list[Course]:
    """Give how the newest tickets went that were opened since some time."""
    columns = (tickets.c.opened_at, tickets.c.first_answer_at, tickets.c.closed_at)
    chosen = select(*columns).where(tickets.c.opened_at >= since).order_by(tickets.c.id.desc()).limit(MOST)
    return [Course(*row) for row in await connection.execute(chosen)]


async def overdue(connection: AsyncConnection, now: dt.datetime) -> list[Ticket]:
    """List the open tickets whose borrower was promised a word by now, and waits for it still."""
    here = (tickets.c.closed_at.is_(None), tickets.c.waiting_since.is_not(None), tickets.c.promised_at <= now)
    rows = await connection.execute(select(tickets).where(*here).order_by(*_ORDER))
    return [read(row) for row in rows.mappings()]


def _which(name: str, handle: str) -> ColumnElement[bool]:
    if name == CLOSED:
        return tickets.c.closed_at.is_not(None)
    more = {MINE: tickets.c.assignee == handle, FREE: tickets.c.assignee.is_(None)}
    return and_(tickets.c.closed_at.is_(None), more.get(name, tickets.c.closed_at.is_(None)))
