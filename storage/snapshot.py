"""A copy of a database as it was at one moment, whoever writes meanwhile, and the archive made of it.

SQLite copies itself with VACUUM INTO (copying the file under a writer gave 6 corrupt copies in 10); PostgreSQL dumps
one of its snapshots. What the manifest says is counted in that very copy.
"""

import datetime as dt
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, column, create_engine, func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage import archive, pgtools, sqlitefile
from storage.archive import ArchiveError, Kind, Manifest
from storage.database import sync_url
from storage.masterkey import MasterKeys
from storage.tables import audit

STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, in numbers: enough to tell two copies apart."""

    rows: dict[str, int]
    revision: str
    audit_id: int
    audit_digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written."""

    path: Path
    size: int
    manifest: Manifest


def make(url: str, masters: MasterKeys, folder: Path, now: dt.datetime, kind: Kind = "facts") -> Made:
    """Copy the database at `url` into a new archive in `folder` (0700); ArchiveError when that cannot be done."""
    if masters.path.resolve().is_relative_to(folder.resolve()):
        raise ArchiveError(f"{masters.path.name}: the master key must not lie among the backups; move it")
    with drafts(folder, "backup") as draft:
        copy = draft / "copy"
        contents = take(url, copy)
        size, digest = archive.measure(copy)
        manifest = Manifest(
            kind=kind,
            database=kind_of(url),
            revision=contents.revision,
            made_at=now.astimezone(dt.UTC).isoformat(),
            rows=contents.rows,
            audit_id=contents.audit_id,
            audit_digest=contents.audit_digest,
            size=size,
            sha256=digest,
        )
        stamp = now.astimezone(dt.UTC).strftime(STAMP)
        path = folder / f"{kind}-{stamp}-{secrets.token_hex(2)}.candor"
        archive.write(path, masters, manifest, copy)
    return Made(path, path.stat().st_size, manifest)


def take(url: str, target: Path) -> Contents:
    """Write a consistent copy of the database at `url` into the new file `target`, 0600, and count what is in it."""
    archive.private(target).close()  # there before anything is in it: the umask has no say
    if kind_of(url) == "sqlite":
        sqlitefile.copy(sqlitefile.path_of(url), target)
        return contents_of(f"sqlite:///{target}")
    return _dump(url, target)


def contents_of(url: str) -> Contents:
    """Count what the database at `url` holds; ArchiveError when it cannot be read."""
    engine = create_engine(sync_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return _count(connection)
    except SQLAlchemyError as problem:
        raise ArchiveError(f"the database cannot be read ({type(problem).__name__})") from None
    finally:
        engine.dispose()


def kind_of(url: str) -> Literal["sqlite", "postgresql"]:
    """Name the kind of database at `url`."""
    return "sqlite" if url.startswith("sqlite") else "postgresql"


@contextmanager
def drafts(folder: Path, label: str) -> Iterator[Path]:
    """Make a private folder for unfinished work inside `folder`; gone afterwards, as are those a kill left behind.

    Only one process at a time has one of a `label`; ArchiveError for the second.
    """
    what = label.partition("_")[0]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder / f".{label}.lock") as held:
            if not held:
                raise ArchiveError(f"another {what} is at work in {folder.name}; try again when it is done")
            for old in folder.glob(f".{label}-*"):
                shutil.rmtree(old)
            draft = Path(tempfile.mkdtemp(prefix=f".{label}-", dir=folder))
            try:
                yield draft
            finally:
                shutil.rmtree(draft)
    except OSError as problem:
        raise ArchiveError(f"{folder.name}: no {what} can be written there ({problem.strerror})") from None


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(lock)


def _dump(url: str, target: Path) -> Contents:
    engine = create_engine(sync_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            snapshot = connection.scalar(select(func.pg_export_snapshot()))
            pgtools.dump(url, target, str(snapshot))
            return _count(connection)
    except SQLAlchemyError as problem:
        raise ArchiveError(f"the database cannot be copied ({type(problem).__name__})") from None
    finally:
        engine.dispose()


def _count(connection: Connection) -> Contents:
    names = sorted(inspect(connection).get_table_names())
    rows = {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
    revision = ""
    if "alembic_version" in rows:
        revision = (
            connection.scalar(select(column("version_num")).select_from(table("alembic_version"))) or ""
        )
    head = None
    if audit.name in rows:
        head = connection.execute(select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc())).first()
    return Contents(rows, revision, head.id if head else 0, head.digest.hex() if head else "")
