"""Questions: what somebody asked in plain words, which topic answered, and whether that helped.

What was said to help, or not to, leans the search for everybody (`voices`). Whoever holds an index made of voices
learns from `state` that they changed: also that somebody's are gone with them.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages, marks
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import people, questions
from storage.vault import Sealer, Vault, VaultError

CHANGED = "questions.changed"
"""The mark that changes whenever a voice was given or taken away."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one person asked. No `topic` answered while nothing was near enough; `good` is None until they said so."""

    id: int
    language: str
    topic: str | None
    good: bool | None
    words: str
    at: dt.datetime


async def ask(
    connection: AsyncConnection, person: Person, topic: str | None, words: str, now: dt.datetime
) -> None:
    """Note a question and the topic that answered it."""
    row = {"person_id": person.id, "language": person.language}
    sealed = seal(questions, person.sealer, row, words_sealed=words.encode())
    await connection.execute(insert(questions).values(**row, topic=topic, at=now, **sealed))


async def choose(connection: AsyncConnection, number: int, topic: str) -> None:
    """Note which of the offered topics somebody took for their question, unless one is noted already."""
    unanswered = (questions.c.id == number, questions.c.topic.is_(None))
    await connection.execute(update(questions).where(*unanswered).values(topic=topic))


async def vote(connection: AsyncConnection, number: int, now: dt.datetime, *, good: bool) -> None:
    """Note whether the answer to a question helped."""
    await connection.execute(update(questions).where(questions.c.id == number).values(good=good))
    await _changed(connection, now)


async def recent(connection: AsyncConnection, person: Person, most: int) -> list[Question]:
    """List a person's newest questions, the newest first; one whose words do not open is reported and left out."""
    chosen = select(questions).where(questions.c.person_id == person.id)
    rows = await connection.execute(chosen.order_by(questions.c.id.desc()).limit(most))
    return [one for row in rows.mappings() if (one := _question(person.sealer, row)) is not None]


async def voices(connection: AsyncConnection, vault: Vault, most: int) -> list[Question]:
    """List the newest questions that somebody said something of: of each person and topic the newest alone."""
    chosen = _with_keys().where(questions.c.good.is_not(None), questions.c.topic.is_not(None))
    found = await _opened(connection, vault, chosen.order_by(questions.c.id.desc()).limit(most))
    first: dict[tuple[int, str | None], Question] = {}
    for person_id, one in found:
        first.setdefault((person_id, one.topic), one)
    return list(first.values())


async def unhelped(
    connection: AsyncConnection, vault: Vault, since: dt.datetime, until: dt.datetime, most: int
) -> list[Question]:
    """List the newest questions that no topic answered, or whose answer did not help, without a name to any."""
    failed = questions.c.topic.is_(None) | questions.c.good.is_(False)
    chosen = _with_keys().where(failed, questions.c.at >= since, questions.c.at < until)
    found = await _opened(connection, vault, chosen.order_by(questions.c.id.desc()).limit(most))
    return [one for _, one in found]


async def state(connection: AsyncConnection) -> str:
    """Give what changes whenever a voice was given or taken away."""
    mark = await marks.find(connection, CHANGED)
    return mark.value if mark else ""


async def expire(connection: AsyncConnection, before: dt.datetime, now: dt.datetime) -> int:
    """Erase what was asked before `before`; gives its number."""
    gone = (await connection.execute(delete(questions).where(questions.c.at < before))).rowcount
    if gone:
        await _changed(connection, now)
    return gone


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    rows = (await connection.execute(select(questions).where(questions.c.person_id == person.id))).mappings()
    shown = ("language", "topic", "good", "words", "at")
    found = [one for row in rows if (one := _question(person.sealer, row)) is not None]
    return [{name: getattr(one, name) for name in shown} for one in found]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all questions of a person; what they said of answers leans nothing any more."""
    mine = delete(questions).where(questions.c.person_id == person.id).returning(questions.c.at)
    if times := (await connection.scalars(mine)).all():
        await _changed(connection, max(times))


async def _changed(connection: AsyncConnection, now: dt.datetime) -> None:
    # not a number: two who count at the same time would come to the same
    await marks.put(connection, CHANGED, uuid.uuid4().hex, now)


def _with_keys() -> Any:
    return select(questions, people.c.key_id).join(people, people.c.id == questions.c.person_id)


async def _opened(connection: AsyncConnection, vault: Vault, chosen: Any) -> list[tuple[int, Question]]:
    rows = (await connection.execute(chosen)).mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in rows})
    found = []
    for row in rows:
        one = _question(sealers[row["key_id"]], row) if row["key_id"] in sealers else None
        if one is not None:
            found.append((row["person_id"], one))
    return found


def _question(sealer: Sealer, row: Mapping[Any, Any]) -> Question | None:
    try:
        words = unseal(questions, sealer, row, "words_sealed").decode()
    except VaultError as damage:
        damages.report(damage)
        return None
    return Question(row["id"], row["language"], row["topic"], row["good"], words, row["at"])
