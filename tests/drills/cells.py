"""Every sealed cell there is, opened; shared by the drills of the keys."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from storage import tables
from storage.cells import sealed_columns, unseal
from storage.database import Database
from storage.tables import CHAT, SEALED
from storage.vault import KeyDestroyed, Vault, VaultError


@dataclass(frozen=True)
class Cell:
    """A sealed value where it lies, and the number of the key its row goes by."""

    table: Table
    column: str
    row: Any
    key_id: int

    @property
    def value(self) -> bytes:
        return bytes(self.row[self.column])

    @property
    def here(self) -> list[Any]:
        return [column == self.row[column.name] for column in self.table.primary_key.columns]

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column}"


async def every(database: Database) -> AsyncIterator[Cell]:
    """Give every sealed cell that holds something."""
    async with database.read() as read:
        people = {row.id: row.key_id for row in await read.execute(select(tables.people))}
        for table in SEALED:
            for row in (await read.execute(select(table))).mappings().all():
                owner = row["id"] if table is tables.people else row.get("person_id")
                key_id = row["key_id"] if table in CHAT else people[owner]
                for column in sealed_columns(table):
                    if row[column] is not None:
                        yield Cell(table, column, row, key_id)


async def opened(database: Database, vault: Vault) -> tuple[int, list[str]]:
    """Open every cell; gives how many there are, and where those lie that do not open."""
    count, wrong = 0, []
    async for cell in every(database):
        count += 1
        try:
            unseal(cell.table, await vault.sealer(cell.key_id), cell.row, cell.column)
        except (VaultError, KeyDestroyed):
            wrong.append(str(cell))
    return count, wrong
