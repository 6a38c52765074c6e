"""Newest: what a sweep must know of many watched people, read with few questions to the database."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cells import unseal
from storage.tables import consents, events, facts, people, scores, watches
from storage.vault import Sealer, Vault

MOST = 1000
"""People at a look, as many as one question may name."""

_ON = exists().where(watches.c.person_id == people.c.id, watches.c.ended_at.is_(None))
# `+ 0`: PostgreSQL would look for the highest number of all backwards until it meets one of the person's
_PEOPLE = (
    select(
        people.c.id,
        people.c.country,
        people.c.key_id,
        select(func.max(scores.c.id + 0))
        .where(scores.c.person_id == people.c.id)
        .scalar_subquery()
        .label("score"),
        select(func.max(events.c.id + 0))
        .where(events.c.person_id == people.c.id)
        .scalar_subquery()
        .label("event"),
        select(func.max(facts.c.at)).where(facts.c.person_id == people.c.id).scalar_subquery().label("fact"),
    )
    .where(people.c.id > bindparam("after"), _ON)
    .order_by(people.c.id)
    .limit(bindparam("most"))
)
_SCORES = select(scores).where(scores.c.id.in_(bindparam("rows", expanding=True)))
_COUNT = select(func.count(watches.c.person_id.distinct())).where(watches.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Newest:
    """Somebody who is watched: the newest score, still sealed, and how new what it should know of is.

    `event_id` is 0 without events. The sealer is None where the key is no more.
    """

    person_id: int
    country: str
    sealer: Sealer | None
    score: Mapping[Any, Any] | None
    event_id: int
    fact_at: dt.datetime | None

    def content(self) -> bytes:
        """Open what is sealed of the score, as JSON. VaultError when it does not open."""
        assert self.score is not None and self.sealer is not None  # noqa: S101, PT018 - asked only where they are  # nosec B101
        return unseal(scores, self.sealer, self.score, "score_sealed")


async def page(connection: AsyncConnection, vault: Vault, after: int, most: int) -> Sequence[Newest]:
    """Read up to `most` people whom somebody watches, from a number on, in the order of their numbers."""
    asked = {"after": after, "most": min(most, MOST)}
    found = (await connection.execute(_PEOPLE, asked)).all()
    numbers = [row.score for row in found if row.score is not None]
    rows = (await connection.execute(_SCORES, {"rows": numbers})).mappings().all() if numbers else []
    known = {row["id"]: row for row in rows}
    sealers = await vault.sealers({row.key_id for row in found})
    return [
        Newest(row.id, row.country, sealers.get(row.key_id), known.get(row.score), row.event or 0, row.fact)
        for row in found
    ]


async def lapsed(
    connection: AsyncConnection, first: int, last: int, version: int, now: dt.datetime
) -> list[int]:
    """List the people from one number to another with a watch that is on although its consent has run out.

    `version` is that of the text in force.
    """
    resting = (consents.c.person_id == watches.c.person_id) & (consents.c.receipt == watches.c.receipt)
    over = (consents.c.expires_at <= now) | (consents.c.version != version)
    chosen = select(watches.c.person_id).join(consents, resting).where(watches.c.ended_at.is_(None), over)
    chosen = chosen.where(watches.c.person_id.between(first, last)).distinct().order_by(watches.c.person_id)
    return list(await connection.scalars(chosen))


async def count(connection: AsyncConnection, after: int = 0) -> int:
    """Count the people whom somebody watches, from a number on."""
    return int(await connection.scalar(_COUNT.where(watches.c.person_id > after)) or 0)
