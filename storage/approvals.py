"""Approvals: what one asks for and another has to agree to. Each lasts for a time, and is used up by what it allows."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import approvals

ASKED, APPROVED, REFUSED, USED = "asked", "approved", "refused", "used"


@dataclass(frozen=True, slots=True)
class Approval:
    """Something asked for: what, to which object, by whom (a handle, or "shell"), and how it stands."""

    id: int
    action: str
    object: str
    asked_by: str
    asked_at: dt.datetime
    expires_at: dt.datetime
    state: str


async def ask(
    connection: AsyncConnection,
    action: str,
    object_: str,
    asked_by: str,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> int:
    """Ask for something; gives the number of the request."""
    values = {
        "action": action,
        "object": object_,
        "asked_by": asked_by,
        "asked_at": now,
        "expires_at": expires_at,
    }
    return int(await connection.scalar(insert(approvals).values(values).returning(approvals.c.id)) or 0)


async def waiting(connection: AsyncConnection, now: dt.datetime) -> list[Approval]:
    """List what waits for an answer, the oldest first."""
    chosen = select(approvals).where(approvals.c.state == ASKED, approvals.c.expires_at > now)
    return [_approval(row) for row in await connection.execute(chosen.order_by(approvals.c.id))]


async def newest(connection: AsyncConnection, most: int) -> list[Approval]:
    """List the last requests, whatever became of them, the newest first."""
    chosen = select(approvals).order_by(approvals.c.id.desc()).limit(most)
    return [_approval(row) for row in await connection.execute(chosen)]


async def answer(
    connection: AsyncConnection, number: int, by: str, now: dt.datetime, *, approved: bool
) -> bool:
    """Approve or refuse; False for what does not wait any more, and for one's own request."""
    open_one = update(approvals).where(
        approvals.c.id == number,
        approvals.c.state == ASKED,
        approvals.c.expires_at > now,
        approvals.c.asked_by != by,
    )
    state = APPROVED if approved else REFUSED
    done = await connection.execute(open_one.values(state=state, answered_by=by, answered_at=now))
    return done.rowcount == 1


async def use(connection: AsyncConnection, action: str, object_: str, now: dt.datetime) -> bool:
    """Use an approval up; False when there is none for exactly this."""
    fitting = (
        approvals.c.action == action,
        approvals.c.object == object_,
        approvals.c.state == APPROVED,
        approvals.c.expires_at > now,
    )
    oldest = select(approvals.c.id).where(*fitting).order_by(approvals.c.id).limit(1).scalar_subquery()
    # the state is looked at again: of two who use one approval, the second waits for the first and finds it used
    taken = update(approvals).where(approvals.c.id == oldest, approvals.c.state == APPROVED)
    return (await connection.execute(taken.values(state=USED))).rowcount == 1


def _approval(row: Any) -> Approval:
    return Approval(row.id, row.action, row.object, row.asked_by, row.asked_at, row.expires_at, row.state)
