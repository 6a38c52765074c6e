"""Erasures: who was erased, as handles that lead nowhere, until their keys are seen to be destroyed and beyond.

The rows go in one transaction with the record of it; then the data keys are destroyed, here or after the next start.
The keyring remembers whose keys are gone, outside of any backup of the facts: a restored backup has these people
removed before it opens.
"""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import keyring, marks
from storage.database import Database
from storage.people import HANDLE_LETTERS, Person
from storage.tables import erasures, inbox, outbox, people
from storage.vault import Vault

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of an erasure, without the handle."""

    country: str
    at: dt.datetime
    destroyed_at: dt.datetime | None
    keep_until: dt.datetime


NEW = dt.timedelta(days=7)
"""A key without a person may be that of somebody just being met; after a week it is nobody's."""
RESTORED = "database.restored"
"""The mark a restore leaves: who came after the backup has a key and no row, and may be brought back yet."""
SECOND_THOUGHTS = dt.timedelta(days=30)
"""How long after a restore another one may still want the keys of people who are not in the database now."""


async def record(
    connection: AsyncConnection, person: Person, now: dt.datetime, keep_until: dt.datetime
) -> None:
    """Note, in the transaction that erases a person, that their keys are to be destroyed."""
    known = select(erasures.c.id).where(erasures.c.key_id == person.sealer.id)
    if await connection.scalar(known) is not None:
        return
    values = {"key_id": person.sealer.id, "handle": person.handle, "country": person.country}
    await connection.execute(insert(erasures).values(at=now, keep_until=keep_until, **values))


def number(key_id: int) -> str:
    """Give the number a person may quote of their erasure: it leads to the record of it, and to no handle."""
    drawn = int.from_bytes(sha256(f"candor erasure {key_id}".encode()).digest())
    letters = [HANDLE_LETTERS[drawn // len(HANDLE_LETTERS) ** at % len(HANDLE_LETTERS)] for at in range(10)]
    return f"E-{''.join(letters[:5])}-{''.join(letters[5:])}"


async def by_number(connection: AsyncConnection, quoted: str) -> Record | None:
    """Find the record of an erasure by the number the person got; None when there is none, or no more."""
    wanted = quoted.strip().upper()
    for row in await connection.execute(select(erasures)):
        if number(row.key_id) == wanted:
            return Record(row.country, row.at, row.destroyed_at, row.keep_until)
    return None


async def settle(database: Database, vault: Vault, now: dt.datetime) -> int:
    """Destroy the keys of those erased since; gives their number. Doing it twice does no harm."""
    async with database.read() as read:
        handles = await pending(read)
    for handle in handles:
        await vault.destroy(handle)
    if handles:
        async with database.write() as write:
            done = update(erasures).where(erasures.c.handle.in_(handles))
            await write.execute(done.values(destroyed_at=now))
    return len(handles)


async def pending(connection: AsyncConnection) -> list[str]:
    """List the erased whose keys are not seen to be destroyed yet."""
    chosen = select(erasures.c.handle).where(erasures.c.destroyed_at.is_(None))
    return list((await connection.scalars(chosen)).all())


async def last_settled(connection: AsyncConnection) -> dt.datetime | None:
    """Say when keys of an erased person were destroyed last."""
    last: dt.datetime | None = await connection.scalar(select(func.max(erasures.c.destroyed_at)))
    return last


async def replay(database: Database, keys: Database) -> int:
    """Remove from a restored database everybody whose keys were destroyed since it was saved; gives their number."""
    async with keys.read() as read:
        gone = await keyring.erased(read)
    removed = 0
    for start in range(0, len(gone), AT_ONCE):
        handles = gone[start : start + AT_ONCE]
        async with database.write() as write:
            chats = select(people.c.chat_id).where(people.c.handle.in_(handles))
            for table in (inbox, outbox):
                await write.execute(delete(table).where(table.c.chat_id.in_(chats)))
            removed += (await write.execute(delete(people).where(people.c.handle.in_(handles)))).rowcount
    return removed


async def orphans(database: Database, vault: Vault, now: dt.datetime) -> int:
    """Destroy keys made for people who never came to be (a kill in between); gives their number.

    For some weeks after a restore none is: it would be those of people the backup did not know yet.
    """
    async with database.read() as read:
        restored = await marks.find(read, RESTORED)
    if restored is not None and now - restored.at < SECOND_THOUGHTS:
        return 0
    async with vault.keys.read() as read:
        owners = await keyring.owners(read, before=now - NEW)
    found = 0
    for start in range(0, len(owners), AT_ONCE):
        some = owners[start : start + AT_ONCE]
        async with database.read() as read:
            known = set(await read.scalars(select(people.c.handle).where(people.c.handle.in_(some))))
        for owner in set(some) - known:
            await vault.destroy(owner)
            found += 1
    return found


async def prune(connection: AsyncConnection, now: dt.datetime) -> int:
    """Drop records kept long enough."""
    old = delete(erasures).where(erasures.c.keep_until < now, erasures.c.destroyed_at.is_not(None))
    return (await connection.execute(old)).rowcount
