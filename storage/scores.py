"""Scores: what was computed, from what, by which model, under which consent. Never changed, only added."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.tables import scores


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a score comes from: enough to compute it again to the bit."""

    query_id: int
    receipt: str
    cause: str
    model_id: str
    model_hash: str
    pack: str
    pack_version: str
    inputs_hash: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A score on record. `content` holds the answers it rests on and the result."""

    id: int
    origin: Origin
    content: Mapping[str, Any]
    at: dt.datetime


async def add(
    connection: AsyncConnection, person: Person, origin: Origin, content: Mapping[str, Any], now: dt.datetime
) -> None:
    """Store one score; a query has one at most."""
    sealed = person.sealer.seal(json.dumps(content).encode(), _cell(person.id, origin.query_id))
    columns = {name: getattr(origin, name) for name in Origin.__slots__}
    await connection.execute(
        insert(scores).values(person_id=person.id, score_sealed=sealed, at=now, **columns)
    )


async def recent(connection: AsyncConnection, person: Person, most: int = 60) -> list[Stored]:
    """List the newest scores, oldest of them first."""
    chosen = select(scores).where(scores.c.person_id == person.id).order_by(scores.c.id.desc()).limit(most)
    found = [
        Stored(
            row.id,
            Origin(**{name: getattr(row, name) for name in Origin.__slots__}),
            json.loads(person.sealer.open(row.score_sealed, _cell(person.id, row.query_id))),
            row.at,
        )
        for row in await connection.execute(chosen)
    ]
    return found[::-1]


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [
        {"at": s.at, **{name: getattr(s.origin, name) for name in Origin.__slots__}, **s.content}
        for s in await recent(connection, person, most=100_000)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all scores of a person."""
    await connection.execute(delete(scores).where(scores.c.person_id == person.id))


def _cell(person_id: int, query_id: int) -> str:
    return f"scores.score:{person_id}:{query_id}"
