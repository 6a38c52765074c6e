"""Clusters: reports that share a number, a link or their words; and what support knows to be a scam.

Nothing here says who reported it: a mark is a keyed hash, and the people are only counted.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.reports import Mark
from storage.tables import clusters


@dataclass(frozen=True, slots=True)
class Cluster:
    """What reports share, how many people reported it when support was told last, and who confirmed it."""

    digest: bytes
    kind: str
    scam: str
    people: int
    raised_at: dt.datetime | None
    confirmed_by: str | None


async def grow(
    connection: AsyncConnection, mark: Mark, scam: str, people: int, least: int, now: dt.datetime
) -> bool:
    """Note how many reported a mark; True when support is to be told: at `least`, and whenever it has doubled."""
    known = await _find(connection, mark.digest)
    if people < least or (known is not None and people < 2 * known.people):
        return False
    sure = known is not None and known.confirmed_by is not None
    values = {"people": people, "raised_at": now} | ({} if sure else {"scam": scam})
    if known is None:
        return await _new(connection, mark, values)
    here = (clusters.c.digest == mark.digest, clusters.c.people == known.people)
    return (await connection.execute(update(clusters).where(*here).values(values))).rowcount == 1


async def confirm(
    connection: AsyncConnection, marks: Sequence[Mark], scam: str, by: str, now: dt.datetime
) -> None:
    """Hold marks for those of a scam: support has looked at it."""
    values = {"scam": scam, "confirmed_by": by, "confirmed_at": now}
    for one in marks:
        here = update(clusters).where(clusters.c.digest == one.digest).values(values)
        if (await connection.execute(here)).rowcount == 0:
            await _new(connection, one, {"people": 0, **values})


async def doubt(connection: AsyncConnection, marks: Sequence[Mark]) -> None:
    """Hold words for those of a scam no more: support has looked again. Numbers and links may stand in true words."""
    texts = [one.digest for one in marks if one.kind == "text"]
    changed = update(clusters).where(clusters.c.digest.in_(texts))
    await connection.execute(changed.values(confirmed_by=None, confirmed_at=None))


async def known(connection: AsyncConnection, marks: Sequence[Mark]) -> Cluster | None:
    """Give what support has confirmed of these marks."""
    here = clusters.c.digest.in_([one.digest for one in marks])
    chosen = select(clusters).where(here, clusters.c.confirmed_at.is_not(None)).order_by(clusters.c.kind)
    row = (await connection.execute(chosen.limit(1))).mappings().one_or_none()
    return None if row is None else _read(row)


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Forget what nobody reported or confirmed since a moment; gives the number."""
    quiet = (
        or_(clusters.c.raised_at.is_(None), clusters.c.raised_at < before),
        or_(clusters.c.confirmed_at.is_(None), clusters.c.confirmed_at < before),
    )
    return (await connection.execute(delete(clusters).where(*quiet))).rowcount


async def _new(connection: AsyncConnection, mark: Mark, values: Mapping[str, Any]) -> bool:
    """Enter a mark; False when another was faster."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(clusters).values(digest=mark.digest, kind=mark.kind, **values)
    entered = new.on_conflict_do_nothing().returning(clusters.c.digest)
    return await connection.scalar(entered) is not None


async def _find(connection: AsyncConnection, digest: bytes) -> Cluster | None:
    row = (
        (await connection.execute(select(clusters).where(clusters.c.digest == digest)))
        .mappings()
        .one_or_none()
    )
    return None if row is None else _read(row)


def _read(row: Mapping[Any, Any]) -> Cluster:
    return Cluster(**{name: row[name] for name in Cluster.__slots__})
