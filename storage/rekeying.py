"""New data keys: a person's sealed values come under a new key in one transaction, while that person writes.

The keyring is told first: the new key is in use, the old one retired. `people.key_id` follows when the cells do, so a
change cut short is seen by comparing the two. A turn that read the person before and commits after seals under the old
key; its cells open all the same, since the keyring keeps retired keys for as long as backups do, and are gathered by
another `move` before the key is destroyed.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, func, select, type_coerce, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from storage import damages, keyring, marks
from storage.cells import VERSION, seal, sealed_columns, unseal
from storage.database import Database
from storage.tables import CHAT, SEALED, people
from storage.vault import HEADER_BYTES, KeyDestroyed, Sealer, Vault, VaultError, header_of

PAGE = 200
ATTEMPTS = 5
BEGUN = "keys.data"
"""The mark of a change for everybody that is under way; its time says which keys are old."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one person's cells: sealed anew, damaged and left alone, busy and left for the next time."""

    cells: int = 0
    damaged: int = 0
    busy: int = 0


async def rekey(database: Database, vault: Vault, handle: str, now: dt.datetime) -> Moved:
    """Bring one person to a new data key."""
    await renew(vault, [handle], None, now)
    return await move(database, vault, handle)


async def renew(vault: Vault, owners: Collection[str], before: dt.datetime | None, now: dt.datetime) -> int:
    """Make a new key for each owner whose own was made before `before`, and retire that; gives how many.

    An owner without a living key, one who was erased, gets none.
    """
    async with vault.keys.write() as write:
        await keyring.lock(write)  # whoever destroys an owner's keys meanwhile destroys the new one too
        old = await keyring.living(write, owners, before)
        for key in old:
            await vault.mint(key.owner, write)
            await keyring.retire(write, key.id, now)
    return len(old)


async def move(database: Database, vault: Vault, handle: str) -> Moved:
    """Seal whatever of a person is not under their key in use; doing it twice does no harm."""
    for attempt in range(ATTEMPTS):
        try:
            return await _move(database, vault, handle)
        except KeyDestroyed:
            return Moved()  # erased meanwhile: there is nothing to seal
        except OperationalError:  # PostgreSQL found that we and a turn wait for each other
            if attempt + 1 == ATTEMPTS:
                raise
            await asyncio.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")


async def under_way(database: Database) -> bool:
    """Say whether a change for everybody was begun and not ended."""
    async with database.read() as read:
        return await marks.find(read, BEGUN) is not None


async def renew_all(database: Database, vault: Vault, now: dt.datetime) -> dt.datetime:
    """Make new keys for everybody whose key is older than the change that was begun, or begins now; gives its time.

    Of our own keys that for messages is made anew too. The others stay: what hangs on them cannot be made again.
    """
    async with database.write() as write:
        if (mark := await marks.find(write, BEGUN)) is None:
            await marks.put(write, BEGUN, "begun", now)
    begun = mark.at if mark else now
    await renew(vault, ["@system"], begun, now)
    async for page in _people(database):
        await renew(vault, [handle for handle, _ in page], begun, now)
        await asyncio.sleep(0)
    return begun


async def move_all(database: Database, vault: Vault, progress: Progress) -> Moved:
    """Bring everybody under the key the keyring names, gather what turns sealed meanwhile, and end the change."""
    async with database.read() as read:
        total = int(await read.scalar(select(func.count()).select_from(people)) or 0)
    done = cells = damaged = busy = 0
    async for page in _people(database):
        for handle in await behind(vault, page):
            cells += (await move(database, vault, handle)).cells
            await asyncio.sleep(0)
        done += len(page)
        progress(done, max(done, total))
    for handle in sorted(await strays(database)):
        moved = await move(database, vault, handle)
        cells, damaged, busy = cells + moved.cells, damaged + moved.damaged, busy + moved.busy
    async with database.write() as write:
        await marks.forget(write, BEGUN)
    return Moved(cells, damaged, busy)


async def behind(vault: Vault, page: Collection[tuple[str, int]]) -> list[str]:
    """Name those, of pairs of handle and key, whom the keyring means to have another key: a change was cut short."""
    async with vault.keys.read() as read:
        named = {key.owner: key.id for key in await keyring.living(read, [handle for handle, _ in page])}
    return [handle for handle, key_id in page if named.get(handle, key_id) != key_id]


async def strays(database: Database, handles: Collection[str] | None = None) -> set[str]:
    """Name the people who have a cell under another key than theirs, by the headers alone; of some, or of all."""
    found: set[str] = set()
    async with database.read() as read:
        for table in SEALED:
            for column in sealed_columns(table):
                async for handle, key_id, head in _heads(read, table, column):
                    if (handles is None or handle in handles) and head != header_of(key_id):
                        found.add(handle)
    return found


async def destroy_retired(database: Database, vault: Vault, before: dt.datetime, now: dt.datetime) -> int:
    """Destroy data keys retired before `before`, that no kept backup needs, once nothing here is under them."""
    async with vault.keys.read() as read:
        old = await keyring.retired(read, before)
    owners = {key.owner for key in old}
    kept = await _in_the_post(database, [key.id for key in old if key.owner.startswith("@")])
    for handle in await strays(database, owners):
        if (await move(database, vault, handle)).busy:
            kept |= {key.id for key in old if key.owner == handle}
    gone = [key.id for key in old if key.id not in kept]
    async with vault.keys.write() as write:
        await keyring.lock(write)
        return sum(
            [
                await keyring.destroy_these(write, gone[at : at + PAGE], now)
                for at in range(0, len(gone), PAGE)
            ]
        )


async def _move(database: Database, vault: Vault, handle: str) -> Moved:
    async with vault.keys.read() as read:
        living = await keyring.living(read, [handle])
        ids = [key.id for key in await keyring.every(read, handle)]
    if not living:
        return Moved()
    new = await vault.sealer(living[0].id)
    async with database.write() as write:
        mine = select(people.c.id, people.c.chat_id, people.c.key_id).where(people.c.handle == handle)
        # ours before any cell is, and no cell is waited for: so a turn may wait for us, but never we for a turn
        person = (await write.execute(mine.with_for_update())).one_or_none()
        if person is None:
            return Moved()
        old = await vault.sealer(person.key_id)
        if old.id != new.id:
            await write.execute(update(people).where(people.c.id == person.id).values(key_id=new.id))
        counts = [0, 0, 0]
        for table in SEALED:
            if table is people:
                theirs = people.c.id == person.id
            elif table in CHAT:
                theirs = (table.c.chat_id == person.chat_id) & table.c.key_id.in_(ids)
            else:
                theirs = table.c.person_id == person.id
            for position, count in enumerate(await _table(write, table, theirs, old, new)):
                counts[position] += count
    return Moved(*counts)


async def _table(
    write: AsyncConnection, table: Table, theirs: Any, old: Sealer, new: Sealer
) -> tuple[int, int, int]:
    columns, key = sealed_columns(table), [*table.primary_key.columns]
    full = theirs & table.c[columns[0]].is_not(None)
    rows = (await write.execute(select(table).where(full).with_for_update(skip_locked=True))).mappings().all()
    busy = int(await write.scalar(select(func.count()).select_from(table).where(full)) or 0) - len(rows)
    cells = damaged = 0
    for row in rows:
        held = [name for name in columns if row[name] is not None]
        if all(new.sealed(row[name]) for name in held):
            continue
        try:
            plain = {name: unseal(table, old, row, name) for name in held}
        except VaultError as damage:
            damages.report(damage)
            damaged += len(held)
            continue
        values = seal(table, new, dict(row), **plain) | ({"key_id": new.id} if table in CHAT else {})
        here = [column == row[column.name] for column in key]
        await write.execute(update(table).where(*here, table.c[VERSION] == row[VERSION]).values(values))
        cells += len(held)
    return cells, damaged, max(0, busy)


async def _people(database: Database) -> Any:
    last = 0
    while True:
        chosen = select(people.c.id, people.c.handle, people.c.key_id).where(people.c.id > last)
        async with database.read() as read:
            page = (await read.execute(chosen.order_by(people.c.id).limit(PAGE))).all()
        if not page:
            return
        last = page[-1].id
        yield [(row.handle, row.key_id) for row in page]


async def _heads(read: AsyncConnection, table: Table, column: str) -> Any:
    head = type_coerce(func.substr(table.c[column], 1, HEADER_BYTES), NullType())
    place, last = next(iter(table.primary_key.columns)), 0
    chosen = select(people.c.handle, people.c.key_id, head, place)
    if table is not people:
        owner = (people.c.chat_id == table.c.chat_id) if table in CHAT else (people.c.id == table.c.person_id)
        chosen = chosen.select_from(table.join(people, owner))
    while True:
        page = chosen.where(table.c[column].is_not(None), place > last).order_by(place).limit(5000)
        rows = (await read.execute(page)).all()
        if not rows:
            return
        last = rows[-1][3]
        for handle, key_id, found, _ in rows:
            yield handle, key_id, found
        await asyncio.sleep(0)


async def _in_the_post(database: Database, key_ids: Collection[int]) -> set[int]:
    """Give those of our own keys under which something is still waiting."""
    found: set[int] = set()
    async with database.read() as read:
        for table in CHAT:
            held = select(table.c.key_id).where(
                table.c.key_id.in_(key_ids), table.c.payload_sealed.is_not(None)
            )
            found |= set(await read.scalars(held))
    return found
