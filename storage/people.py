"""People: who talks to us, sealed under a key of their own.

From the first word on, a sealed value ties a person's chat, handle and key together: whoever owns the database could
otherwise put their own chat in the place of somebody else's and let us tell them everything.
"""

import datetime as dt
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.tables import people
from storage.vault import Broken, Sealer, Vault, VaultError

HANDLE_LETTERS = (
    "23456789BCDFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another, no vowel that makes a word
)
HANDLE_LENGTH = 10

# statements of every turn are built once: building one costs as much as running it
_FIND = select(people).where(people.c.chat_id == bindparam("chat"))


@dataclass(frozen=True, slots=True)
class Person:
    """One person, and the sealer that opens what is theirs; `Broken` where key or row is not as it was."""

    id: int
    chat_id: int
    handle: str
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


async def find(connection: AsyncConnection, vault: Vault, chat_id: int) -> Person | None:
    """Look a person up by chat; None for somebody new."""
    row = (await connection.execute(_FIND, {"chat": chat_id})).mappings().one_or_none()
    return None if row is None else await _person(row, vault)


async def by_handle(connection: AsyncConnection, vault: Vault, handle: str) -> Person | None:
    """Look a person up by the name others may use for them; None when nobody has it."""
    row = (await connection.execute(select(people).where(people.c.handle == handle))).mappings().one_or_none()
    return None if row is None else await _person(row, vault)


async def by_id(connection: AsyncConnection, vault: Vault, person_id: int) -> Person | None:
    """Give the person with a number; None when there is none."""
    row = (await connection.execute(select(people).where(people.c.id == person_id))).mappings().one_or_none()
    return None if row is None else await _person(row, vault)


async def several(connection: AsyncConnection, vault: Vault, ids: Collection[int]) -> dict[int, Person]:
    """Give the people with some numbers (at most a thousand), as far as there are any."""
    chosen = select(people).where(people.c.id.in_(ids))
    rows = (await connection.execute(chosen)).mappings().all()
    await vault.sealers({row["key_id"] for row in rows})  # at once: each is at hand then
    return {row["id"]: await _person(row, vault) for row in rows}


async def meet(
    connection: AsyncConnection, vault: Vault, chat_id: int, language: str, country: str, now: dt.datetime
) -> Person:
    """Start a row, with a data key of its own, for somebody new; give the one that is there otherwise."""
    found = await find(connection, vault, chat_id)
    if found is not None:
        return found
    handle = "".join(secrets.choice(HANDLE_LETTERS) for _ in range(HANDLE_LENGTH))
    sealer = await vault.mint(handle)
    values = {
        "chat_id": chat_id,
        "handle": handle,
        "key_id": sealer.id,
        "language": language,
        "country": country,
        "created_at": now,
    }
    row = (await connection.execute(insert(people).values(values).returning(people))).mappings().one()
    nothing_yet = seal(people, sealer, row, profile_sealed=b"null")
    tied = update(people).where(people.c.id == row["id"]).values(nothing_yet).returning(people)
    return await _person((await connection.execute(tied)).mappings().one(), vault)


async def sealers(connection: AsyncConnection, vault: Vault, chats: Collection[int]) -> dict[int, Sealer]:
    """Give the sealers of those of some chats whose people we know."""
    chosen = select(people.c.chat_id, people.c.key_id).where(people.c.chat_id.in_(chats))
    known = {row.chat_id: row.key_id for row in await connection.execute(chosen)}
    opened = await vault.sealers(known.values())
    return {chat: opened[key] for chat, key in known.items() if key in opened}


async def change(connection: AsyncConnection, person_id: int, **values: Any) -> None:
    """Change plain columns: language, country, detail, quiet hours, reachable."""
    await connection.execute(update(people).where(people.c.id == person_id).values(**values))


async def register(
    connection: AsyncConnection, vault: Vault, person: Person, profile: Profile, now: dt.datetime
) -> None:
    """Store who a person is; a national ID of somebody else breaks the table's unique rule."""
    await _put(connection, vault, person, profile)
    await change(connection, person.id, registered_at=now)


async def move_phone(connection: AsyncConnection, vault: Vault, person: Person, phone: str) -> None:
    """Store another phone number of somebody registered."""
    known = await profile(connection, person)
    if known is not None:
        await _put(connection, vault, person, Profile(known.name, phone, known.national_id))


async def unreachable(connection: AsyncConnection, chat_id: int) -> None:
    """Note that a person does not let us write to them."""
    await connection.execute(update(people).where(people.c.chat_id == chat_id).values(reachable=False))


async def taken(connection: AsyncConnection, vault: Vault, person: Person, profile: Profile) -> bool:
    """Say whether somebody else is registered under this national ID."""
    index = indexes(vault, person.country, profile)["id_index"]
    other = select(people.c.id).where(people.c.id_index == index, people.c.id != person.id)
    return await connection.scalar(other) is not None


async def profile(connection: AsyncConnection, person: Person) -> Profile | None:
    """Open what a person said at registration; None before it."""
    row = (await connection.execute(select(people).where(people.c.id == person.id))).mappings().one()
    said = json.loads(unseal(people, person.sealer, row, "profile_sealed"))
    return None if said is None else Profile(*said)


def indexes(vault: Vault, country: str, who: Profile) -> dict[str, bytes]:
    """Give the columns by which somebody registered is found: fingerprints of phone and national ID."""
    return {
        "phone_index": vault.blind_index(who.phone, "people.phone"),
        "id_index": vault.blind_index(f"{country}|{who.national_id}", "people.national_id"),
    }


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    row = (
        (
            await connection.execute(
                select(
                    people.c.language,
                    people.c.country,
                    people.c.detail,
                    people.c.quiet_from,
                    people.c.quiet_to,
                    people.c.reachable,
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
    return [{**row, "chat_id": person.chat_id, "handle": person.handle, **said}]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase the person and their data key; the database takes every row of theirs along."""
    await connection.execute(delete(people).where(people.c.id == person.id))


async def _put(connection: AsyncConnection, vault: Vault, person: Person, who: Profile) -> None:
    content = json.dumps([who.name, who.phone, who.national_id]).encode()
    await change(
        connection,
        person.id,
        **seal(
            people,
            person.sealer,
            {"id": person.id, "chat_id": person.chat_id, "handle": person.handle},
            profile_sealed=content,
        ),
        **indexes(vault, person.country, who),
    )


async def _person(row: Mapping[Any, Any], vault: Vault) -> Person:
    key_id = row["key_id"]
    # after a restore the keyring may know nothing of somebody
    sealer = (await vault.sealers([key_id])).get(key_id) or Broken(key_id)
    registered = row["registered_at"] is not None
    if sealer.usable:
        try:
            # somebody who said who they are has a PIN, whatever the row says now
            registered |= unseal(people, sealer, row, "profile_sealed") != b"null"
        except VaultError as damage:  # the row is not as we left it: nobody may be told anything by it
            damages.report(damage)
            sealer = Broken(key_id)
    return Person(
        id=row["id"],
        chat_id=row["chat_id"],
        handle=row["handle"],
        language=row["language"],
        country=row["country"],
        detail=row["detail"],
        quiet_from=row["quiet_from"],
        quiet_to=row["quiet_to"],
        registered=registered or not sealer.usable,
        reachable=row["reachable"],
        created_at=row["created_at"],
        sealer=sealer,
    )
