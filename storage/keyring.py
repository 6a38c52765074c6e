"""The keyring: every data key, wrapped by the master key, in a database of its own.

It lies apart from the facts and is backed up apart from them, newest copy only. So a person whose key is destroyed here
is gone from every old backup of the facts, and the row that stays, without a key, is the list of the erased: a backup
that still holds such a person has them removed before it opens (`storage.erasures`).
"""

import datetime as dt
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    case,
    create_engine,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from storage.columns import Utc
from storage.database import prepare, sync_url

LOCK = 0x4B455953  # "KEYS": the PostgreSQL lock of whoever makes, destroys or counts keys

metadata = MetaData()
keys = Table(
    "data_keys",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # drawn at random, never used again
    Column(
        "owner", String(16), nullable=False, index=True
    ),  # a person's handle, or "@" and a purpose of ours
    Column("wrapped", LargeBinary),  # none: destroyed
    Column(
        "master", Integer, nullable=False, index=True
    ),  # the version of the master key it is wrapped under
    Column("made_at", Utc, nullable=False),
    Column("retired_at", Utc),  # a newer key took over; old backups still need this one
    Column("destroyed_at", Utc),
)


_REWRAP = (
    update(keys)
    .where(keys.c.id == bindparam("key"), keys.c.master == bindparam("was"), keys.c.wrapped.is_not(None))
    .values(wrapped=bindparam("now"), master=bindparam("to"))
)


@dataclass(frozen=True, slots=True)
class DataKey:
    """One wrapped key; `wrapped` is None once it is destroyed."""

    id: int
    owner: str
    wrapped: bytes | None
    master: int


class KeyDestroyed(Exception):
    """The key was destroyed, and with it whatever is sealed under it."""


def make(url: str) -> None:
    """Make the keyring's table where there is none."""
    prepare(url)
    engine = create_engine(sync_url(url))
    try:
        metadata.create_all(engine)
    finally:
        engine.dispose()


def in_use(url: str) -> bool:
    """Say whether the keyring holds any key at all."""
    return bool(_at_once(url, select(keys).limit(1)))


def all_of(url: str, owner: str) -> list[DataKey]:
    """Give every key of an owner, those retired included, while the caller waits."""
    return _at_once(url, select(keys).where(keys.c.owner == owner))


async def lock(connection: AsyncConnection) -> None:
    """Let only one at a time make, destroy or count keys, until the end of the transaction; SQLite does so anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def new_id() -> int:
    """Draw a key's number."""
    return secrets.randbits(62) | 1


async def add(connection: AsyncConnection, key: DataKey, now: dt.datetime) -> None:
    """Store a new key."""
    values = {"id": key.id, "owner": key.owner, "wrapped": key.wrapped, "master": key.master}
    await connection.execute(insert(keys).values(made_at=now, **values))


async def find(connection: AsyncConnection, key_ids: Collection[int]) -> list[DataKey]:
    """Give keys by their numbers."""
    return _rows(await connection.execute(select(keys).where(keys.c.id.in_(key_ids))))


async def every(connection: AsyncConnection, owner: str) -> list[DataKey]:
    """Give all keys of an owner, those retired and destroyed included."""
    return _rows(await connection.execute(select(keys).where(keys.c.owner == owner)))


async def ours(connection: AsyncConnection) -> list[DataKey]:
    """Give the keys in use that belong to no person."""
    live = select(keys).where(keys.c.owner.startswith("@"), keys.c.retired_at.is_(None))
    return _rows(await connection.execute(live.order_by(keys.c.made_at)))


async def living(
    connection: AsyncConnection, owners: Collection[str], before: dt.datetime | None = None
) -> list[DataKey]:
    """Give the keys in use of some owners, or those of them made before `before`."""
    live = select(keys).where(
        keys.c.owner.in_(owners), keys.c.retired_at.is_(None), keys.c.wrapped.is_not(None)
    )
    return _rows(await connection.execute(live if before is None else live.where(keys.c.made_at < before)))


async def retire(connection: AsyncConnection, key_id: int, now: dt.datetime) -> None:
    """Note that a newer key takes over."""
    await connection.execute(update(keys).where(keys.c.id == key_id).values(retired_at=now))


async def retired(connection: AsyncConnection, before: dt.datetime) -> list[DataKey]:
    """Give the keys that were retired before `before` and are not destroyed."""
    old = select(keys).where(keys.c.retired_at < before, keys.c.wrapped.is_not(None))
    return _rows(await connection.execute(old.order_by(keys.c.owner)))


async def destroy(connection: AsyncConnection, owner: str, now: dt.datetime) -> int:
    """Destroy every key of an owner, those retired included; gives how many there were."""
    chosen = update(keys).where(keys.c.owner == owner, keys.c.wrapped.is_not(None))
    return (await connection.execute(chosen.values(wrapped=None, destroyed_at=now))).rowcount


async def destroy_these(connection: AsyncConnection, key_ids: Collection[int], now: dt.datetime) -> int:
    """Destroy retired keys by their numbers; gives how many there were."""
    chosen = update(keys).where(
        keys.c.id.in_(key_ids), keys.c.retired_at.is_not(None), keys.c.wrapped.is_not(None)
    )
    return (await connection.execute(chosen.values(wrapped=None, destroyed_at=now))).rowcount


async def erased(connection: AsyncConnection) -> list[str]:
    """List the people who were erased: those of whom no key is left."""
    gone = select(keys.c.owner).group_by(keys.c.owner).having(func.count(keys.c.wrapped) == 0)
    return list((await connection.scalars(gone.where(~keys.c.owner.startswith("@")))).all())


async def owners(connection: AsyncConnection, before: dt.datetime) -> list[str]:
    """List the people with a key made before `before`."""
    living = select(keys.c.owner).where(keys.c.wrapped.is_not(None), ~keys.c.owner.startswith("@"))
    chosen = living.group_by(keys.c.owner).having(func.max(keys.c.made_at) < before)
    return list((await connection.scalars(chosen)).all())


async def under(connection: AsyncConnection, master: int, after: int, most: int) -> list[DataKey]:
    """Give up to `most` keys wrapped under a version of the master key, by number, from after a number on."""
    chosen = select(keys).where(keys.c.master == master, keys.c.wrapped.is_not(None), keys.c.id > after)
    return _rows(await connection.execute(chosen.order_by(keys.c.id).limit(most)))


async def count_by_master(connection: AsyncConnection) -> dict[int, int]:
    """Count the keys under each version of the master key."""
    chosen = select(keys.c.master, func.count()).where(keys.c.wrapped.is_not(None)).group_by(keys.c.master)
    return {row[0]: row[1] for row in await connection.execute(chosen)}


async def rewrap(connection: AsyncConnection, rows: Sequence[tuple[DataKey, bytes]], master: int) -> None:
    """Store keys, each with its new wrap, under another version; one destroyed or moved on meanwhile stays as it is."""
    values = [{"key": key.id, "was": key.master, "now": wrapped, "to": master} for key, wrapped in rows]
    await connection.execute(_REWRAP, values)


async def summary(connection: AsyncConnection) -> tuple[int, int, int]:
    """Count the keys in use, those retired, and those destroyed."""
    live = func.count(case((keys.c.retired_at.is_(None) & keys.c.wrapped.is_not(None), 1)))
    old = func.count(case((keys.c.retired_at.is_not(None) & keys.c.wrapped.is_not(None), 1)))
    row = (await connection.execute(select(live, old, func.count(case((keys.c.wrapped.is_(None), 1)))))).one()
    return row[0], row[1], row[2]


def _at_once(url: str, chosen: Any) -> list[DataKey]:
    with _engine(url).connect() as connection:
        return _rows(connection.execute(chosen))


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(sync_url(url), poolclass=NullPool)  # keeps no connection


def _rows(found: Iterable[Any]) -> list[DataKey]:
    return [DataKey(row.id, row.owner, row.wrapped, row.master) for row in found]
