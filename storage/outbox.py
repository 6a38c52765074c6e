"""The outbox: a message that must arrive is a row before it is a call.

Rows of one chat leave in their order. Content is sealed and goes away once it is sent; the row stays for a while, as
the record that it was.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.tables import outbox
from storage.vault import Sealer, Vault, VaultError

WAITING, SENT, FAILED, UNKNOWN = "waiting", "sent", "failed", "unknown"
"""States. Unknown: a campaign's message whose fate nobody told us; it is not sent again."""
FLOOD = "RetryAfter"
"""The error of a row whose whole chat Telegram told us to let rest."""
ANSWER, NOTICE, CAMPAIGN = 0, 1, 2
"""Priorities: what somebody waits for, what must reach them, what can wait."""


@dataclass(frozen=True, slots=True)
class Call:
    """A Bot API call to be made: method, parameters, and a file for multipart methods.

    `edits` is the row whose message this call changes, when that message is not known yet.
    """

    method: str
    payload: Mapping[str, Any]
    file: bytes | None = None
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class Of:
    """What a message hangs on: that its reader works for a lender, and that this lender may hear of a person.

    Or that its reader wants to hear of a `campaign`, such as "tip" or "bulletin.7".
    """

    lender_id: int | None = None
    person_id: int | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A call with its row: what the courier carries."""

    id: int
    chat_id: int
    call: Call
    attempts: int = 0
    at: dt.datetime | None = None
    not_before: dt.datetime | None = None
    priority: int = 0


_PUT = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)
_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state=SENT,
        message_id=bindparam("message"),
        sent_at=bindparam("when"),
        payload_sealed=None,
        file_sealed=None,
    )
)

_DUE = (
    select(outbox.c.id)
    .where(
        outbox.c.state == WAITING,
        outbox.c.priority <= bindparam("least"),
        outbox.c.not_before.is_(None) | (outbox.c.not_before <= bindparam("now")) | (outbox.c.attempts > 0),
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("most"))
)


async def put(
    connection: AsyncConnection, sealer: Sealer, chat_id: int, calls: Sequence[Call], now: dt.datetime,
    priority: int = ANSWER, not_before: dt.datetime | None = None, of: Of | None = None,
) -> list[Parcel]:  # fmt: skip
    """Store calls to one chat in their order, in the transaction that holds their cause."""
    if not calls:
        return []
    order: dict[str, Any] = {"priority": priority, "not_before": not_before}
    if of is not None:
        order |= {"lender_id": of.lender_id, "about": of.person_id, "campaign": of.campaign}
    rows = [_row(sealer, chat_id, call, now) | order for call in calls]
    ids = (await connection.execute(_PUT, rows)).scalars().all()
    return [
        Parcel(row_id, chat_id, call, at=now, not_before=not_before, priority=priority)
        for row_id, call in zip(ids, calls, strict=True)
    ]


async def due(connection: AsyncConnection, now: dt.datetime, most: int, least_urgent: int) -> list[int]:
    """List the rows to be sent now, the most urgent first. What was tried before keeps its place while it waits."""
    chosen = {"now": now, "most": most, "least": least_urgent}
    return list((await connection.execute(_DUE, chosen)).scalars())


async def waiting(
    connection: AsyncConnection, vault: Vault, rows: Sequence[int] | None = None
) -> list[Parcel]:
    """Give what is not sent yet (of some rows), in order; a row that does not open is reported and left alone."""
    chosen = select(outbox).where(outbox.c.state == WAITING).order_by(outbox.c.id)
    if rows is not None:
        chosen = chosen.where(outbox.c.id.in_(rows))
    found = (await connection.execute(chosen)).mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in found})
    parcels = []
    for row in found:
        if row["key_id"] not in sealers:
            continue  # its person is gone, and the row will be
        try:
            call = _call(sealers[row["key_id"]], row)
        except VaultError as damage:
            damages.report(damage)
        else:
            order = {name: row[name] for name in ("attempts", "at", "not_before", "priority")}
            parcels.append(Parcel(row["id"], row["chat_id"], call, **order))
    return parcels


async def resting(connection: AsyncConnection, now: dt.datetime) -> dict[int, dt.datetime]:
    """List the chats Telegram told us to let rest, each with the end of it."""
    flood = (outbox.c.state == WAITING, outbox.c.error == FLOOD, outbox.c.not_before > now)
    chosen = select(outbox.c.chat_id, outbox.c.not_before).where(*flood)
    rests: dict[int, dt.datetime] = {}
    for chat_id, until in await connection.execute(chosen):
        rests[chat_id] = max(until, rests.get(chat_id, until))
    return rests


async def sent(connection: AsyncConnection, results: Mapping[int, int | None], now: dt.datetime) -> None:
    """Mark rows sent, each with the id Telegram gave its message, and let their content go."""
    rows = [{"row": row_id, "message": message_id, "when": now} for row_id, message_id in results.items()]
    await connection.execute(_SENT, rows)


async def trying(connection: AsyncConnection, row_id: int) -> None:
    """Note, before it happens, that a call is made which must not be made twice."""
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(state=UNKNOWN))


async def failed(connection: AsyncConnection, row_id: int, error: str, state: str = FAILED) -> None:
    """Give a row up, as failed or with its fate unknown; the error is a class name, never content."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(state=state, error=error[:80], payload_sealed=None, file_sealed=None)
    )


async def later(connection: AsyncConnection, row_id: int, not_before: dt.datetime, error: str) -> None:
    """Put a row off; a restart keeps the waiting time Telegram asked for."""
    tried = {"attempts": outbox.c.attempts + 1, "not_before": not_before, "error": error[:80]}
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(state=WAITING, **tried))


async def stands(connection: AsyncConnection, row_id: int) -> bool:
    """Say whether a row is still there: one that was taken back is not."""
    return await connection.scalar(select(outbox.c.id).where(outbox.c.id == row_id)) is not None


async def recall(connection: AsyncConnection, campaign: str, chat_id: int | None = None) -> int:
    """Take back what still waits of a campaign, or of all of its kind, to one chat or to all; gives how much."""
    of_it = (outbox.c.campaign == campaign) | outbox.c.campaign.startswith(f"{campaign}.")
    to = () if chat_id is None else (outbox.c.chat_id == chat_id,)
    waiting_of = delete(outbox).where(outbox.c.state == WAITING, of_it, *to)
    return (await connection.execute(waiting_of)).rowcount


async def message_of(connection: AsyncConnection, row_id: int) -> int | None:
    """Give Telegram's id of the message a row became."""
    return await connection.scalar(select(outbox.c.message_id).where(outbox.c.id == row_id))


async def count(connection: AsyncConnection, state: str) -> int:
    """Count the rows in a state."""
    chosen = select(func.count()).select_from(outbox).where(outbox.c.state == state)
    return int(await connection.scalar(chosen) or 0)


async def prune(connection: AsyncConnection, before: dt.datetime) -> int:
    """Drop rows sent or given up before `before`."""
    old = delete(outbox).where(outbox.c.state != WAITING, outbox.c.at < before)
    return (await connection.execute(old)).rowcount


async def export(connection: AsyncConnection, chat_id: int, sealer: Sealer) -> list[dict[str, Any]]:
    """Give the record of what went to a chat lately, with the words of what is still on its way."""
    found = []
    chosen = select(outbox).where(outbox.c.chat_id == chat_id).order_by(outbox.c.id)
    for row in (await connection.execute(chosen)).mappings():
        record = {name: row[name] for name in ("at", "method", "state", "attempts", "sent_at")}
        if row["payload_sealed"] is not None and row["key_id"] == sealer.id:
            try:
                payload = _call(sealer, row).payload
            except VaultError as damage:
                damages.report(damage)
            else:
                record["words"] = payload.get("text") or payload.get("caption")
        found.append(record)
    return found


async def forget(connection: AsyncConnection, chat_id: int, key_id: int | None = None) -> None:
    """Erase everything on its way to a chat or, under a person's key, to any other; and the record of what went."""
    theirs = outbox.c.chat_id == chat_id
    theirs = theirs if key_id is None else theirs | (outbox.c.key_id == key_id)
    await connection.execute(delete(outbox).where(theirs))


def _row(sealer: Sealer, chat_id: int, call: Call, now: dt.datetime) -> dict[str, Any]:
    # bound to the chat, so that a message moved to another row cannot reach another person
    row = {"chat_id": chat_id, "key_id": sealer.id, "method": call.method, "edits": call.edits, "at": now}
    payload = json.dumps(call.payload).encode()
    return row | seal(outbox, sealer, row, payload_sealed=payload, file_sealed=call.file)


def _call(sealer: Sealer, row: Mapping[Any, Any]) -> Call:
    payload = json.loads(unseal(outbox, sealer, row, "payload_sealed"))
    file = None if row["file_sealed"] is None else unseal(outbox, sealer, row, "file_sealed")
    return Call(row["method"], payload, file, row["edits"])
