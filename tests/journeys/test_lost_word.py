"""A commit that succeeds while its word gets lost (a server restarts, a line breaks) is not the end of its turn."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import outbox
from tests.chat import Candor


async def test_what_was_committed_is_said_once_though_nobody_told_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Candor(tmp_path) as candor:
        li = candor.person(language="en")
        await li.says("/help")
        await candor.quiet()
        database, struck = candor.context.database, 0
        kept = database.write

        @asynccontextmanager
        async def write() -> AsyncIterator[AsyncConnection]:
            nonlocal struck
            async with kept() as connection:
                yield connection
                waiting = select(func.count()).where(outbox.c.state == "waiting")
                answered = await connection.scalar(waiting)
            if answered and not struck:
                struck += 1
                trouble = sqlite3.OperationalError("disk I/O error")
                trouble.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise OperationalError("COMMIT", {}, trouble)

        monkeypatch.setattr(database, "write", write)
        before = len(li.player.messages())
        await li.says("/help")
        await candor.quiet()
        assert struck == 1
        assert len(li.player.messages()) == before + 2  # what was asked, and one answer
