"""Leases: who among several processes on one database is its worker.

A lease is renewed while it is held, and whoever waits takes it over once it was not renewed for long enough. Its fence
grows with every holder: what is written under an older fence is refused (see `storage.periods`).
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import leases

WORKER = "worker"
"""The lease of who fetches updates, answers them, sends messages and runs the jobs."""
FREE = ""
"""The holder of a lease that was given back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it was read. `until` is what its holder thought; to others it only shows that it was renewed."""

    holder: str
    fence: int
    until: dt.datetime


async def find(connection: AsyncConnection, name: str) -> Lease | None:
    """Give a lease; None when nobody ever held it."""
    row = (await connection.execute(select(leases).where(leases.c.name == name))).one_or_none()
    return None if row is None else Lease(row.holder, row.fence, row.until)


async def take(
    connection: AsyncConnection, name: str, seen: Lease | None, holder: str, until: dt.datetime
) -> int:
    """Take a lease that still is as it was seen; gives its new fence, 0 when somebody was quicker."""
    await _briefly(connection)
    fence = 1 if seen is None else seen.fence + 1
    values = {"holder": holder, "fence": fence, "until": until}
    if seen is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        first = dialect.insert(leases).values(name=name, **values).on_conflict_do_nothing()
        return int(await connection.scalar(first.returning(leases.c.fence)) or 0)
    same = (leases.c.name == name, leases.c.fence == seen.fence, leases.c.until == seen.until)
    changed = await connection.execute(update(leases).where(*same).values(values))
    return fence if changed.rowcount == 1 else 0


async def renew(connection: AsyncConnection, name: str, fence: int, until: dt.datetime) -> bool:
    """Renew a lease; False when it is somebody else's by now."""
    await _briefly(connection)
    mine = (leases.c.name == name, leases.c.fence == fence)
    return (await connection.execute(update(leases).where(*mine).values(until=until))).rowcount == 1


async def release(connection: AsyncConnection, name: str, fence: int) -> None:
    """Give a lease back, so that nobody has to wait for it to run out."""
    mine = (leases.c.name == name, leases.c.fence == fence)
    await connection.execute(update(leases).where(*mine).values(holder=FREE))


async def holds(connection: AsyncConnection, name: str, fence: int) -> bool:
    """Say whether a fence is the newest; it stays so to the end of the transaction that asks, which is to be near."""
    await _briefly(connection)
    found = select(leases.c.fence).where(leases.c.name == name).with_for_update(read=True)
    return await connection.scalar(found) == fence


async def _briefly(connection: AsyncConnection) -> None:
    """Let PostgreSQL end this transaction should we be paused in it: its lock on the lease would keep all others out.

    SQLite has nothing of the kind: whoever is paused in a transaction there keeps everybody from writing.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(_BRIEFLY)


_BRIEFLY = text("SET LOCAL idle_in_transaction_session_timeout = '800ms'")


Then = Callable[[AsyncConnection], Awaitable[None]]


class Followed(Exception):
    """The lease went to another while something was done under it; what was to be committed is not."""


class Fenced(Database):
    """The same database for work under a lease: nothing is committed once the lease is another's.

    So whatever a paused process does when it wakes up comes to nothing. Asked is last, and the answer holds up to the
    commit: a long transaction does not keep the lease from being renewed meanwhile. `then` is written with it.
    """

    def __init__(self, database: Database, name: str, fence: int, then: Then | None = None) -> None:
        vars(self).update(vars(database))
        self._name, self._fence, self._then = name, fence, then

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, as `Database.write` does. Raises Followed at its end."""
        async with super().write() as connection:
            yield connection
            if not await holds(connection, self._name, self._fence):
                raise Followed
            if self._then is not None:
                await self._then(connection)
