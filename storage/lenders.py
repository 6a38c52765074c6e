"""Lenders: the houses that officers work for. One that is closed stays, as what was shared with it names it."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import lenders, staff

_FIND = select(lenders).where(lenders.c.id == bindparam("lender"))


CHANNELS = ("site", "phone", "chat", "mail")
"""Kinds of ways a lender writes and calls by."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way a lender is known to write or call by; `kind` is one of CHANNELS."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Lender:
    """A lender, open or closed, with what the register tells of it."""

    id: int
    name: str
    country: str
    created_at: dt.datetime
    closed_at: dt.datetime | None
    licence: str = ""
    complaints: str = ""
    channels: tuple[Channel, ...] = ()

    @property
    def open(self) -> bool:
        """Whether anything may still be done for it."""
        return self.closed_at is None


async def add(connection: AsyncConnection, name: str, country: str, now: dt.datetime) -> Lender | None:
    """Enter a lender; None when one of this name is there, in whatever letters."""
    if await connection.scalar(select(lenders.c.id).where(func.lower(lenders.c.name) == name.lower())):
        return None
    values = {"name": name, "country": country, "created_at": now}
    return _lender(
        (await connection.execute(insert(lenders).values(values).returning(lenders))).mappings().one()
    )


async def find(connection: AsyncConnection, lender_id: int) -> Lender | None:
    """Give a lender by its number."""
    row = (await connection.execute(_FIND, {"lender": lender_id})).mappings().one_or_none()
    return None if row is None else _lender(row)


async def named(connection: AsyncConnection, name: str) -> Lender | None:
    """Give an open lender by its name, in whatever letters."""
    chosen = select(lenders).where(func.lower(lenders.c.name) == name.lower(), lenders.c.closed_at.is_(None))
    row = (await connection.execute(chosen)).mappings().one_or_none()
    return None if row is None else _lender(row)


async def listed(connection: AsyncConnection, country: str = "") -> list[Lender]:
    """List the open lenders, of one country or of all."""
    chosen = select(lenders).where(lenders.c.closed_at.is_(None)).order_by(lenders.c.name)
    chosen = chosen.where(lenders.c.country == country) if country else chosen
    return [_lender(row) for row in (await connection.execute(chosen)).mappings()]


async def describe(
    connection: AsyncConnection,
    lender_id: int,
    *,
    licence: str | None = None,
    complaints: str | None = None,
    channels: Sequence[Channel] | None = None,
) -> None:
    """Enter what the register tells of a lender; what is None stays."""
    told: dict[str, str] = {}
    if licence is not None:
        told["licence"] = licence
    if complaints is not None:
        told["complaints"] = complaints
    if channels is not None:
        told["channels"] = json.dumps([[one.kind, one.value] for one in channels], ensure_ascii=False)
    if told:
        await connection.execute(update(lenders).where(lenders.c.id == lender_id).values(told))


async def close(connection: AsyncConnection, lender_id: int, now: dt.datetime) -> int:
    """Close a lender and end the roles of all who work there; gives how many that were."""
    await connection.execute(update(lenders).where(lenders.c.id == lender_id).values(closed_at=now))
    working = (staff.c.lender_id == lender_id, staff.c.ended_at.is_(None))
    return (await connection.execute(update(staff).where(*working).values(ended_at=now))).rowcount


def _lender(row: Any) -> Lender:
    return Lender(
        id=row["id"],
        name=row["name"],
        country=row["country"],
        created_at=row["created_at"],
        closed_at=row["closed_at"],
        licence=row["licence"],
        complaints=row["complaints"],
        channels=tuple(Channel(kind, value) for kind, value in json.loads(row["channels"])),
    )
