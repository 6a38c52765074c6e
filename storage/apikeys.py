"""Keys with which programs of a lender come in. Only a hash is kept: 256 random bits need no slow one."""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, bindparam, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.dialogs import Stale
from storage.tables import apikeys, lenders

PREFIX = "candor_"
"""How every key begins, so that it is known for one wherever it turns up."""
LONGEST_NAME = 40
_HINT = 8
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A key by all but itself. `hint` are its first letters."""

    id: int
    lender_id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None


_LIVE = (
    select(apikeys)
    .join(lenders, lenders.c.id == apikeys.c.lender_id)
    .where(apikeys.c.ended_at.is_(None), lenders.c.closed_at.is_(None))
    .where(apikeys.c.expires_at.is_(None) | (apikeys.c.expires_at > bindparam("now")))
)
_BY_HASH = _LIVE.where(apikeys.c.key_hash == bindparam("hash"))
_HELD = _LIVE.where(apikeys.c.id == bindparam("key"))
_MORE = (
    update(apikeys)
    .where(apikeys.c.id == bindparam("key"), apikeys.c.ended_at.is_(None))
    .values(
        used=case((apikeys.c.slot == bindparam("minute"), apikeys.c.used + 1), else_=1),
        slot=bindparam("minute"),
        used_at=bindparam("now"),
    )
    .returning(apikeys.c.used)
)


def draw() -> str:
    """Draw a key by chance."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


async def enter(
    connection: AsyncConnection,
    key: str,
    lender_id: int,
    name: str,
    scopes: Collection[str],
    made_by: str,
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> None:
    """Let a key that was drawn open from now on."""
    start = len(PREFIX)
    values = {
        "lender_id": lender_id,
        "name": name,
        "hint": key[start : start + _HINT],
        "key_hash": _hash(key),
        "scopes": " ".join(scopes),
        "made_by": made_by,
        "made_at": now,
        "expires_at": expires_at,
    }
    await connection.execute(insert(apikeys).values(values))


async def make(
    connection: AsyncConnection,
    lender_id: int,
    name: str,
    scopes: Collection[str],
    made_by: str,
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> str:
    """Draw a key and enter it; gives it, for the only time it is ever seen."""
    key = draw()
    await enter(connection, key, lender_id, name, scopes, made_by, now, expires_at)
    return key


async def find(connection: AsyncConnection, key: str, now: dt.datetime) -> Key | None:
    """Give the live key that these letters are; None for whatever other reason, in about the same time.

    It is looked up by its hash, and nobody can steer that by what they send: how much of it matched tells nothing.
    """
    row = (await connection.execute(_BY_HASH, {"hash": _hash(key), "now": now})).mappings().one_or_none()
    return None if row is None else _key(row)


async def count(connection: AsyncConnection, key: Key, now: dt.datetime) -> int | None:
    """Count one more use within this minute, and note it as the last one; None when the key has ended since."""
    minute = int(now.timestamp()) // 60
    found = await connection.scalar(_MORE, {"key": key.id, "minute": minute, "now": now})
    return None if found is None else int(found)


async def hold(connection: AsyncConnection, key: Key, now: dt.datetime) -> None:
    """See in a transaction that the key which something rests on still opens. Raises Stale when it ended since."""
    if (await connection.execute(_HELD, {"key": key.id, "now": now})).first() is None:
        raise Stale("apikeys")


async def listed(connection: AsyncConnection, lender_id: int | None, now: dt.datetime) -> Sequence[Key]:
    """List the live keys of a lender, or of all, oldest first."""
    chosen: Select[Any] = _LIVE if lender_id is None else _LIVE.where(apikeys.c.lender_id == lender_id)
    rows = (await connection.execute(chosen.order_by(apikeys.c.id), {"now": now})).mappings()
    return [_key(row) for row in rows]


async def by_id(connection: AsyncConnection, key_id: int, now: dt.datetime) -> Key | None:
    """Give a live key by its number."""
    chosen = _LIVE.where(apikeys.c.id == key_id)
    row = (await connection.execute(chosen, {"now": now})).mappings().one_or_none()
    return None if row is None else _key(row)


async def end(connection: AsyncConnection, key_id: int, now: dt.datetime) -> bool:
    """End a key, from this very moment; False when it had ended."""
    mine = (apikeys.c.id == key_id, apikeys.c.ended_at.is_(None))
    return (await connection.execute(update(apikeys).where(*mine).values(ended_at=now))).rowcount == 1


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def _key(row: Any) -> Key:
    values = {name: row[name] for name in Key.__slots__}
    return Key(**values | {"scopes": tuple(row["scopes"].split())})
