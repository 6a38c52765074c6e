"""Yardsticks: every model that ever decided, and every country pack, whole, so that an old score can be made again.

They are in the database, because replicas share it and backups hold it; a file beside it would be in neither.
"""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import yardsticks

MODEL, PACK = "model", "pack"


async def keep(connection: AsyncConnection, kind: str, name: str, content: str, now: dt.datetime) -> None:
    """Keep one under its name; what is kept there stays as it is."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(yardsticks).values(kind=kind, name=name, content=content, at=now)
    await connection.execute(new.on_conflict_do_nothing(index_elements=["kind", "name"]))


async def find(connection: AsyncConnection, kind: str, name: str) -> str | None:
    """Give one by its name; None when it was never kept."""
    chosen = select(yardsticks.c.content).where(yardsticks.c.kind == kind, yardsticks.c.name == name)
    return await connection.scalar(chosen)
