"""Uploads: files that a person sent, as they were read. Their rows lie here sealed for a while, and then they go.

What was taken from a file lives on as facts and events; a file that its sender did not confirm leaves nothing.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.cells import seal
from storage.people import Person
from storage.tables import uploads

ASKED, CONFIRMED = "asked", "confirmed"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was read. `figures` is what it came to, `rows` what it held: None once they are dropped."""

    token: str
    kind: str
    state: str
    figures: Mapping[str, Any]
    rows: Sequence[Any] | None
    at: dt.datetime
    keep_until: dt.datetime


async def put(connection: AsyncConnection, person: Person, upload: Upload) -> None:
    """Store a file that is to be confirmed; one that was not confirmed until now goes."""
    unanswered = delete(uploads).where(uploads.c.person_id == person.id, uploads.c.state == ASKED)
    await connection.execute(unanswered)
    place = {"person_id": person.id, "token": upload.token}
    rows = None if upload.rows is None else json.dumps(upload.rows).encode()
    values = {
        "kind": upload.kind,
        "state": upload.state,
        "at": upload.at,
        "keep_until": upload.keep_until,
        **seal(
            uploads,
            person.sealer,
            place,
            rows_sealed=rows,
            figures_sealed=json.dumps(upload.figures).encode(),
        ),
    }
    await connection.execute(insert(uploads).values(**place, **values))


async def every(connection: AsyncConnection, person: Person) -> list[Upload]:
    """List a person's files, oldest first; one that does not open is reported and left out."""
    found = await plain.rows(connection, uploads, person)
    return [Upload(**{name: row[name] for name in Upload.__slots__}) for row in found]


async def find(connection: AsyncConnection, person: Person, token: str) -> Upload | None:
    """Give one file of a person; None when there is none of that name."""
    found = await plain.rows(connection, uploads, person, uploads.c.token == token)
    return next((Upload(**{name: row[name] for name in Upload.__slots__}) for row in found), None)


async def confirm(connection: AsyncConnection, person: Person, token: str) -> None:
    """Note that the person knows the file as theirs."""
    here = (uploads.c.person_id == person.id, uploads.c.token == token)
    await connection.execute(update(uploads).where(*here).values(state=CONFIRMED))


async def drop(connection: AsyncConnection, person: Person, token: str) -> None:
    """Erase a file."""
    here = (uploads.c.person_id == person.id, uploads.c.token == token)
    await connection.execute(delete(uploads).where(*here))


async def drop_rows(connection: AsyncConnection, person: Person) -> None:
    """Erase the rows of all files of a person; what they came to stays. The seal of the one does not need the other."""
    mine = update(uploads).where(uploads.c.person_id == person.id)
    await connection.execute(mine.values(rows_sealed=None))


async def expire(connection: AsyncConnection, now: dt.datetime) -> int:
    """Erase files whose time is over; gives their number."""
    return (await connection.execute(delete(uploads).where(uploads.c.keep_until <= now))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [plain.readable(row) for row in await plain.rows(connection, uploads, person)]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase all files of a person."""
    await plain.forget(connection, uploads, person)
