"""The keyring: every data key, wrapped by the master key, in a database of its own.

It lies apart from the facts and is backed up apart from them, newest copy only. So a person whose key is destroyed here
is gone from every old backup of the facts, and the row that stays, without a key, is the list of the erased: a backup
that still holds such a person has them removed before it opens (`storage.erasures`).
"""

import datetime as dt
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import prepare, sync_url
from storage.tables import Utc

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
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return connection.execute(select(keys.c.id).limit(1)).first() is not None
    finally:
        engine.dispose()


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


async def of_owner(connection: AsyncConnection, owner: str) -> list[DataKey]:
    """Give the key in use of an owner, newest first where a change was cut short."""
    live = select(keys).where(keys.c.owner == owner, keys.c.retired_at.is_(None), keys.c.wrapped.is_not(None))
    return _rows(await connection.execute(live.order_by(keys.c.made_at.desc())))


async def ours(connection: AsyncConnection) -> list[DataKey]:
    """Give the keys in use that belong to no person."""
    live = select(keys).where(keys.c.owner.startswith("@"), keys.c.retired_at.is_(None))
    return _rows(await connection.execute(live.order_by(keys.c.made_at)))


async def retire(connection: AsyncConnection, key_id: int, now: dt.datetime) -> None:
    """Note that a newer key took over."""
    await connection.execute(update(keys).where(keys.c.id == key_id).values(retired_at=now))


async def destroy(connection: AsyncConnection, owner: str, now: dt.datetime) -> int:
    """Destroy every key of an owner, those retired included; gives how many there were."""
    chosen = update(keys).where(keys.c.owner == owner, keys.c.wrapped.is_not(None))
    return (await connection.execute(chosen.values(wrapped=None, destroyed_at=now))).rowcount


async def destroy_retired(connection: AsyncConnection, before: dt.datetime, now: dt.datetime) -> int:
    """Destroy keys retired before `before`: no backup that needs them is kept any more."""
    chosen = update(keys).where(keys.c.retired_at < before, keys.c.wrapped.is_not(None))
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


async def under(connection: AsyncConnection, master: int, most: int) -> list[DataKey]:
    """Give up to `most` keys wrapped under a version of the master key."""
    chosen = select(keys).where(keys.c.master == master, keys.c.wrapped.is_not(None)).limit(most)
    return _rows(await connection.execute(chosen))


async def count_by_master(connection: AsyncConnection) -> dict[int, int]:
    """Count the keys under each version of the master key."""
    chosen = select(keys.c.master, func.count()).where(keys.c.wrapped.is_not(None)).group_by(keys.c.master)
    return {row[0]: row[1] for row in await connection.execute(chosen)}


async def rewrap(connection: AsyncConnection, key: DataKey, wrapped: bytes, master: int) -> bool:
    """Store a key under another version; False when it was destroyed or moved on meanwhile."""
    here = update(keys).where(keys.c.id == key.id, keys.c.master == key.master, keys.c.wrapped.is_not(None))
    return (await connection.execute(here.values(wrapped=wrapped, master=master))).rowcount == 1


def _rows(found: Iterable[Any]) -> list[DataKey]:
    return [DataKey(row.id, row.owner, row.wrapped, row.master) for row in found]
