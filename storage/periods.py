"""Periods: for which hour, day or minute a job has run. One row each, taken under the lease that is in force.

A row without `done_at` is being worked on. When its holder's lease goes to another, the job was cut off in the middle,
and the other runs the period again; a job therefore does no harm when it is run twice. A job that fails gives its
period back.
"""

import datetime as dt

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.tables import periods


async def claim(
    connection: AsyncConnection, lease: str, fence: int, job: str, period: str, now: dt.datetime
) -> bool:
    """Take a job's period; False when it has run, when it is being run, and when the lease is another's."""
    if not await leases.holds(connection, lease, fence):
        return False
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(periods).values(job=job, period=period, fence=fence, at=now)
    again = new.on_conflict_do_update(
        index_elements=["job", "period"],
        set_={"fence": fence, "at": now},
        where=(periods.c.done_at.is_(None)) & (periods.c.fence < fence),
    )
    return bool(await connection.scalar(again.returning(periods.c.fence)) == fence)


async def finish(connection: AsyncConnection, fence: int, job: str, period: str, now: dt.datetime) -> None:
    """Note that a job has run for its period."""
    mine = (periods.c.job == job, periods.c.period == period, periods.c.fence == fence)
    await connection.execute(update(periods).where(*mine).values(done_at=now))


async def give_back(connection: AsyncConnection, fence: int, job: str, period: str) -> None:
    """Let go of a period whose job failed."""
    mine = (periods.c.job == job, periods.c.period == period, periods.c.fence == fence)
    await connection.execute(delete(periods).where(*mine, periods.c.done_at.is_(None)))


async def done(connection: AsyncConnection, job: str) -> list[str]:
    """List the periods a job has run for, of those that are kept."""
    ran = (periods.c.job == job, periods.c.done_at.is_not(None))
    return list(await connection.scalars(select(periods.c.period).where(*ran).order_by(periods.c.period)))


async def prune(connection: AsyncConnection, before: dt.datetime) -> int:
    """Drop periods taken before `before`, but never a job's newest: it may be one of years."""
    newest = select(func.max(periods.c.period)).group_by(periods.c.job)
    old = delete(periods).where(periods.c.at < before, periods.c.period.not_in(newest))
    return (await connection.execute(old)).rowcount
