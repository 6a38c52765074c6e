"""What the keepers of tables without sealed columns share: a person's rows out, or gone."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person


async def export(connection: AsyncConnection, table: Table, person: Person) -> list[dict[str, Any]]:
    """Give a person's rows, without their numbers."""
    chosen = select(table).where(table.c.person_id == person.id).order_by(*table.primary_key.columns)
    return [readable(row) for row in (await connection.execute(chosen)).mappings()]


async def forget(connection: AsyncConnection, table: Table, person: Person) -> None:
    """Erase a person's rows."""
    await connection.execute(delete(table).where(table.c.person_id == person.id))


def readable(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Leave out what says nothing to a person: numbers of rows, seals, hashes."""
    hidden = ("_sealed", "_hash", "_index", "_id", "row_version")
    return {name: value for name, value in row.items() if name != "id" and not name.endswith(hidden)}
