"""People: who talks to us, sealed under a key of their own."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import people
from storage.vault import Sealer, Vault

# statements of every turn are built once: building one costs as much as running it
_FIND = select(people).where(people.c.chat_id == bindparam("chat"))


@dataclass(frozen=True, slots=True)
class Person:
    """One person, and the sealer that opens what is theirs."""

    id: int
    chat_id: int
    language: str
    country: str
    detail: str
    quiet_from: int | None
    quiet_to: int | None
    registered: bool
    reachable: bool
    created_at: dt.datetime
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a person says they are: name, phone (E.164), national ID."""

    name: str
    phone: str
    national_id: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a PIN: whether it counts at all, how many are left after it, until when the last one locks."""

    allowed: bool
    left: int
    locked_until: dt.datetime | None


def place(column: str, person_id: int) -> str:
    """Name a cell of the people table for the vault."""
    return f"people.{column}:{person_id}"


async def find(connection: AsyncConnection, vault: Vault, chat_id: int) -> Person | None:
    """Look a person up by chat; None for somebody new."""
    row = (await connection.execute(_FIND, {"chat": chat_id})).mappings().one_or_none()
    return None if row is None else _person(row, vault)


async def meet(
    connection: AsyncConnection, vault: Vault, chat_id: int, language: str, country: str, now: dt.datetime
) -> Person:
    """Start a row, with a data key of its own, for somebody new; give the one that is there otherwise."""
    found = await find(connection, vault, chat_id)
    if found is not None:
        return found
    values = {
        "chat_id": chat_id,
        "key": vault.new_key(str(chat_id)),
        "language": language,
        "country": country,
        "created_at": now,
    }
    row = (await connection.execute(insert(people).values(values).returning(people))).mappings().one()
    return _person(row, vault)


async def change(connection: AsyncConnection, person_id: int, **values: Any) -> None:
    """Change plain columns: language, country, detail, quiet hours, reachable."""
    await connection.execute(update(people).where(people.c.id == person_id).values(**values))


async def register(
    connection: AsyncConnection,
    vault: Vault,
    person: Person,
    profile: Profile,
    pin_hash: str,
    now: dt.datetime,
) -> None:
    """Store who a person is and their PIN's hash; a national ID of somebody else breaks the table's unique rule."""
    content = json.dumps([profile.name, profile.phone, profile.national_id]).encode()
    await change(
        connection,
        person.id,
        profile_sealed=person.sealer.seal(content, place("profile", person.id)),
        pin_sealed=person.sealer.seal(pin_hash.encode(), place("pin", person.id)),
        phone_index=vault.blind_index(profile.phone, "people.phone"),
        id_index=_id_index(vault, person, profile),
        registered_at=now,
    )


async def unreachable(connection: AsyncConnection, chat_id: int) -> None:
    """Note that a person does not let us write to them."""
    await connection.execute(update(people).where(people.c.chat_id == chat_id).values(reachable=False))


async def taken(connection: AsyncConnection, vault: Vault, person: Person, profile: Profile) -> bool:
    """Say whether somebody else is registered under this national ID."""
    index = _id_index(vault, person, profile)
    other = select(people.c.id).where(people.c.id_index == index, people.c.id != person.id)
    return await connection.scalar(other) is not None


async def profile(connection: AsyncConnection, person: Person) -> Profile | None:
    """Open what a person said at registration; None before it."""
    sealed = await connection.scalar(select(people.c.profile_sealed).where(people.c.id == person.id))
    if sealed is None:
        return None
    return Profile(*json.loads(person.sealer.open(sealed, place("profile", person.id))))


async def pin_hash(connection: AsyncConnection, person: Person) -> str | None:
    """Open the hash of a person's PIN; None before registration."""
    sealed = await connection.scalar(select(people.c.pin_sealed).where(people.c.id == person.id))
    return None if sealed is None else person.sealer.open(sealed, place("pin", person.id)).decode()


async def spend_attempt(
    connection: AsyncConnection, person_id: int, most: int, lock: dt.timedelta, now: dt.datetime
) -> Attempt:
    """Use up one PIN attempt. Call it, and commit, before the PIN is looked at."""
    columns = select(people.c.pin_failures, people.c.pin_locked_until)
    row = (await connection.execute(columns.where(people.c.id == person_id).with_for_update())).one()
    if row.pin_locked_until is not None and row.pin_locked_until > now:
        return Attempt(allowed=False, left=0, locked_until=row.pin_locked_until)
    failures = (0 if row.pin_locked_until is not None else row.pin_failures) + 1
    until = now + lock if failures >= most else None
    await change(connection, person_id, pin_failures=failures, pin_locked_until=until)
    return Attempt(allowed=True, left=most - failures, locked_until=until)


async def forgive_attempts(connection: AsyncConnection, person_id: int) -> None:
    """Start counting anew after a right PIN."""
    await change(connection, person_id, pin_failures=0, pin_locked_until=None)


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    row = (
        (
            await connection.execute(
                select(
                    people.c.language,
                    people.c.country,
                    people.c.detail,
                    people.c.registered_at,
                    people.c.created_at,
                ).where(people.c.id == person.id)
            )
        )
        .mappings()
        .one()
    )
    known = await profile(connection, person)
    said = (
        {} if known is None else {"name": known.name, "phone": known.phone, "national_id": known.national_id}
    )
    return [{**row, "chat_id": person.chat_id, **said}]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase the person and their data key; the database takes every row of theirs along."""
    await connection.execute(delete(people).where(people.c.id == person.id))


def _id_index(vault: Vault, person: Person, profile: Profile) -> bytes:
    return vault.blind_index(f"{person.country}|{profile.national_id}", "people.national_id")


def _person(row: Mapping[Any, Any], vault: Vault) -> Person:
    return Person(
        id=row["id"],
        chat_id=row["chat_id"],
        language=row["language"],
        country=row["country"],
        detail=row["detail"],
        quiet_from=row["quiet_from"],
        quiet_to=row["quiet_to"],
        registered=row["registered_at"] is not None,
        reachable=row["reachable"],
        created_at=row["created_at"],
        sealer=vault.sealer(row["key"], str(row["chat_id"])),
    )
