"""A new key for look-ups: the fingerprints of every phone and national ID are made again, with the bot stopped.

A running bot would look for people under the old key and let somebody in twice, so a mark keeps it from starting until
all are done. It is the answer to a lost index key too: what it is made from is in the sealed profiles.
"""

import asyncio
import datetime as dt
from collections.abc import Callable

from sqlalchemy import create_engine, func, select, update
from sqlalchemy.pool import NullPool

from storage import damages, keyring, marks, people
from storage.database import Database, sync_url
from storage.tables import audit
from storage.tables import marks as marks_table
from storage.tables import people as table
from storage.vault import KeyDestroyed, Vault, VaultError

BEGUN = "keys.index"
"""The mark of a rebuild under way; its value is the number of the new key, once there is one."""
PAGE = 200

Progress = Callable[[int, int], None]


def refuse_unready(url: str, *, with_keys: bool) -> None:
    """Raise VaultError where a start would do harm: what is there has lost its keyring, or half an index is new."""
    engine = create_engine(sync_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            half = connection.execute(select(marks_table).where(marks_table.c.name == BEGUN)).first()
            sealed = any(connection.execute(select(each.c.id).limit(1)).first() for each in (table, audit))
    finally:
        engine.dispose()
    if sealed and not with_keys:
        raise VaultError(
            "the keyring is missing or empty, and what is in the database was sealed under its keys; bring its newest "
            "backup back: python -m bot restore --keyring FILE"
        )
    if half:
        raise VaultError("the index was not rebuilt to its end; run python -m bot keys rebuild-index")


async def begin(database: Database, now: dt.datetime) -> bool:
    """Keep any bot from starting; gives whether a rebuild was under way already."""
    async with database.write() as write:
        if await marks.find(write, BEGUN):
            return True
        await marks.put(write, BEGUN, "begun", now)
        return False


async def give_up(database: Database) -> None:
    """Let bots start again; only where nothing was changed yet."""
    async with database.write() as write:
        await marks.forget(write, BEGUN)


async def rebuild(database: Database, vault: Vault, now: dt.datetime, progress: Progress) -> int:
    """Make every fingerprint again under a new key; gives how many profiles do not open. To be run alone.

    `vault` is open, if need be without the index key. Killed, and called again, it goes on with the key it had made.
    """
    async with database.read() as read:
        mark = await marks.find(read, BEGUN)
    async with vault.keys.write() as write:
        await keyring.lock(write)
        living = await keyring.living(write, ["@index"])
        if not mark or str(mark.value) not in {str(key.id) for key in living}:
            made = await vault.mint("@index", write)
            for key in living:
                await keyring.retire(write, key.id, now)
            living = await keyring.find(write, [made.id])
    async with database.write() as write:
        await marks.put(write, BEGUN, str(living[0].id), now)
    await vault.open()
    broken = await _everybody(database, vault, progress)
    await give_up(database)
    return broken


async def _everybody(database: Database, vault: Vault, progress: Progress) -> int:
    last = done = broken = 0
    async with database.read() as read:
        total = int(await read.scalar(select(func.count()).select_from(table)) or 0)
    while True:
        chosen = select(table.c.id, table.c.handle).where(table.c.id > last).order_by(table.c.id).limit(PAGE)
        async with database.write() as write:
            page = (await write.execute(chosen)).all()
            for row in page:
                values: dict[str, bytes | None] = {"phone_index": None, "id_index": None}
                try:
                    person = await people.by_handle(write, vault, row.handle)
                    who = await people.profile(write, person) if person else None
                    if person and who:
                        values |= people.indexes(vault, person.country, who)
                except VaultError as damage:
                    damages.report(damage)
                    broken += 1
                except KeyDestroyed:
                    broken += 1
                await write.execute(update(table).where(table.c.id == row.id).values(values))
        if not page:
            return broken
        last, done = page[-1].id, done + len(page)
        progress(done, max(done, total))
        await asyncio.sleep(0)
