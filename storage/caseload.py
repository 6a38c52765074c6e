"""Caseloads: the cases of some lenders as their officers ask for them, counted, and page by page."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases import Case, read
from storage.tables import alerts, cases, scores, watches

OPEN, MINE, UNACKNOWLEDGED, SNOOZED, HIGH, CLOSED = FILTERS = (
    "open", "mine", "unacknowledged", "snoozed", "high", "closed",
)  # fmt: skip
"""Which cases somebody may ask for; all but the last are open ones."""

WORST = 3
MOST = 10_000


async def page(
    connection: AsyncConnection,
    lender_ids: Collection[int],
    name: str,
    handle: str,
    now: dt.datetime,
    offset: int,
    most: int,
) -> list[Case]:
    """List cases by the name of a filter: the worst first, of those the oldest; closed ones the latest first."""
    order: Any = (cases.c.severity.desc(), cases.c.id) if name != CLOSED else (cases.c.closed_at.desc(),)
    chosen = select(cases).where(cases.c.lender_id.in_(lender_ids), _which(name, handle, now))
    rows = await connection.execute(chosen.order_by(*order).offset(offset).limit(most))
    return [read(row) for row in rows.mappings()]


async def counts(
    connection: AsyncConnection, lender_ids: Collection[int], handle: str, now: dt.datetime
) -> dict[str, int]:
    """Count the cases of each filter."""
    counted = [func.count().filter(_which(name, handle, now)).label(name) for name in FILTERS]
    row = (await connection.execute(select(*counted).where(cases.c.lender_id.in_(lender_ids)))).one()
    return {name: int(getattr(row, name)) for name in FILTERS}


async def since(connection: AsyncConnection, lender_ids: Collection[int], opened: dt.datetime) -> list[Case]:
    """List the newest cases opened since some time, to be measured."""
    here = (cases.c.lender_id.in_(lender_ids), cases.c.opened_at >= opened)
    rows = await connection.execute(select(cases).where(*here).order_by(cases.c.id.desc()).limit(MOST))
    return [read(row) for row in rows.mappings()]


async def by_severity(connection: AsyncConnection, lender_id: int) -> dict[int, int]:
    """Count a lender's open cases by severity."""
    here = (cases.c.lender_id == lender_id, cases.c.closed_at.is_(None))
    chosen = select(cases.c.severity, func.count()).where(*here).group_by(cases.c.severity)
    return {int(severity): int(n) for severity, n in await connection.execute(chosen)}


async def coming_back(connection: AsyncConnection, lender_id: int, before: dt.datetime) -> int:
    """Count a lender's open cases that are put off until some time before `before`."""
    here = (cases.c.lender_id == lender_id, cases.c.closed_at.is_(None), cases.c.snoozed_until <= before)
    return int(await connection.scalar(select(func.count()).select_from(cases).where(*here)) or 0)


async def waking(connection: AsyncConnection, before: dt.datetime) -> list[Case]:
    """List the open cases, of whichever lender, that were put off until some time before `before`."""
    here = (cases.c.closed_at.is_(None), cases.c.snoozed_until <= before)
    rows = await connection.execute(select(cases).where(*here).order_by(cases.c.id))
    return [read(row) for row in rows.mappings()]


async def held(connection: AsyncConnection, lender_id: int, after: dt.datetime) -> int:
    """Count the alerts of a lender that nobody was told of, since some time."""
    here = (alerts.c.lender_id == lender_id, alerts.c.held != "", alerts.c.at > after)
    return int(await connection.scalar(select(func.count()).select_from(alerts).where(*here)) or 0)


async def scored_anew(connection: AsyncConnection, lender_id: int, after: dt.datetime) -> list[int]:
    """List the people a lender watches who have a new score since some time."""
    new = select(scores.c.person_id).where(scores.c.at > after)
    here = (watches.c.lender_id == lender_id, watches.c.ended_at.is_(None), watches.c.person_id.in_(new))
    return list(await connection.scalars(select(watches.c.person_id).where(*here).order_by(watches.c.id)))


def _which(name: str, handle: str, now: dt.datetime) -> ColumnElement[bool]:
    if name == CLOSED:
        return cases.c.closed_at.is_not(None)
    snoozed = and_(cases.c.snoozed_until.is_not(None), cases.c.snoozed_until > now)
    more = {
        MINE: cases.c.owner == handle,
        UNACKNOWLEDGED: cases.c.acknowledged_at.is_(None),
        SNOOZED: snoozed,
        HIGH: cases.c.severity >= WORST,
    }
    return and_(cases.c.closed_at.is_(None), more.get(name, cases.c.closed_at.is_(None)))
