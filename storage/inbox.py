"""The inbox: an update is a row before Telegram is told that we have it, and is handled exactly once.

Work that we give ourselves (scoring) goes through it too, so that it is done in the person's own order and survives a
kill like any update. The content is sealed and goes away once it is handled.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.tables import inbox
from storage.vault import Sealer, Vault, VaultError

WAITING, DONE, FAILED = "waiting", "done", "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """Something to handle: its row, whose chat it concerns, and what it says."""

    id: int
    chat_id: int
    payload: Mapping[str, Any]


_DONE = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.state == WAITING)
    .values(state=DONE, payload_sealed=None)
)

_WAITING = select(inbox.c.id).where(inbox.c.state == WAITING).order_by(inbox.c.id)
_TOLD = _WAITING.where(inbox.c.update_id.is_not(None))
_OWN = _WAITING.where(inbox.c.update_id.is_(None)).limit(bindparam("most"))


async def store(
    connection: AsyncConnection,
    sealers: Mapping[int, Sealer],
    updates: Sequence[tuple[int, int, Mapping[str, Any]]],
    now: dt.datetime,
) -> list[Item]:
    """Store updates given as (update_id, chat_id, content); gives the new ones, those already known are dropped.

    `sealers` has one for each chat.
    """
    if not updates:
        return []
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        _row(sealers[chat_id], chat_id, update_id, payload, now) for update_id, chat_id, payload in updates
    ]
    statement = dialect.insert(inbox).values(rows).on_conflict_do_nothing(index_elements=["update_id"])
    new = await connection.execute(statement.returning(inbox.c.id, inbox.c.update_id))
    content = {update_id: (chat_id, payload) for update_id, chat_id, payload in updates}
    return sorted((Item(row.id, *content[row.update_id]) for row in new), key=lambda item: item.id)


async def give(
    connection: AsyncConnection, sealer: Sealer, chat_id: int, payload: Mapping[str, Any], now: dt.datetime
) -> Item:
    """Give ourselves something to do for a person."""
    values = _row(sealer, chat_id, None, payload, now)
    row_id = await connection.scalar(insert(inbox).values(values).returning(inbox.c.id))
    return Item(int(row_id or 0), chat_id, payload)


async def give_all(
    connection: AsyncConnection, work: Sequence[tuple[Sealer, int, Mapping[str, Any]]], now: dt.datetime
) -> None:
    """Give ourselves the same for many people at once, as (sealer, chat, content)."""
    if work:
        await connection.execute(insert(inbox), [_row(one[0], one[1], None, one[2], now) for one in work])


async def told(connection: AsyncConnection) -> list[int]:
    """List the updates to be handled, the oldest first."""
    return list((await connection.execute(_TOLD)).scalars())


async def own(connection: AsyncConnection, most: int) -> list[int]:
    """List the work that we gave ourselves and is to be done, the oldest first, at most so much."""
    return list((await connection.execute(_OWN, {"most": most})).scalars())


async def waiting(connection: AsyncConnection, vault: Vault, rows: Sequence[int] | None = None) -> list[Item]:
    """Give what is not handled yet (of some rows), in its order; a row that does not open is reported and left alone.

    What somebody sent whose key is destroyed since is gone with them, and is closed here.
    """
    chosen = select(inbox).where(inbox.c.state == WAITING).order_by(inbox.c.id)
    if rows is not None:
        chosen = chosen.where(inbox.c.id.in_(rows))
    found = (await connection.execute(chosen)).mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in found})
    items = []
    for row in found:
        if row["key_id"] not in sealers:
            gone = update(inbox).where(inbox.c.id == row["id"])
            await connection.execute(gone.values(state=DONE, payload_sealed=None, chat_id=0))
            continue
        try:
            content = unseal(inbox, sealers[row["key_id"]], row, "payload_sealed")
        except VaultError as damage:
            damages.report(damage)
        else:
            items.append(Item(row["id"], row["chat_id"], json.loads(content)))
    return items


async def done(connection: AsyncConnection, row_id: int) -> bool:
    """Mark an item handled, in the transaction that holds its effects; False when it was handled already."""
    changed = await connection.execute(_DONE, {"row": row_id})
    return changed.rowcount == 1


async def stumbled(connection: AsyncConnection, row_id: int, error: str, most: int) -> bool:
    """Count a failed attempt; gives True when it was the last one and the item is set aside."""
    attempts = await connection.scalar(select(inbox.c.attempts).where(inbox.c.id == row_id))
    last = int(attempts or 0) + 1 >= most
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == row_id)
        .values(attempts=inbox.c.attempts + 1, error=error[:80], state=FAILED if last else WAITING)
    )
    return last


async def count(connection: AsyncConnection, state: str) -> int:
    """Count the rows in a state."""
    chosen = select(func.count()).select_from(inbox).where(inbox.c.state == state)
    return int(await connection.scalar(chosen) or 0)


async def prune(connection: AsyncConnection, before: dt.datetime) -> int:
    """Drop handled rows older than `before`, but never the newest update: its id guards against repeats."""
    newest = select(inbox.c.id).order_by(inbox.c.update_id.desc().nulls_last()).limit(1).scalar_subquery()
    old = delete(inbox).where(inbox.c.state != WAITING, inbox.c.at < before, inbox.c.id != newest)
    result: CursorResult[Any] = await connection.execute(old)
    return result.rowcount


async def export(connection: AsyncConnection, chat_id: int) -> list[dict[str, Any]]:
    """Give the record of what a chat sent lately. What it said is gone once handled, and is in the chat itself."""
    chosen = select(inbox.c.at, inbox.c.state, inbox.c.attempts).where(inbox.c.chat_id == chat_id)
    return [dict(row) for row in (await connection.execute(chosen.order_by(inbox.c.id))).mappings()]


async def forget(connection: AsyncConnection, chat_id: int) -> None:
    """Erase the content of what a chat sent; the bare rows stay, so that a repeated update is still recognised."""
    handled = update(inbox).where(inbox.c.chat_id == chat_id, inbox.c.state != WAITING)
    await connection.execute(handled.values(payload_sealed=None, chat_id=0))


def _row(
    sealer: Sealer, chat_id: int, update_id: int | None, payload: Mapping[str, Any], now: dt.datetime
) -> dict[str, Any]:
    # bound to the chat, so that nobody's words can be passed off as somebody else's by moving a cell
    row = {"chat_id": chat_id, "update_id": update_id, "key_id": sealer.id, "at": now}
    return row | seal(inbox, sealer, row, payload_sealed=json.dumps(payload).encode())
