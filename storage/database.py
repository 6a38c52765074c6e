"""The database: SQLite by default, PostgreSQL by URL, one way to read and one way to write.

Every write is one transaction. On SQLite it starts with BEGIN IMMEDIATE, because the driver's default begins a
transaction only at the first write and silently loses concurrent updates; foreign keys are on and a commit is on the
disk when it returns (synchronous=FULL).
"""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import onehop

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
    "PRAGMA secure_delete=ON",
)


class Database:
    """Open connections to one database; `write()` and `read()` are its only doors."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            # one writer: transactions queue in the process instead of colliding in the file
            self._writer = _sqlite(url, pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(url, pool_size=4)
        else:
            self._writer = create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
            # a pool of its own: a turn that reads and counts something at once needs both, and twenty such turns
            # would wait for each other's connections
            self._reader = create_async_engine(
                url, pool_size=10, max_overflow=20, pool_pre_ping=True, isolation_level="AUTOCOMMIT"
            )

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; it commits at the end of the block and rolls back on any exception."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reading; each statement sees what is committed."""
        async with self._reader.connect() as connection:
            yield connection

    async def answers(self) -> bool:
        """Say whether the database is there."""
        try:
            async with self.read() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


@dataclass(slots=True)
class Attempt:
    """A part of a transaction that may be taken back by itself."""

    kept: bool = True


@asynccontextmanager
async def attempt(connection: AsyncConnection) -> AsyncIterator[Attempt]:
    """Open a part of a transaction; it is taken back where it raises, or is not to be `kept` at its end."""
    part = await connection.begin_nested()
    trying = Attempt()
    try:
        yield trying
    except BaseException:
        await part.rollback()
        raise
    await (part.commit() if trying.kept else part.rollback())


def sync_url(url: str) -> URL:
    """Give the address of the same database for a blocking engine."""
    return make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg")


def prepare(url: str) -> None:
    """Make the folder and the file of an SQLite database, readable by the owner only."""
    if not url.startswith("sqlite"):
        return
    path = Path(make_url(url).database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(file).st_mode & 0o077:  # brought here by a copy; what is written beside it takes its mode
        os.fchmod(file, 0o600)
    os.close(file)


def _sqlite(url: str, pool_size: int, begin: str = "") -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=60,
        pool_reset_on_return=None,  # a reader has no transaction to roll back, the writer ends its own
        connect_args={"async_creator_fn": onehop.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    if begin:

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    return engine


def away(trouble: DBAPIError) -> bool:
    """Say whether a statement failed because the database is away, busy or full: then it may succeed later.

    SQLite calls a mistake in a statement an OperationalError too; that one never succeeds.
    """
    original = trouble.orig
    if isinstance(original, sqlite3.Error):
        return (original.sqlite_errorcode & 0xFF) not in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE}
    return isinstance(trouble, InterfaceError | OperationalError)
