"""Bulletins: fraud warnings that support writes, in every language of the bot, and sends to those who asked for them.

`reached` is the last subscriber one was put into the outbox for, written in the same transaction: whatever happens in
between, nobody gets it twice.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import bulletins

DRAFT, ASKED, REFUSED, SENDING, DONE, STOPPED = STATES = (
    "draft", "asked", "refused", "sending", "done", "stopped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What a bulletin says in one language: its text, and how the fraud sounds."""

    text: str
    example: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A fraud warning. `made_by` and `decided_by` are handles; `sent` counts the people it went to."""

    id: int
    scam: str
    texts: Mapping[str, Words]
    state: str
    made_by: str
    made_at: dt.datetime
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None
    reached: int
    sent: int
    done_at: dt.datetime | None


async def draft(
    connection: AsyncConnection, scam: str, texts: Mapping[str, Words], by: str, now: dt.datetime
) -> Bulletin:
    """Store a bulletin that nobody was asked about yet; an earlier draft of the same author goes."""
    await connection.execute(delete(bulletins).where(bulletins.c.made_by == by, bulletins.c.state == DRAFT))
    written = {language: [words.text, words.example] for language, words in texts.items()}
    values = {"scam": scam, "texts": json.dumps(written, ensure_ascii=False), "state": DRAFT}
    made = insert(bulletins).values(**values, made_by=by, made_at=now).returning(bulletins)
    return _read((await connection.execute(made)).mappings().one())


async def find(connection: AsyncConnection, number: int) -> Bulletin | None:
    """Give a bulletin by its number."""
    row = (
        (await connection.execute(select(bulletins).where(bulletins.c.id == number))).mappings().one_or_none()
    )
    return None if row is None else _read(row)


async def held(connection: AsyncConnection, number: int) -> Bulletin | None:
    """Give a bulletin as it stands, and let nobody else change it before the transaction ends."""
    mine = select(bulletins).where(bulletins.c.id == number).with_for_update()
    row = (await connection.execute(mine)).mappings().one_or_none()
    return None if row is None else _read(row)


async def listed(connection: AsyncConnection, states: Collection[str], most: int) -> list[Bulletin]:
    """List the newest bulletins in some states, the newest first."""
    chosen = select(bulletins).where(bulletins.c.state.in_(states)).order_by(bulletins.c.id.desc())
    return [_read(row) for row in (await connection.execute(chosen.limit(most))).mappings()]


async def move(connection: AsyncConnection, number: int, before: str, **after: Any) -> bool:
    """Change a bulletin that is still in a state; False when somebody was faster."""
    here = (bulletins.c.id == number, bulletins.c.state == before)
    return (await connection.execute(update(bulletins).where(*here).values(after))).rowcount == 1


async def drop(connection: AsyncConnection, number: int) -> None:
    """Throw away one that was never approved."""
    never = bulletins.c.state.in_((DRAFT, ASKED, REFUSED))
    await connection.execute(delete(bulletins).where(bulletins.c.id == number, never))


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Forget what was written before a moment and is not on its way; gives the number."""
    old = delete(bulletins).where(bulletins.c.made_at < before, bulletins.c.state != SENDING)
    return (await connection.execute(old)).rowcount


def _read(row: Mapping[Any, Any]) -> Bulletin:
    values = {name: row[name] for name in Bulletin.__slots__}
    texts = {language: Words(*words) for language, words in json.loads(row["texts"]).items()}
    return Bulletin(**values | {"texts": texts})
