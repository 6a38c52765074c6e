"""What keepers share: a person's rows out, with what is sealed opened, or gone."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import sealed_columns, unseal
from storage.people import Person
from storage.vault import Sealer, VaultError

Row = dict[str, Any]


async def rows(
    connection: AsyncConnection, table: Table, person: Person, *which: ColumnElement[bool]
) -> list[Row]:
    """Give rows of a person, oldest first, with their sealed cells opened; see `opened`."""
    chosen = select(table).where(table.c.person_id == person.id, *which).order_by(table.c.id)
    return opened(table, ((person.sealer, row) for row in (await connection.execute(chosen)).mappings()))


def opened(table: Table, found: Iterable[tuple[Sealer, Mapping[Any, Any]]]) -> list[Row]:
    """Open the sealed cells of rows, which hold JSON: `words_sealed` becomes `words`, None where there is nothing.

    A row that does not open is reported and left out.
    """
    whole = []
    for sealer, row in found:
        result: Row = dict(row)
        try:
            for column in sealed_columns(table):
                content = None if row[column] is None else json.loads(unseal(table, sealer, row, column))
                result[column.removesuffix("_sealed")] = content
        except VaultError as damage:
            damages.report(damage)
        else:
            whole.append(result)
    return whole


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
