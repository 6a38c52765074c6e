"""SQLite without the hops: what cannot wait runs where it is asked, what can wait runs on the driver's thread.

aiosqlite runs every call of a cursor (open, execute, fetch, close) on its thread, and each visit costs about a tenth
of a millisecond of switching, while a statement on a local file in WAL mode costs a few microseconds. Readers never
wait there. So only BEGIN IMMEDIATE, which may wait for another process's lock, and COMMIT, which waits for the disk,
go to the thread.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from typing import Any, Self

import aiosqlite


class OneHopCursor:
    """What SQLAlchemy needs of an aiosqlite cursor; rows are fetched with the statement."""

    arraysize = 1

    def __init__(self, connection: "OneHopConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Nothing to open yet."""
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement and fetch what it gives."""
        return await self._visit("execute", sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement for each set of parameters."""
        return await self._visit("executemany", sql, parameters)

    async def fetchall(self) -> list[Any]:
        """Give the rows."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open."""
        self._rows = []

    async def _visit(self, call: str, sql: str, parameters: Any) -> Self:
        def run(connection: sqlite3.Connection) -> None:
            cursor = connection.cursor()
            try:
                getattr(cursor, call)(sql, parameters)
                self.description = cursor.description
                self._rows = cursor.fetchall() if cursor.description else []
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        await self._connection.visit(run, wait=sql.startswith("BEGIN"))
        return self


class OneHopConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors visit its thread only to wait."""

    _ended: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end."""
        self._ended = super().stop()
        return self._ended

    async def _connect(self) -> aiosqlite.Connection:
        """Open it; where that fails, wait for the thread, which would speak to a loop that may be closed by then."""
        try:
            return await super()._connect()
        except BaseException:
            if self._ended is not None:
                await self._ended
            raise

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # a cursor of ours in the place of aiosqlite's
        """Give a cursor."""
        return OneHopCursor(self)

    async def visit(self, work: Any, *, wait: bool) -> None:
        """Run `work` with the driver's connection; on its thread where it may have to wait."""
        if wait:
            await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]  # aiosqlite gives it no type
        else:
            work(self._conn)

    async def rollback(self) -> None:
        """Roll back, if there is anything to."""
        if self._conn.in_transaction:
            await super().rollback()


def connect(database: str, **options: Any) -> OneHopConnection:
    """Open a connection; for `create_async_engine(connect_args={"async_creator_fn": connect})`."""
    # opened on the driver's thread, used from there and from ours in turn, never at once
    options["check_same_thread"] = False
    return OneHopConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
