"""Checks before a start: a database that could lose or leak what it is given is refused, with the setting to change."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database

LOCKED = "locked"
WANTED = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"}
PRAGMAS = text(
    "SELECT * FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_secure_delete"
)
SHOW = text("SELECT current_setting(:name)")
RULES = {
    "scores_rest_on_consent", "scores_keep_their_receipt", "shares_rest_on_consent", "shares_never_change",
    "consents_never_change", "audit_never_change", "audit_never_shrink", "audit_only_grows",
    "alerts_rest_on_consent", "alerts_keep_what_they_say", "watches_rest_on_consent", "events_rest_on_consent",
    "events_keep_what_they_say",
}  # fmt: skip
ONLY_SQLITE = {"scores_replace_none", "shares_replace_none", "consents_replace_none"}
ONLY_POSTGRESQL = {"consents_one_at_a_time", "audit_never_empty"}
SQLITE_RULES = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
POSTGRESQL_RULES = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
SAFE: Mapping[str, frozenset[str]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
}


class WeakDatabase(Exception):
    """The database is set up so that it may lose what was committed, or keep what was deleted."""


async def durable(database: Database) -> None:
    """Refuse a database that does not keep what it has committed, or lets two writers lose each other's work.

    Raises WeakDatabase with what was found and what is accepted.
    """
    async with database.write() as write:
        if database.sqlite:
            await _sqlite(write)
            _one_writer(Path(str(make_url(database.url).database)))
        else:
            await _postgresql(write)


async def guarded(database: Database) -> None:
    """Refuse a database whose own rules (migrations 0003, 0005) are gone or switched off. Raises WeakDatabase."""
    async with database.read() as read:
        found = set(await read.scalars(SQLITE_RULES if database.sqlite else POSTGRESQL_RULES))
    expected = RULES | (ONLY_SQLITE if database.sqlite else ONLY_POSTGRESQL)
    if missing := sorted(expected - found):
        raise WeakDatabase(
            f"the database has lost its rule {missing[0]}, which somebody must have taken away; look into the audit "
            "trail (python -m bot audit verify) and bring back a backup, or the rule from storage/migrations"
        )


async def _sqlite(write: AsyncConnection) -> None:
    found = (await write.execute(PRAGMAS)).one()
    for name, value in WANTED.items():
        if str(getattr(found, name)) != value:
            raise WeakDatabase(
                f"SQLite's {name} is {getattr(found, name)} and cannot be made {value}; another file system may help"
            )


def _one_writer(path: Path) -> None:
    # asked while our own transaction is open: a second writer has to find the door shut
    other = sqlite3.connect(path, timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as refusal:
        if LOCKED in str(refusal):
            return
        raise WeakDatabase(f"SQLite cannot lock {path.name}; another file system may help") from None
    finally:
        other.close()
    raise WeakDatabase(f"two programs may write to {path.name} at once; use a file system with working locks")


async def _postgresql(write: AsyncConnection) -> None:
    for name, accepted in SAFE.items():
        found = str(await write.scalar(SHOW, {"name": name}))
        if found not in accepted:
            raise WeakDatabase(
                f"PostgreSQL's {name} is {found}: what was committed may be lost; "
                f"accepted: {', '.join(sorted(accepted))}"
            )
