import sqlite3

import pytest
from sqlalchemy import make_url, text

from storage import selfcheck
from storage.database import Database
from storage.selfcheck import WeakDatabase
from tests.conftest import Postgres


async def test_our_own_settings_are_durable(database: Database) -> None:
    await selfcheck.durable(database)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("PRAGMA synchronous=NORMAL", "synchronous is 1"),
        ("PRAGMA foreign_keys=OFF", "foreign_keys is 0"),
        ("PRAGMA secure_delete=OFF", "secure_delete is 0"),
        ("PRAGMA journal_mode=DELETE", "journal_mode is delete"),
    ],
)
async def test_an_sqlite_that_may_lose_or_keep_too_much_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, pragma: str, said: str
) -> None:
    monkeypatch.setattr("storage.database.PRAGMAS", (pragma, "PRAGMA busy_timeout=30000"))
    if "journal" in pragma:
        plain = sqlite3.connect(str(make_url(sqlite_url).database))
        plain.execute("PRAGMA journal_mode=DELETE")
        plain.close()
    database = Database(sqlite_url)
    try:
        with pytest.raises(WeakDatabase, match="SQLite's") as refusal:
            await selfcheck.durable(database)
    finally:
        await database.close()
    assert said in str(refusal.value) or "cannot be made" in str(refusal.value)


async def test_two_writers_at_once_are_noticed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import database as module  # noqa: PLC0415 - its private maker is what is spoilt here

    make = module._sqlite
    monkeypatch.setattr(module, "_sqlite", lambda url, pool_size, **_: make(url, pool_size, "BEGIN"))
    database = Database(sqlite_url)
    try:
        with pytest.raises(WeakDatabase, match="two programs may write"):
            await selfcheck.durable(database)
    finally:
        await database.close()


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_a_postgresql_that_may_lose_commits_is_refused(
    postgres: Postgres, postgresql_url: str, name: str
) -> None:
    postgres.run(f"ALTER SYSTEM SET {name} = off", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.2)")
    database = Database(postgresql_url)
    try:
        with pytest.raises(WeakDatabase, match=f"PostgreSQL's {name} is off"):
            await selfcheck.durable(database)
    finally:
        await database.close()
        postgres.run(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.2)")


async def test_a_database_that_has_lost_a_rule_is_refused(database: Database) -> None:
    await selfcheck.guarded(database)
    on = "" if database.sqlite else " ON scores"
    async with database.write() as write:
        await write.execute(text(f"DROP TRIGGER scores_rest_on_consent{on}"))
    with pytest.raises(WeakDatabase, match="lost its rule scores_rest_on_consent"):
        await selfcheck.guarded(database)


async def test_a_rule_that_is_switched_off_is_missed(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    try:
        async with database.write() as write:
            await write.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_never_shrink"))
        with pytest.raises(WeakDatabase, match="audit_never_shrink"):
            await selfcheck.guarded(database)
    finally:
        await database.close()
