"""Facts: one sealed value per person, name and source, so that several sources of one thing can stand side by side."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import facts, people
from storage.vault import VaultError

PRECEDENCE = ("bureau", "statement", "lender", "self")
"""Which source is believed first where several speak of one thing; a verified value beats any other."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One value from one source."""

    name: str
    source: str
    value: str | int | None
    verified: bool
    at: dt.datetime


async def put(
    connection: AsyncConnection,
    person: Person,
    values: Mapping[str, str | int | None],
    source: str,
    now: dt.datetime,
    verified: Collection[str] = (),
) -> None:
    """Store what one source says; a value of None takes the source's word back. `verified` names what it shows."""
    if source not in PRECEDENCE:
        raise ValueError(f"no source `{source}`; known: {', '.join(PRECEDENCE)}")
    if not values:
        return
    await connection.execute(
        delete(facts).where(
            facts.c.person_id == person.id, facts.c.source == source, facts.c.name.in_(values)
        )
    )
    rows = [
        {
            "person_id": person.id,
            "name": name,
            "source": source,
            "verified": name in verified,
            "at": now,
            **seal(
                facts,
                person.sealer,
                {"person_id": person.id, "name": name, "source": source},
                value_sealed=json.dumps(value).encode(),
            ),
        }
        for name, value in values.items()
        if value is not None
    ]
    if rows:
        await connection.execute(insert(facts), rows)


async def every(connection: AsyncConnection, person: Person) -> list[Fact]:
    """List every fact of a person, in the order of precedence; one that does not open is reported and left out."""
    rows = await connection.execute(select(facts).where(facts.c.person_id == person.id).order_by(facts.c.id))
    found = []
    for row in rows.mappings():
        try:
            value = json.loads(unseal(facts, person.sealer, row, "value_sealed"))
        except VaultError as damage:
            damages.report(damage)
        else:
            found.append(Fact(row["name"], row["source"], value, row["verified"], row["at"]))
    return sorted(found, key=lambda fact: (not fact.verified, PRECEDENCE.index(fact.source)))


async def merged(
    connection: AsyncConnection, person: Person, without: Collection[tuple[str, str]] = ()
) -> dict[str, Fact]:
    """Give one fact per name: the first by precedence; those `without` (name, source) are passed over."""
    return first(fact for fact in await every(connection, person) if (fact.name, fact.source) not in without)


def first(ordered: Iterable[Fact]) -> dict[str, Fact]:
    """Give one fact per name: the first."""
    result: dict[str, Fact] = {}
    for fact in ordered:
        result.setdefault(fact.name, fact)
    return result


async def expire(
    connection: AsyncConnection,
    country: str,
    before: dt.datetime,
    *,
    names: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> int:
    """Erase a country's facts older than `before`, of the given names or sources only; gives their number."""
    theirs = select(people.c.id).where(people.c.country == country)
    old = delete(facts).where(facts.c.person_id.in_(theirs), facts.c.at < before)
    old = old.where(facts.c.name.in_(names)) if names else old
    old = old.where(facts.c.source.in_(sources)) if sources else old
    return (await connection.execute(old)).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return [
        {"name": f.name, "source": f.source, "value": f.value, "verified": f.verified, "at": f.at}
        for f in await every(connection, person)
    ]


async def forget(connection: AsyncConnection, person: Person, names: tuple[str, ...] = ()) -> None:
    """Erase all facts of a person, or those of the given names."""
    chosen = facts.c.person_id == person.id
    await connection.execute(
        delete(facts).where(chosen, facts.c.name.in_(names)) if names else delete(facts).where(chosen)
    )
