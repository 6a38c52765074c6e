"""Disputes: what a person says is wrong about them, until somebody has decided on it.

The words of both sides lie sealed in one cell: what the person says, what was stored when they said it, and later the
reason of the decision and the value put right. A fact with an open dispute is contested: nothing rests on it meanwhile.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import disputes, people
from storage.vault import VaultError

OPEN, UPHELD, REJECTED = "open", "upheld", "rejected"
Value = str | int | None


@dataclass(frozen=True, slots=True)
class Words:
    """What both sides said: the person's words and the value they contest; why it was decided, and the new value."""

    said: str
    contested: Value
    reason: str = ""
    corrected: Value = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute of one person."""

    id: int
    fact: str
    source: str
    state: str
    opened_at: dt.datetime
    due_at: dt.datetime
    decided_at: dt.datetime | None
    words: Words


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open dispute as a list shows it: whose, about what, and until when it is to be decided. No content."""

    id: int
    handle: str
    person_id: int
    fact: str
    source: str
    opened_at: dt.datetime
    due_at: dt.datetime
    reminded_at: dt.datetime | None


async def start(
    connection: AsyncConnection, person: Person, fact: str, source: str, words: Words, due: dt.datetime,
    now: dt.datetime,
) -> int:  # fmt: skip
    """Open a dispute and give its number; one about the same fact that is open already is left as it is."""
    mine = (disputes.c.person_id == person.id, disputes.c.fact == fact, disputes.c.source == source)
    known = await connection.scalar(select(disputes.c.id).where(*mine, disputes.c.state == OPEN))
    if known is not None:
        return int(known)
    row = {"person_id": person.id, "fact": fact, "source": source}
    values = {**row, **_sealed(person, row, words), "state": OPEN, "opened_at": now, "due_at": due}
    return int(await connection.scalar(insert(disputes).values(values).returning(disputes.c.id)) or 0)


async def every(connection: AsyncConnection, person: Person) -> list[Dispute]:
    """List a person's disputes, oldest first; one that does not open is reported and left out."""
    chosen = select(disputes).where(disputes.c.person_id == person.id).order_by(disputes.c.id)
    found = []
    for row in (await connection.execute(chosen)).mappings():
        try:
            found.append(_dispute(person, row))
        except VaultError as damage:
            damages.report(damage)
    return found


async def contested(connection: AsyncConnection, person: Person) -> set[tuple[str, str]]:
    """Name what a person contests now: (fact, source)."""
    chosen = select(disputes.c.fact, disputes.c.source)
    rows = await connection.execute(chosen.where(disputes.c.person_id == person.id, disputes.c.state == OPEN))
    return {(row.fact, row.source) for row in rows}


async def doubtful(connection: AsyncConnection, person: Person, since: dt.datetime) -> set[str]:
    """Name the facts that what was computed at `since` should not have rested on: contested, or put right after it."""
    open_now = disputes.c.state == OPEN
    righted = and_(disputes.c.state == UPHELD, disputes.c.decided_at > since)
    chosen = select(disputes.c.fact).where(disputes.c.person_id == person.id, or_(open_now, righted))
    return set(await connection.scalars(chosen))


async def waiting(connection: AsyncConnection) -> list[Waiting]:
    """List every open dispute, the one due first at the top."""
    chosen = (
        select(disputes, people.c.handle)
        .join(people, people.c.id == disputes.c.person_id)
        .where(disputes.c.state == OPEN)
        .order_by(disputes.c.due_at, disputes.c.id)
    )
    rows = (await connection.execute(chosen)).mappings()
    return [Waiting(**{name: row[name] for name in Waiting.__slots__}) for row in rows]


async def waits(connection: AsyncConnection, number: int) -> Waiting | None:
    """Give one open dispute by its number; None when there is none, or it is decided."""
    return next((one for one in await waiting(connection) if one.id == number), None)


async def decide(
    connection: AsyncConnection, person: Person, dispute: Dispute, state: str, words: Words, by: str,
    now: dt.datetime,
) -> bool:  # fmt: skip
    """Store a decision; False when somebody else decided first."""
    row = {"person_id": person.id, "fact": dispute.fact, "source": dispute.source}
    here = (disputes.c.id == dispute.id, disputes.c.state == OPEN)
    values = {"state": state, "decided_by": by, "decided_at": now, **_sealed(person, row, words)}
    return (await connection.execute(update(disputes).where(*here).values(values))).rowcount == 1


async def reminded(connection: AsyncConnection, numbers: Collection[int], now: dt.datetime) -> None:
    """Note that those who decide were reminded."""
    await connection.execute(update(disputes).where(disputes.c.id.in_(numbers)).values(reminded_at=now))


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase disputes decided before `before`; gives their number."""
    old = delete(disputes).where(disputes.c.state != OPEN, disputes.c.decided_at < before)
    return (await connection.execute(old)).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [
        {**{name: getattr(one, name) for name in Dispute.__slots__ if name != "words"}, **asdict(one.words)}
        for one in await every(connection, person)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all disputes of a person."""
    await connection.execute(delete(disputes).where(disputes.c.person_id == person.id))


def answered(dispute: Dispute, reason: str, corrected: Value = None) -> Words:
    """Give the words of a dispute with what was decided on it."""
    return replace(dispute.words, reason=reason, corrected=corrected)


def _sealed(person: Person, row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return seal(disputes, person.sealer, row, words_sealed=json.dumps(asdict(words)).encode())


def _dispute(person: Person, row: Mapping[Any, Any]) -> Dispute:
    words = Words(**json.loads(unseal(disputes, person.sealer, row, "words_sealed")))
    return Dispute(
        **{name: row[name] for name in Dispute.__slots__ if name != "words"},
        words=words,
    )
