"""Where a person is in a conversation; a restart, a second replica or a week's pause loses nothing."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import VERSION, seal, unseal
from storage.people import Person
from storage.tables import dialogs
from storage.vault import VaultError

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """An open conversation: its row, its revision, and its sealed content opened."""

    row: int
    dialog: str
    version: int
    revision: int
    content: Content


class Stale(Exception):
    """Another process moved this conversation on since it was read."""


# statements of every turn are built once: building one costs as much as running it
_NEWEST = (
    select(dialogs)
    .where(dialogs.c.person_id == bindparam("person"), dialogs.c.dialog != bindparam("without"))
    .order_by(dialogs.c.id.desc())
)
_NEWEST_AMONG = _NEWEST.where(dialogs.c.dialog.in_(bindparam("among", expanding=True)))
_MOVE = (
    update(dialogs)
    .where(dialogs.c.id == bindparam("row"), dialogs.c.revision == bindparam("was"))
    .values(
        revision=bindparam("now_at"),
        state_sealed=bindparam("sealed"),
        row_version=bindparam("version_drawn"),
        touched_at=bindparam("at"),
    )
)


async def active(
    connection: AsyncConnection, person: Person, *, without: str = "", among: Collection[str] = ()
) -> Place | None:
    """Give the conversation opened last; older ones wait beneath it.

    `without` leaves one out, `among` looks only at those named. One that does not open is reported and passed over.
    """
    wanted = _NEWEST_AMONG if among else _NEWEST
    values = {"person": person.id, "without": without} | ({"among": list(among)} if among else {})
    for row in (await connection.execute(wanted, values)).mappings():
        try:
            content = _content(person, row)
        except VaultError as damage:
            damages.report(damage)
        else:
            return Place(row["id"], row["dialog"], row["version"], row["revision"], content)
    return None


async def start(
    connection: AsyncConnection,
    person: Person,
    dialog: str,
    version: int,
    revision: int,
    content: Content,
    now: dt.datetime,
) -> None:
    """Open a conversation on top of any other; an unfinished one of the same name is replaced."""
    await end(connection, person, dialog)
    sealed = _sealed(person, dialog, content)
    values = {"dialog": dialog, "version": version, "revision": revision, **sealed}
    await connection.execute(
        insert(dialogs).values(person_id=person.id, opened_at=now, touched_at=now, **values)
    )


async def move(
    connection: AsyncConnection,
    person: Person,
    place: Place,
    revision: int,
    content: Content,
    now: dt.datetime,
) -> None:
    """Store a conversation's next state. Raises Stale when the row is no longer the one that was read."""
    sealed = _sealed(person, place.dialog, content)
    values = {"row": place.row, "was": place.revision, "now_at": revision, "at": now}
    values |= {"sealed": sealed["state_sealed"], "version_drawn": sealed[VERSION]}
    changed = await connection.execute(_MOVE, values)
    if changed.rowcount != 1:
        raise Stale(place.dialog)


async def end(connection: AsyncConnection, person: Person, dialog: str = "") -> None:
    """Close one conversation, or all of them."""
    mine = dialogs.c.person_id == person.id
    await connection.execute(
        delete(dialogs).where(mine, dialogs.c.dialog == dialog) if dialog else delete(dialogs).where(mine)
    )


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Forget conversations untouched since `before`; gives their number."""
    return (await connection.execute(delete(dialogs).where(dialogs.c.touched_at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    rows = await connection.execute(
        select(dialogs).where(dialogs.c.person_id == person.id).order_by(dialogs.c.id)
    )
    return [
        {
            "dialog": row["dialog"],
            "opened_at": row["opened_at"],
            "touched_at": row["touched_at"],
            "content": _content(person, row),
        }
        for row in rows.mappings()
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all conversations of a person."""
    await end(connection, person)


def _sealed(person: Person, dialog: str, content: Content) -> dict[str, Any]:
    row = {"person_id": person.id, "dialog": dialog}
    return seal(dialogs, person.sealer, row, state_sealed=json.dumps(content).encode())


def _content(person: Person, row: Mapping[Any, Any]) -> Content:
    opened: Content = json.loads(unseal(dialogs, person.sealer, row, "state_sealed"))
    return opened
