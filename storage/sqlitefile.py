"""An SQLite database as a file: copied under its writers, examined, and put in the place of another."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from storage.archive import ArchiveError, settle

BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
BROKEN = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
LOGS = ("-wal", "-journal")


def path_of(url: str) -> Path:
    """Give the file of the database at `url`."""
    return Path(make_url(url).database or "").absolute()


def copy(source: Path, target: Path) -> None:
    """Write the database as it is at this moment into the empty file `target`; nobody has to wait for it."""
    if not source.exists():
        raise ArchiveError(f"{source.name}: there is no such database")
    try:
        with closing(_connect(source, timeout=30)) as db:
            db.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as problem:
        raise ArchiveError(f"{source.name}: it cannot be copied ({problem})") from None


def check(path: Path) -> None:
    """Raise ArchiveError when the file is damaged, or rows point to rows that are not there."""
    try:
        with closing(_connect(path, timeout=30)) as db:
            found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            astray = db.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as problem:
        found, astray = str(problem), None
    if found != "ok" or astray:
        raise ArchiveError(
            f"{path.name}: the database in it is damaged ({'rows point nowhere' if astray else found})"
        )


@contextmanager
def alone(path: Path) -> Iterator[Callable[[Path, str], str]]:
    """Hold the database for ourselves; ArchiveError while anybody else has it open.

    Gives a function that puts a draft in its place and keeps the old one under a name beside it; it gives that name,
    or nothing where there was no database. At every moment there is a database at `path`, the old one or the new.
    """
    with ExitStack() as stack:
        db = None
        if path.exists():
            try:
                db = stack.enter_context(closing(_connect(path, timeout=2)))
                db.execute("PRAGMA locking_mode=EXCLUSIVE")
                db.execute("BEGIN EXCLUSIVE")  # in this mode refused while another connection is open
                db.execute("ROLLBACK")
            except sqlite3.Error as problem:
                name = getattr(problem, "sqlite_errorname", "")
                if name.startswith(BUSY):
                    raise ArchiveError(f"{path.name}: the database is in use; stop the bot first") from None
                if not name.startswith(BROKEN):  # one that is broken is what a backup is for
                    raise ArchiveError(f"{path.name}: it cannot be replaced ({problem})") from None
                db = None
        yield lambda draft, kept: _swap(path, draft, kept, db)


def _swap(path: Path, draft: Path, kept: str, db: sqlite3.Connection | None) -> str:
    if draft.with_name(f"{draft.name}-wal").exists():
        raise ArchiveError(f"{draft.name}: the restored database is still open; nothing was replaced")
    # what is in its log goes into the file that is kept
    if db and db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise ArchiveError(f"{path.name}: its log cannot be folded in; nothing was replaced")
    found = path.exists()
    if found:
        try:
            path.chmod(0o600)
            os.link(path, path.with_name(kept))
        except OSError as problem:
            raise ArchiveError(f"{path.name}: it cannot be kept as {kept} ({problem.strerror})") from None
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)  # says nothing the log does not
    for ending in LOGS:
        log = path.with_name(path.name + ending)
        if log.exists() and not log.stat().st_size:
            log.unlink()
        elif log.exists():  # of a database that is broken or gone: SQLite would read it into the new one
            log.rename(path.with_name((kept if found else f"{kept}.astray") + ending))
    handle = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    settle(path.parent)
    return kept if found else ""


def _connect(path: Path, timeout: int) -> sqlite3.Connection:
    # an address with mode=rw, because a plain path would make a file that is not there
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=timeout, isolation_level=None)
