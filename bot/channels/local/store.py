"""Where the chat is written down: one SQLite file of sealed rows, so that a restart loses nothing.

The chat itself lives in memory (`chats.py`, `updates.py`, ...); every change is written through to a row here
and committed once per call. It plays Telegram's role, so it answers fast rather than survive a power cut: a
killed process loses nothing, a killed machine may lose the last moments.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from bot.channels.local.seal import Seal

Table = Literal["chats", "messages", "updates", "files", "blobs", "settings"]

# AUTOINCREMENT remembers the highest id ever used: message and update ids never come back after a deletion.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS chats(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS messages(id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS updates(id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS files(id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blobs(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings(id TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class Store:
    """Sealed rows by table and id. `path` None keeps them in memory."""

    def __init__(self, path: Path | None, seal: Seal) -> None:
        self._seal = seal
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.executescript(_SCHEMA)
        self._erased = False

    def rows(self, table: Table) -> Iterator[tuple[Any, Any]]:
        """Every (id, value) in order of id."""
        for row_id, body in self._db.execute(f"SELECT id, body FROM {table} ORDER BY id"):  # noqa: S608 - the name is one of two literals  # nosec B608
            yield row_id, json.loads(self._seal.open(body))

    def put(self, table: Table, row_id: int | str, value: object) -> None:
        """Write or replace one value."""
        self.put_bytes(table, row_id, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def put_bytes(self, table: Table, row_id: int | str, value: bytes) -> None:
        """Write or replace one value that is bytes already."""
        query = (
            f"INSERT INTO {table}(id, body) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET body = excluded.body"  # nosec B608  # as below
        )
        self._db.execute(query, (row_id, self._seal.seal(value)))

    def get_bytes(self, table: Table, row_id: int | str) -> bytes | None:
        """One value as bytes, or None."""
        row = self._db.execute(f"SELECT body FROM {table} WHERE id = ?", (row_id,)).fetchone()  # noqa: S608 - the name is one of two literals  # nosec B608
        return None if row is None else self._seal.open(row[0])

    def drop(self, table: Table, row_id: int | str) -> None:
        """Erase one row; after the next commit its content is in no file of the store."""
        self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))  # noqa: S608 - the name is one of two literals  # nosec B608
        self._erased = True

    def last_id(self, table: Table) -> int:
        """Give the highest id the table ever held."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return 0 if row is None else int(row[0])

    def commit(self) -> None:
        """Make everything since the last commit survive the process."""
        self._db.commit()
        if self._erased:
            # secure_delete zeroes the page in the database; the write-ahead log still holds it as it was.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._erased = False

    def close(self) -> None:
        """Commit and let go of the file."""
        with suppress(sqlite3.ProgrammingError):  # closed already
            self.commit()
            self._db.close()
