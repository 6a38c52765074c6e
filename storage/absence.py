"""Absence: who was not here for long, who was asked whether to keep anything, and who answered.

Nobody's visits are recorded for this. When somebody was here last is read from what is stored of them anyway; only the
day somebody was asked, and the day they came back to say yes, are two counters of theirs.
"""

import datetime as dt

from sqlalchemy import Select, and_, delete, func, insert, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import Person
from storage.tables import (
    consents,
    counters,
    dialogs,
    disputes,
    facts,
    feedback,
    inbox,
    people,
    pins,
    queries,
    staff,
)

ASKED, BACK = "absent-asked", "absent-back"
DAY = 86_400

_STEPS = (
    (consents.c.person_id, consents.c.at),
    (dialogs.c.person_id, dialogs.c.touched_at),
    (facts.c.person_id, facts.c.at),
    (feedback.c.person_id, feedback.c.at),
    (pins.c.person_id, pins.c.changed_at),
    (queries.c.person_id, queries.c.opened_at),
)
"""What a person leaves behind when they are here, and when that was."""


async def unwarned(connection: AsyncConnection, before: dt.datetime, most: int) -> list[str]:
    """Name people (by handle) not here since `before` who were not asked yet; none of our own, none with a dispute."""
    asked = _counted(ASKED)
    back = _counted(BACK).where(counters.c.slot >= _day(before))
    chosen = _away(before).where(people.c.id.not_in(asked), people.c.id.not_in(back))
    return list(await connection.scalars(chosen.order_by(people.c.id).limit(most)))


async def warned(connection: AsyncConnection, person: Person, now: dt.datetime) -> None:
    """Note that somebody was asked."""
    await _note(connection, person.id, ASKED, now)


async def came_back(connection: AsyncConnection, person: Person, now: dt.datetime) -> None:
    """Note that somebody is here again."""
    await _returned(connection, [person.id], now)


async def note_returns(connection: AsyncConnection, now: dt.datetime) -> int:
    """Note who of those asked has done or said anything since; gives their number. To be called every few days."""
    asked = select(counters.c.person_id, counters.c.slot).where(counters.c.name == ASKED).subquery()
    steps = _steps().union_all(
        select(people.c.id, inbox.c.at).join(people, people.c.chat_id == inbox.c.chat_id)
    )
    latest = steps.subquery()
    rows = await connection.execute(
        select(latest.c[0], func.max(latest.c[1]), func.max(asked.c.slot))
        .join(asked, asked.c.person_id == latest.c[0])
        .group_by(latest.c[0])
    )
    here = [person for person, at, slot in rows if _day(at) > slot]
    await _returned(connection, here, now)
    return len(here)


async def expired(connection: AsyncConnection, before: dt.datetime, most: int) -> list[str]:
    """Name people (by handle) who were asked before `before` and were not here since."""
    asked = _counted(ASKED).where(counters.c.slot < _day(before))
    chosen = _kept_out(select(people.c.handle)).where(people.c.id.in_(asked))
    return list(await connection.scalars(chosen.order_by(people.c.id).limit(most)))


def _away(before: dt.datetime) -> Select[tuple[str]]:
    steps = _steps().subquery()
    recent = select(steps.c[0]).where(steps.c[1] >= before)
    return _kept_out(select(people.c.handle)).where(people.c.created_at < before, people.c.id.not_in(recent))


def _kept_out(chosen: Select[tuple[str]]) -> Select[tuple[str]]:
    working = select(staff.c.person_id).where(staff.c.ended_at.is_(None))
    contesting = select(disputes.c.person_id).where(disputes.c.state == "open")
    return chosen.where(people.c.id.not_in(working), people.c.id.not_in(contesting))


def _steps() -> Select[tuple[int, dt.datetime]]:
    made = union_all(*(select(person, at) for person, at in _STEPS)).subquery()
    return select(made.c[0], made.c[1])


def _counted(name: str) -> Select[tuple[int]]:
    return select(counters.c.person_id).where(counters.c.name == name)


async def _returned(connection: AsyncConnection, ids: list[int], now: dt.datetime) -> None:
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        await connection.execute(
            delete(counters).where(
                counters.c.person_id.in_(some), or_(counters.c.name == ASKED, counters.c.name == BACK)
            )
        )
        values = [{"person_id": one, "name": BACK, "slot": _day(now), "used": 1} for one in some]
        await connection.execute(insert(counters), values)


async def _note(connection: AsyncConnection, person_id: int, name: str, now: dt.datetime) -> None:
    mine = and_(counters.c.person_id == person_id, counters.c.name == name)
    await connection.execute(delete(counters).where(mine))
    values = {"person_id": person_id, "name": name, "slot": _day(now), "used": 1}
    await connection.execute(insert(counters).values(values))


def _day(at: dt.datetime) -> int:
    return int(at.timestamp()) // DAY
