"""Events: what happened to a person's loans and accounts, as told. Only added; a correction is another one."""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.cells import seal
from storage.people import Person
from storage.scores import resting_on_consent
from storage.tables import events, facts, loans, people

AT_ONCE = 500

SELF = "self"
"""The sender of what came from the person's own files."""

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event on record. `content` is what the sender said, whole."""

    id: int
    lender_id: int | None
    loan_id: int | None
    sender: str
    content: Content
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class From:
    """Who tells of events: a lender, about one of its loans, or the person (None); and the consent it rests on."""

    sender: str
    receipt: str
    lender_id: int | None = None
    loan_id: int | None = None


class Differs(Exception):
    """The sender told us something else under this very name and version."""


async def add(
    connection: AsyncConnection, person: Person, source: From, content: Content, now: dt.datetime
) -> int | None:
    """Store one event; gives its number, None when it is known already.

    `content` has at least ref, version, kind and `on` (ISO date). Raises Differs, and NoLiveReceipt when the consent
    has ended meanwhile.
    """
    before = await known(connection, {person.id: person}, source.sender, [content["ref"]])
    place = person.id, content["ref"], content.get("version", 1)
    if place in before:
        if before[place] != content:
            raise Differs
        return None
    values = _row(person, source, content, now)
    with resting_on_consent():
        return int(await connection.scalar(insert(events).values(values).returning(events.c.id)) or 0)


async def known(
    connection: AsyncConnection, whose: Mapping[int, Person], sender: str, refs: Collection[str]
) -> dict[tuple[int, str, int], Content | None]:
    """Give what a sender told about some people under some names (at most a thousand), by person, name and version.

    None stands for what does not open any more: something was told there.
    """
    same = (events.c.person_id.in_(whose), events.c.sender == sender, events.c.ref.in_(refs))
    rows = (await connection.execute(select(events).where(*same))).mappings().all()
    found: dict[tuple[int, str, int], Content | None] = {_key(row): None for row in rows}
    for row in plain.opened(events, ((whose[row["person_id"]].sealer, row) for row in rows)):
        found[_key(row)] = row["content"]
    return found


async def add_all(
    connection: AsyncConnection, told: Sequence[tuple[Person, From, Content]], now: dt.datetime
) -> None:
    """Store events none of which is known yet (see `known`), at once. Raises NoLiveReceipt as `add` does."""
    if told:
        with resting_on_consent():
            await connection.execute(insert(events), [_row(*one, now) for one in told])


async def every(connection: AsyncConnection, person: Person) -> Sequence[Told]:
    """List everything told about a person, in the order it came."""
    found = await plain.rows(connection, events, person)
    return [Told(**{name: row[name] for name in Told.__slots__}) for row in found]


async def newest(connection: AsyncConnection, person: Person) -> int:
    """Give the number of the newest event of a person; 0 when there is none."""
    # `+ 0` as in `newest`: or PostgreSQL goes through everybody's
    chosen = select(func.max(events.c.id + 0)).where(events.c.person_id == person.id)
    return int(await connection.scalar(chosen) or 0)


async def expire(
    connection: AsyncConnection,
    country: str,
    before: dt.date,
    kinds: Collection[str],
    folded: Collection[str],
) -> int:
    """Erase a country's events, of some kinds or (none named) of all, that happened before a day; gives their number.

    An event goes whole, with all its versions, by the day that its newest one names; what was made of somebody's
    events (facts of the sources `folded`) goes with them, and is made anew of what is left.
    """
    newest, newer = events.alias("newest"), events.alias("newer")
    same = (
        newest.c.person_id == events.c.person_id,
        newest.c.sender == events.c.sender,
        newest.c.ref == events.c.ref,
    )
    again = (
        newer.c.person_id == newest.c.person_id,
        newer.c.sender == newest.c.sender,
        newer.c.ref == newest.c.ref,
    )
    later = select(newer.c.id).where(*again, newer.c.version > newest.c.version).exists()
    old = select(newest.c.id).where(*same, newest.c.happened_on < before, ~later)
    old = old.where(newest.c.kind.in_(kinds)) if kinds else old
    theirs = select(people.c.id).where(people.c.country == country)
    return await _erase(connection, events.c.person_id.in_(theirs) & old.exists(), folded)


async def expire_with_loans(connection: AsyncConnection, before: dt.datetime, folded: Collection[str]) -> int:
    """Erase the events of loans that were closed before a moment; gives their number. See `expire`."""
    closed = select(loans.c.id).where(loans.c.closed_at < before)
    return await _erase(connection, events.c.loan_id.in_(closed), folded)


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [plain.readable(row) for row in await plain.rows(connection, events, person)]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's events."""
    await plain.forget(connection, events, person)


async def _erase(connection: AsyncConnection, which: ColumnElement[bool], folded: Collection[str]) -> int:
    whose = set(await connection.scalars(select(events.c.person_id).where(which).distinct()))
    if not whose:
        return 0
    gone = (await connection.execute(delete(events).where(which))).rowcount
    made = delete(facts).where(facts.c.source.in_(folded))
    for start in range(0, len(whose), AT_ONCE):
        some = sorted(whose)[start : start + AT_ONCE]
        await connection.execute(made.where(facts.c.person_id.in_(some)))
    return gone


def _key(row: Mapping[Any, Any]) -> tuple[int, str, int]:
    return row["person_id"], row["ref"], row["version"]


def _row(person: Person, source: From, content: Content, now: dt.datetime) -> dict[str, Any]:
    place = {
        "person_id": person.id,
        "sender": source.sender,
        "ref": content["ref"],
        "version": content.get("version", 1),
    }
    return {
        **place,
        "lender_id": source.lender_id,
        "loan_id": source.loan_id,
        "kind": content["kind"],
        "happened_on": dt.date.fromisoformat(content["on"]),
        "receipt": source.receipt,
        "at": now,
        **seal(events, person.sealer, place, content_sealed=json.dumps(dict(content)).encode()),
    }
