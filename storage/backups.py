"""Backups: when one is made and proved, which are kept, and what is known of each (table `backups`).

The facts are kept by generations. Of the keyring only the newest copy is kept: an older one would bring destroyed keys
back. It is made after the copy of the facts, so it has a key for everybody in them.
"""

import asyncio
import datetime as dt
import logging
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import archive, restoring, snapshot
from storage.archive import ArchiveError, Kind
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.snapshot import STAMP, Made
from storage.tables import backups

log = logging.getLogger(__name__)

NAME = re.compile(r"(facts|keyring)-(\d{8}T\d{6}Z)-[0-9a-f]{4}\.candor")
LONGEST_ERROR = 80


@dataclass(frozen=True, slots=True)
class Scheme:
    """Grandfather, father, son: everything for some hours, then the last of each day, ISO week and month (UTC)."""

    hours: int = 24
    days: int = 14
    weeks: int = 8
    months: int = 12

    @property
    def horizon(self) -> dt.timedelta:
        """How far back the oldest backup kept may reach; data keys retired before that are needed no more."""
        return dt.timedelta(days=max(self.days, 7 * self.weeks, 31 * self.months) + 31)


@dataclass(frozen=True, slots=True)
class Backup:
    """What is known of one backup."""

    name: str
    made_at: dt.datetime
    size: int
    verified_at: dt.datetime | None
    error: str | None


def to_drop(
    made: Mapping[str, dt.datetime], now: dt.datetime, scheme: Scheme, bad: Collection[str] = ()
) -> set[str]:
    """Choose the backups that the scheme does not keep. Those in `bad` stand for no day, week or month.

    The newest good one is always kept.
    """
    good = sorted((at, name) for name, at in made.items() if name not in bad)
    recent = now - dt.timedelta(hours=scheme.hours)
    kept = {name for name, at in made.items() if at > recent} | {name for _at, name in good[-1:]}
    for days, slot in (
        (scheme.days, "%Y-%m-%d"),
        (7 * scheme.weeks, "%G-%V"),
        (31 * scheme.months, "%Y-%m"),
    ):
        since = now - dt.timedelta(days=days)
        kept |= set({at.astimezone(dt.UTC).strftime(slot): name for at, name in good if at > since}.values())
    return made.keys() - kept


async def back_up(
    database: Database,
    keys: Database,
    masters: MasterKeys,
    folder: Path,
    keyring_folder: Path,
    now: dt.datetime,
    *,
    check: bool = True,
    scheme: Scheme = Scheme(),
) -> Made:
    """Save the facts and then the keyring, prove both by restoring them, and drop what the scheme does not keep.

    Raises ArchiveError, and the failure is a row, when there is no good backup at the end of it.
    """
    for opened, what in ((database, "database"), (keys, "keyring")):
        if not await asyncio.to_thread(restoring.exists, opened.url):
            raise ArchiveError(f"there is no {what} yet; it is made at the first start")
    try:
        made = await asyncio.to_thread(snapshot.make, database.url, masters, folder, now)
    except ArchiveError as problem:
        await _fail(database, f"none-{secrets.token_hex(8)}", now, problem)
        raise
    name = made.path.name
    try:
        await save_keyring(keys, masters, keyring_folder, now)
        if check:
            await asyncio.to_thread(restoring.verify, made.path, masters, database.url)
    except ArchiveError as problem:
        await _fail(database, name, now, problem, made.size)
        raise
    async with database.write() as write:
        await record(write, name, now, made.size)
        if check:
            await verified(write, name, now)
        await _rotate(write, folder, now, scheme)
    return made


async def save_keyring(keys: Database, masters: MasterKeys, folder: Path, now: dt.datetime) -> Made:
    """Save the keyring, prove it, and only then drop older copies. Also to be called whenever keys were destroyed."""
    made = await asyncio.to_thread(snapshot.make, keys.url, masters, folder, now, "keyring")
    await asyncio.to_thread(restoring.verify, made.path, masters, keys.url, "keyring")
    for name in archives(folder, "keyring").keys() - {made.path.name}:
        (folder / name).unlink(missing_ok=True)
    return made


def archives(folder: Path, kind: Kind) -> dict[str, dt.datetime]:
    """Name the archives of a kind in a folder and when they were made, oldest first; other files are not ours."""
    found = {}
    for path in folder.glob("*.candor"):
        named = NAME.fullmatch(path.name)
        if named and named[1] == kind:
            found[path.name] = dt.datetime.strptime(named[2], STAMP).replace(tzinfo=dt.UTC)
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def rewrap(folders: Iterable[Path], masters: MasterKeys) -> int:
    """Put every archive in the folders under the newest version of the master key; gives how many were not."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.candor"))]
    return sum(archive.rewrap(path, masters) for path in paths)


def count_by_master(folders: Iterable[Path]) -> dict[int, int]:
    """Count the archives in the folders under each version of the master key."""
    found: dict[int, int] = {}
    for folder in folders:
        for path in folder.glob("*.candor"):
            version = archive.header(path).master
            found[version] = found.get(version, 0) + 1
    return found


async def record(connection: AsyncConnection, name: str, now: dt.datetime, size: int) -> None:
    """Note a backup that was made."""
    await connection.execute(insert(backups).values(name=name, made_at=now, size=size))


async def verified(connection: AsyncConnection, name: str, now: dt.datetime) -> None:
    """Note that a backup was restored into a scratch database, and held."""
    done = update(backups).where(backups.c.name == name)
    await connection.execute(done.values(verified_at=now, error=None))


async def failed(connection: AsyncConnection, name: str, error: str) -> None:
    """Note why a backup is not to be relied on."""
    done = update(backups).where(backups.c.name == name)
    await connection.execute(done.values(verified_at=None, error=error[:LONGEST_ERROR]))


async def newest(connection: AsyncConnection) -> Backup | None:
    """Give the last backup that was tried, good or not."""
    return _backup((await connection.execute(_latest())).mappings().first())


async def last_good(connection: AsyncConnection) -> Backup | None:
    """Give the last backup that was restored and held."""
    chosen = _latest().where(backups.c.verified_at.is_not(None))
    return _backup((await connection.execute(chosen)).mappings().first())


async def listed(connection: AsyncConnection) -> list[Backup]:
    """List what is known, newest first."""
    rows = (await connection.execute(_latest())).mappings().all()
    return [Backup(**{name: row[name] for name in Backup.__slots__}) for row in rows]


async def forget(connection: AsyncConnection, names: Collection[str]) -> None:
    """Drop the rows of backups whose files are gone."""
    await connection.execute(delete(backups).where(backups.c.name.in_(names)))


async def _fail(
    database: Database, name: str, now: dt.datetime, problem: ArchiveError, size: int = 0
) -> None:
    try:
        async with database.write() as write:
            await record(write, name, now, size)
            await failed(write, name, str(problem))
    except SQLAlchemyError as trouble:  # what is wrong with the database may be why there is no backup
        log.error("a failed backup could not be noted: %s", type(trouble).__name__)  # noqa: TRY400 - may quote a row


async def _rotate(connection: AsyncConnection, folder: Path, now: dt.datetime, scheme: Scheme) -> None:
    """Drop archives the scheme does not keep, and rows of backups that are long gone."""
    made, known = archives(folder, "facts"), await listed(connection)
    gone = to_drop(made, now, scheme, {row.name for row in known if row.error})
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    left, recent = made.keys() - gone, now - dt.timedelta(hours=scheme.hours)
    await forget(connection, {row.name for row in known if row.name not in left and row.made_at < recent})


def _latest() -> Any:
    return select(backups).order_by(backups.c.made_at.desc(), backups.c.id.desc())


def _backup(row: Mapping[Any, Any] | None) -> Backup | None:
    return Backup(**{name: row[name] for name in Backup.__slots__}) if row else None
