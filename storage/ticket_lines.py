"""What was said and done in tickets, line by line, sealed under the borrower's key whoever wrote it.

A file is a line that names the message it lies in; we keep none of it.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.cells import seal
from storage.people import Person
from storage.tables import ticket_lines

CLOCK = "clock"
SAID, ANSWERED, FILE, NOTE = "said", "answered", "file", "note"
KINDS = (SAID, ANSWERED, FILE, NOTE, "assigned", "priority", "closed", "reopened", "overdue", "rated")
"""What a line can be: a word of the borrower's or of staff's, a file of either, a note for staff, or something done."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something said or done: by whom (a handle, or "clock"), a code, words if any, and where a file lies."""

    id: int
    ticket_id: int
    actor: str
    kind: str
    detail: str
    words: str | None
    chat_id: int | None
    message_id: int | None
    at: dt.datetime


async def add(
    connection: AsyncConnection, person: Person, ticket_id: int, actor: str, kind: str, now: dt.datetime,
    detail: str = "", words: str | None = None, place: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """Add a line to a ticket of `person`; `place` is the chat and the message that a file lies in."""
    cell = {"person_id": person.id, "ticket_id": ticket_id, "kind": kind}
    content = None if words is None else json.dumps(words).encode()
    chat, message = place or (None, None)
    values = {**cell, "actor": actor, "detail": detail, "at": now, "chat_id": chat, "message_id": message}
    values |= seal(ticket_lines, person.sealer, cell, words_sealed=content)
    await connection.execute(insert(ticket_lines).values(values))


async def thread(connection: AsyncConnection, person: Person, ticket_id: int) -> list[Line]:
    """List the lines of a ticket of `person`, oldest first; one that does not open is reported and left out."""
    found = await plain.rows(connection, ticket_lines, person, ticket_lines.c.ticket_id == ticket_id)
    return [Line(**{name: row[name] for name in Line.__slots__}) for row in found]


async def last(connection: AsyncConnection, ticket_id: int, kind: str) -> dt.datetime | None:
    """Give when a ticket last had a line of a kind."""
    here = (ticket_lines.c.ticket_id == ticket_id, ticket_lines.c.kind == kind)
    found: dt.datetime | None = await connection.scalar(select(func.max(ticket_lines.c.at)).where(*here))
    return found


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [plain.readable(row) for row in await plain.rows(connection, ticket_lines, person)]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's lines, and where files lie that they sent to others."""
    theirs = update(ticket_lines).where(ticket_lines.c.chat_id == person.chat_id)
    await connection.execute(theirs.values(chat_id=None, message_id=None))
    await plain.forget(connection, ticket_lines, person)
