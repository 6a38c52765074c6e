"""Bringing a backup back, or only proving that it could be: everything is checked before anything is touched.

An archive is unpacked beside the database (SQLite) or into a database of its own (PostgreSQL), held against its
manifest, migrated, and rid of everybody whose keys were destroyed since; then it changes places with the current one,
which is kept under another name.
"""

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.engine import make_url

from storage import archive, erasures, keyring, marks, migrate, pgtools, sqlitefile
from storage.archive import ArchiveError, Kind, Manifest
from storage.carrying import carry
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.snapshot import STAMP, contents_of, drafts, kind_of
from storage.tables import people

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One archive to bring back, and where to."""

    path: Path
    url: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: what it put in place, under which names the old is kept, and whom it left out."""

    manifests: tuple[Manifest, ...]
    kept: tuple[str, ...]
    removed: int
    """People whose keys were destroyed after the backup was made; they stay erased."""
    keyless: int
    """People the keyring has never heard of: what is sealed of them cannot be read."""
    revision: str


def verify(path: Path, masters: MasterKeys, url: str, kind: Kind = "facts") -> Manifest:
    """Restore an archive into a scratch database like the one at `url`, thrown away after; ArchiveError if it fails."""
    with _staged(Wanted(path, url, kind), masters, path.parent, f"verify_{kind}") as (_scratch, manifest):
        return manifest


def restore(
    path: Path | None,
    masters: MasterKeys,
    url: str,
    keys_url: str,
    work: Path,
    now: dt.datetime,
    keyring_path: Path | None = None,
) -> Restored:
    """Put archives of the facts, of the keyring, or of both, in the place of the current databases. Blocks.

    `work` is a private folder for what is unfinished. Raises ArchiveError for whatever is wrong; then the current
    databases are as they were.
    """
    if path is None and not exists(url):
        raise ArchiveError("there is no database beside the keyring; give the backup of the database too")
    if keyring_path is None and not exists(keys_url):
        raise ArchiveError("there is no keyring here; give the newest backup of it with --keyring")
    facts = Wanted(path, url, "facts") if path else None
    ring = Wanted(keyring_path, keys_url, "keyring") if keyring_path else None
    wanted = [one for one in (ring, facts) if one]
    for one in wanted:
        _examine(one, masters)
    for one in wanted:
        if kind_of(one.url) == "postgresql":
            pgtools.refuse_if_used(
                one.url
            )  # SQLite cannot be asked without touching what a kill left in its log
    removed = keyless = 0
    with ExitStack() as stack:
        staged = {
            one.kind: stack.enter_context(_staged(one, masters, work, f"restore_{one.kind}"))
            for one in wanted
        }
        facts_url = staged["facts"][0] if facts else url
        ring_url = staged["keyring"][0] if ring else keys_url
        if facts:
            migrate.upgrade(facts_url)
        if ring:
            carry(ring_url, keys_url if exists(keys_url) else "", facts_url, now)
        if facts:
            removed, keyless = asyncio.run(_clean(facts_url, ring_url, staged["facts"][1].made_at, now))
        kept = _swap([(one.url, staged[one.kind][0]) for one in wanted], now)
    return Restored(
        tuple(staged[one.kind][1] for one in wanted), kept, removed, keyless, migrate.head() if facts else ""
    )


def exists(url: str) -> bool:
    """Say whether there is a database at `url`."""
    return sqlitefile.path_of(url).exists() if kind_of(url) == "sqlite" else pgtools.exists(url)


def _examine(wanted: Wanted, masters: MasterKeys) -> Manifest:
    manifest, name = archive.peek(wanted.path, masters), wanted.path.name
    if manifest.kind != wanted.kind:
        raise ArchiveError(f"{name}: it is a backup of the {manifest.kind}, not of the {wanted.kind}")
    if manifest.database != kind_of(wanted.url):
        raise ArchiveError(
            f"{name}: it was made from {manifest.database}, and the database here is {kind_of(wanted.url)}"
        )
    known = {script.revision for script in ScriptDirectory(str(migrate.FOLDER)).walk_revisions()}
    if wanted.kind == "facts" and manifest.revision not in known:
        raise ArchiveError(
            f"{name}: its tables are of revision {manifest.revision or 'none'}, which this Candor does not know; "
            "use the version that made it, or a newer one"
        )
    return manifest


@contextmanager
def _staged(wanted: Wanted, masters: MasterKeys, work: Path, label: str) -> Iterator[tuple[str, Manifest]]:
    """Unpack an archive into a scratch database and hold it against its manifest; gives its address."""
    _examine(wanted, masters)
    sqlite = kind_of(wanted.url) == "sqlite"
    if sqlite and label.startswith("restore"):
        work = sqlitefile.path_of(wanted.url).parent  # where it can be renamed into place
    with drafts(work, label) as draft, ExitStack() as stack:
        copy = draft / "candor.db"
        manifest = archive.unpack(wanted.path, masters, copy)
        if sqlite:
            sqlitefile.check(copy)
            scratch = f"sqlite+aiosqlite:///{copy}"
        else:
            scratch = stack.enter_context(pgtools.scratch(wanted.url, label))
            pgtools.load(scratch, copy)
            copy.unlink()
        found = contents_of(scratch)
        said = (manifest.rows, manifest.revision, manifest.audit_id, manifest.audit_digest)
        if (found.rows, found.revision, found.audit_id, found.audit_digest) != said:
            raise ArchiveError(f"{wanted.path.name}: restored, it does not hold what its manifest says")
        yield scratch, manifest


async def _clean(facts_url: str, ring_url: str, made_at: str, now: dt.datetime) -> tuple[int, int]:
    """Remove those who were erased since, count those whose keys are unknown, and leave a mark of the restore."""
    database, ring = Database(facts_url), Database(ring_url)
    try:
        removed, keyless = await erasures.replay(database, ring), 0
        async with database.write() as write:
            await marks.put(write, erasures.RESTORED, made_at, now)
        async with database.read() as read, ring.read() as keys:
            ids = list(await read.scalars(select(people.c.key_id)))
            for start in range(0, len(ids), AT_ONCE):
                some = ids[start : start + AT_ONCE]
                keyless += len(some) - len(await keyring.find(keys, some))
    finally:
        await database.close()
        await ring.close()
    return removed, keyless


def _swap(pairs: list[tuple[str, str]], now: dt.datetime) -> tuple[str, ...]:
    stamp = now.astimezone(dt.UTC).strftime(STAMP)
    ready = []
    with ExitStack() as stack:
        for url, scratch in pairs:  # nobody may have any of them open before the first one changes places
            if kind_of(url) == "sqlite":
                path = sqlitefile.path_of(url)
                put = stack.enter_context(sqlitefile.alone(path))
                kept = f"{path.name}.before-restore-{stamp}"
                ready.append(partial(put, sqlitefile.path_of(scratch), kept))
            else:
                pgtools.refuse_if_used(url)
                kept = f"{(make_url(url).database or '')[:40]}_before_{stamp.lower()}"
                ready.append(partial(pgtools.swap, url, scratch, kept))
        return tuple(name for name in [swap() for swap in ready] if name)
