"""Letters: that a signed message was sent, to whom, in whose name and when; never its words.

What is kept of the words is a keyed hash: enough to know them again, and to tell changed ones from others.
"""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.signkeys import PURPOSE
from storage.tables import lenders, letters
from storage.vault import Vault, derive


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter as the log knows it. `sender` is the lender's name; "" the operator."""

    person_id: int
    lender_id: int | None
    kind: str
    signkey: int
    digest: bytes
    words: bytes
    at: dt.datetime
    expires_at: dt.datetime
    sender: str = ""


def hash_of(vault: Vault, words: str) -> bytes:
    """Give the keyed hash of words in their signed form."""
    return hmac.new(derive(vault.secret(PURPOSE), "words"), words.encode(), sha256).digest()


async def put(connection: AsyncConnection, sent: Sequence[Sent]) -> None:
    """Note letters; the same words to the same person in the same minute are one."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        {
            "person_id": one.person_id,
            "lender_id": one.lender_id,
            "kind": one.kind,
            "signkey_id": one.signkey,
            "digest": one.digest,
            "words": one.words,
            "at": one.at,
            "expires_at": one.expires_at,
        }
        for one in sent
    ]
    await connection.execute(dialect.insert(letters).values(rows).on_conflict_do_nothing())


async def by_digest(connection: AsyncConnection, digest: bytes) -> Sent | None:
    """Find a letter by the hash of its signature."""
    row = (await connection.execute(_ALL.where(letters.c.digest == digest))).mappings().one_or_none()
    return None if row is None else _sent(row)


async def beginning(connection: AsyncConnection, start: bytes) -> list[Sent]:
    """Find letters by the first bytes of that hash: one, as a rule."""
    after = (int.from_bytes(start) + 1).to_bytes(len(start) + 1)[1:]
    chosen = _ALL.where(letters.c.digest >= start)
    if any(after):
        chosen = chosen.where(letters.c.digest < after)
    return [_sent(row) for row in (await connection.execute(chosen)).mappings()]


async def by_words(connection: AsyncConnection, words: bytes, person_id: int) -> Sent | None:
    """Find the letter with some words: one to this person, else any; the newest of them."""
    chosen = _ALL.where(letters.c.words == words).order_by(
        (letters.c.person_id == person_id).desc(), letters.c.at.desc()
    )
    row = (await connection.execute(chosen.limit(1))).mappings().one_or_none()
    return None if row is None else _sent(row)


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Forget letters that expired before `before`; gives their number."""
    return (await connection.execute(delete(letters).where(letters.c.expires_at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    chosen = _ALL.where(letters.c.person_id == person.id).order_by(letters.c.id)
    rows = [_sent(row) for row in (await connection.execute(chosen)).mappings()]
    return [
        {
            "kind": one.kind,
            "sender": one.sender or None,
            "at": one.at,
            "expires_at": one.expires_at,
            "key": one.signkey,
            "digest": one.digest.hex(),
        }
        for one in rows
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase the log of a person's letters."""
    await connection.execute(delete(letters).where(letters.c.person_id == person.id))


_ALL: Select[Any] = select(letters, lenders.c.name).outerjoin(lenders, lenders.c.id == letters.c.lender_id)


def _sent(row: Any) -> Sent:
    return Sent(
        row["person_id"],
        row["lender_id"],
        row["kind"],
        row["signkey_id"],
        row["digest"],
        row["words"],
        row["at"],
        row["expires_at"],
        row["name"] or "",
    )
