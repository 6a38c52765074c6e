"""Whose keys may go, and whose may not yet."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage import erasures, keyring, marks
from storage.archive import ArchiveError
from storage.carrying import carry
from storage.database import Database, sync_url
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage import sample

LATER = NOW + dt.timedelta(days=60)


async def test_a_key_without_a_person_goes_after_a_week(database: Database, vault: Vault) -> None:
    await sample.meet(database, vault)
    await vault.mint("NOBODY")
    assert await erasures.orphans(database, vault, NOW + erasures.NEW) == 0
    assert await erasures.orphans(database, vault, LATER) == 1
    async with vault.keys.read() as read:
        assert await keyring.erased(read) == ["NOBODY"]


async def test_after_a_restore_the_keys_of_those_the_backup_did_not_know_are_kept(
    database: Database, vault: Vault
) -> None:
    await vault.mint("CAMELATER")
    async with database.write() as write:
        await marks.put(write, erasures.RESTORED, "2026-02-01T00:00:00Z", LATER)
    assert await erasures.orphans(database, vault, LATER + dt.timedelta(days=29)) == 0
    assert await erasures.orphans(database, vault, LATER + dt.timedelta(days=31)) == 1


def test_a_keyring_is_not_brought_back_where_nobody_can_say_who_was_erased(
    database_url: str, tmp_path: Path
) -> None:
    ring = f"sqlite+aiosqlite:///{tmp_path / 'ring.db'}"
    keyring.make(ring)
    carry(ring, "", database_url, NOW)
    engine = create_engine(sync_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE erasures RENAME TO elsewhere"))
    try:
        with pytest.raises(ArchiveError, match="they must stay erased"):
            carry(ring, "", database_url, NOW)
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO erasures"))
        engine.dispose()
