"""A person's rights over what was done and said in cases about them; see `storage.cases` for the rest."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import entries


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [plain.readable(row) for row in await plain.rows(connection, entries, person)]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's rows."""
    await plain.forget(connection, entries, person)
