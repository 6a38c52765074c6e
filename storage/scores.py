"""Scores: what was computed, from what, by which model, under which consent. Never changed, only added."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import scores
from storage.vault import VaultError


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
    event_id: int | None = None  # the newest event it knows of


@dataclass(frozen=True, slots=True)
class Stored:
    """A score on record. `content` holds the answers it rests on and the result."""

    id: int
    origin: Origin
    content: Mapping[str, Any]
    at: dt.datetime


class NoLiveReceipt(Exception):
    """The database refused a row: the consent it would rest on has ended."""


async def add(
    connection: AsyncConnection, person: Person, origin: Origin, content: Mapping[str, Any], now: dt.datetime
) -> None:
    """Store one score; a query has one at most. Raises NoLiveReceipt when its consent has ended meanwhile."""
    columns = {name: getattr(origin, name) for name in Origin.__slots__} | {"person_id": person.id, "at": now}
    sealed = seal(scores, person.sealer, columns, score_sealed=json.dumps(content).encode())
    with resting_on_consent():
        await connection.execute(insert(scores).values(**columns, **sealed))


@contextlib.contextmanager
def resting_on_consent() -> Iterator[None]:
    """Turn the database's refusal of a row without a live receipt (migration 0003) into NoLiveReceipt."""
    try:
        yield
    except IntegrityError as refusal:
        if "no live receipt" in str(refusal.orig):
            raise NoLiveReceipt from None
        raise


async def recent(connection: AsyncConnection, person: Person, most: int = 60) -> list[Stored]:
    """List the newest scores, oldest of them first; one that does not open is reported and left out."""
    chosen = select(scores).where(scores.c.person_id == person.id).order_by(scores.c.id.desc()).limit(most)
    found = []
    for row in (await connection.execute(chosen)).mappings():
        try:
            content = json.loads(unseal(scores, person.sealer, row, "score_sealed"))
        except VaultError as damage:
            damages.report(damage)
        else:
            origin = Origin(**{name: row[name] for name in Origin.__slots__})
            found.append(Stored(row["id"], origin, content, row["at"]))
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
