"""Requests that were made with a name of their own (`Idempotency-Key`), and what was answered: a repeat gets the same.

The row is written in the transaction of the effect. A second request of the same name waits at it for the first, and
then finds its answer; where the first failed, it is the first itself.
"""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import requests

KEPT = dt.timedelta(hours=24)
"""How long an answer is kept to be given again."""
_UNANSWERED = 0
_MINE = (requests.c.apikey_id == bindparam("key"), requests.c.name == bindparam("called"))
_FIND = select(requests.c.body_hash, requests.c.status, requests.c.answer).where(*_MINE)
_ANSWER = update(requests).where(*_MINE).values(status=bindparam("said"), answer=bindparam("words"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request of this name."""

    status: int
    body: str


class Reused(Exception):
    """The name was used for something else before."""


async def claim(
    connection: AsyncConnection, key_id: int, name: str, content: bytes, now: dt.datetime
) -> Answer | None:
    """Claim a name for a request; None when it is new, else what was answered to it before. Raises Reused."""
    called, body_hash = sha256(name.encode()).hexdigest(), sha256(content).hexdigest()
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"apikey_id": key_id, "name": called, "body_hash": body_hash, "at": now}
    new = kind.insert(requests).values(**values, status=_UNANSWERED, answer="")
    mine = new.on_conflict_do_nothing().returning(requests.c.apikey_id)
    if await connection.scalar(mine) is not None:
        return None
    row = (await connection.execute(_FIND, {"key": key_id, "called": called})).one()
    if row.body_hash != body_hash:
        raise Reused
    return Answer(row.status, row.answer)


async def finish(connection: AsyncConnection, key_id: int, name: str, answer: Answer) -> None:
    """Note what is answered to a request, in the transaction that claimed its name."""
    called = sha256(name.encode()).hexdigest()
    values = {"key": key_id, "called": called, "said": answer.status, "words": answer.body}
    await connection.execute(_ANSWER, values)


async def prune(connection: AsyncConnection, now: dt.datetime) -> int:
    """Drop answers that were kept long enough; gives their number."""
    return (await connection.execute(delete(requests).where(requests.c.at < now - KEPT))).rowcount
