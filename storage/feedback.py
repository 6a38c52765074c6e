"""Feedback: whether an answer or a score helped, one word per person and subject, and why not where they said so."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import feedback, people
from storage.vault import Sealer, Vault, VaultError


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person thinks of one subject: "score", or the topic of an answer."""

    subject: str
    good: bool
    words: str | None
    at: dt.datetime


async def put(connection: AsyncConnection, person: Person, opinion: Opinion) -> None:
    """Store an opinion in the place of an earlier one on the same subject."""
    row = {"person_id": person.id, "subject": opinion.subject}
    words = None if opinion.words is None else opinion.words.encode()
    values = {
        "good": opinion.good,
        "at": opinion.at,
        **seal(feedback, person.sealer, row, words_sealed=words),
    }
    mine = (feedback.c.person_id == person.id, feedback.c.subject == opinion.subject)
    if (await connection.execute(update(feedback).where(*mine).values(values))).rowcount == 0:
        await connection.execute(insert(feedback).values(**row, **values))


async def about(connection: AsyncConnection, person: Person, subject: str) -> Opinion | None:
    """Give what a person thinks of one subject; None when they said nothing."""
    return next((one for one in await every(connection, person) if one.subject == subject), None)


async def every(connection: AsyncConnection, person: Person) -> list[Opinion]:
    """List a person's opinions; words that do not open are reported and left out."""
    chosen = select(feedback).where(feedback.c.person_id == person.id).order_by(feedback.c.id)
    return [_opinion(person.sealer, row) for row in (await connection.execute(chosen)).mappings()]


async def all_of(
    connection: AsyncConnection, vault: Vault, since: dt.datetime | None = None
) -> list[Opinion]:
    """List everybody's opinions, newest first, without a name to any of them."""
    chosen = select(feedback, people.c.key_id).join(people, people.c.id == feedback.c.person_id)
    if since is not None:
        chosen = chosen.where(feedback.c.at >= since)
    rows = (await connection.execute(chosen.order_by(feedback.c.at.desc(), feedback.c.id))).mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in rows})
    return [_opinion(sealers[row["key_id"]], row) for row in rows if row["key_id"] in sealers]


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase opinions older than `before`; gives their number."""
    return (await connection.execute(delete(feedback).where(feedback.c.at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [
        {name: getattr(one, name) for name in Opinion.__slots__} for one in await every(connection, person)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all opinions of a person."""
    await connection.execute(delete(feedback).where(feedback.c.person_id == person.id))


def _opinion(sealer: Sealer, row: Mapping[Any, Any]) -> Opinion:
    words = None
    if row["words_sealed"] is not None:
        try:
            words = unseal(feedback, sealer, row, "words_sealed").decode()
        except VaultError as damage:
            damages.report(damage)
    return Opinion(row["subject"], row["good"], words, row["at"])
