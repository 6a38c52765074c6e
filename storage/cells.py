"""Cells: how a sealed value is bound to its place, declared once beside each table (`info["cell"]`).

The place is table, column, the columns that identify the row, and the row version. The version is drawn anew at every
write, so a value from another row, another column or an earlier day does not open.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from storage.vault import Sealer, VaultError

VERSION = "row_version"


def seal(table: Table, sealer: Sealer, row: Mapping[str, Any], **plain: bytes | None) -> dict[str, Any]:
    """Seal values of one row (column=content, None for nothing); gives the columns to write, the version included.

    `row` holds at least the columns that identify it. All sealed columns of a row are written together.
    """
    version = secrets.randbits(62)
    sealed = {
        column: None if content is None else sealer.seal(content, _place(table, column, row, version))
        for column, content in plain.items()
    }
    return {**sealed, VERSION: version}


def unseal(table: Table, sealer: Sealer, row: Mapping[Any, Any], column: str) -> bytes:
    """Open one sealed cell of a row as it was read; VaultError when it does not belong there."""
    if not isinstance(row[column], bytes):
        raise VaultError(f"{table.name}.{column}: there is nothing where a sealed value belongs")
    return sealer.open(row[column], _place(table, column, row, row[VERSION]))


def sealed_columns(table: Table) -> tuple[str, ...]:
    """Name the sealed columns of a table."""
    return tuple(column.name for column in table.c if column.name.endswith("_sealed"))


def _place(table: Table, column: str, row: Mapping[Any, Any], version: int) -> str:
    identity = ":".join("" if row[name] is None else str(row[name]) for name in table.info["cell"])
    return f"{table.name}.{column}:{identity}:{version}"
