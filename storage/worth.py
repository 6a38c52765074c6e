"""What a lender's alerts came to: the rows its ledger is made of, of all its borrowers at once."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people, plain
from storage.tables import alerts, cases, events, watches
from storage.vault import Vault

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """An alert that was told, with how its case went on."""

    person_id: int
    rule: str
    at: dt.datetime
    grounds: tuple[Mapping[str, Any], ...]
    contacted_at: dt.datetime | None
    outcome: str | None


async def sent(connection: AsyncConnection, vault: Vault, lender_id: int) -> list[Sent]:
    """List the alerts a lender was told; those of people who are gone went with them."""
    chosen = (
        select(alerts, cases.c.contacted_at, cases.c.outcome)
        .join(cases, cases.c.id == alerts.c.case_id)
        .where(alerts.c.lender_id == lender_id, alerts.c.held == "")
        .order_by(alerts.c.id)
    )
    rows = (await connection.execute(chosen)).mappings().all()
    return [
        Sent(row["person_id"], row["rule"], row["at"], tuple(row["content"]["grounds"]),
             row["contacted_at"], row["outcome"])
        for row in await _opened(connection, vault, alerts, rows)
    ]  # fmt: skip


async def watched(
    connection: AsyncConnection, lender_id: int
) -> list[tuple[int, dt.datetime, dt.datetime | None]]:
    """List a lender's watches, over or not: person, beginning, end."""
    chosen = select(watches.c.person_id, watches.c.started_at, watches.c.ended_at)
    rows = await connection.execute(chosen.where(watches.c.lender_id == lender_id).order_by(watches.c.id))
    return [(row.person_id, row.started_at, row.ended_at) for row in rows]


async def told(
    connection: AsyncConnection, vault: Vault, lender_id: int, kinds: Iterable[str]
) -> list[tuple[int, str, Mapping[str, Any]]]:
    """List what a lender told of some kinds: person, sender, content."""
    here = (events.c.lender_id == lender_id, events.c.kind.in_(list(kinds)))
    rows = (await connection.execute(select(events).where(*here).order_by(events.c.id))).mappings().all()
    return [
        (row["person_id"], row["sender"], row["content"])
        for row in await _opened(connection, vault, events, rows)
    ]


async def _opened(connection: AsyncConnection, vault: Vault, table: Table, rows: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        whose = await people.several(connection, vault, {row["person_id"] for row in part})
        usable = {number: one for number, one in whose.items() if one.sealer.usable}
        known = ((usable[row["person_id"]].sealer, row) for row in part if row["person_id"] in usable)
        found += plain.opened(table, known)
    return found
