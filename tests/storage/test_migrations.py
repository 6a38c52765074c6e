import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.engine import Engine

from storage import migrate, rights
from storage.database import Database
from storage.tables import metadata
from storage.vault import Vault
from tests.storage.sample import MARKS, fill


def engine(url: str) -> Engine:
    driver = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    return create_engine(make_url(url).set(drivername=driver))


def tables(url: str) -> set[str]:
    opened = engine(url)
    with opened.connect() as connection:
        found = set(inspect(connection).get_table_names())
    opened.dispose()
    return found - {"alembic_version"}


def test_from_nothing_up_and_down_and_up_again(empty_url: str) -> None:
    for _ in range(2):
        migrate.upgrade(empty_url)
        assert tables(empty_url) == set(metadata.tables)
        migrate.downgrade(empty_url, "base")
        assert tables(empty_url) == set()
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)  # a second time changes nothing
    assert tables(empty_url) == set(metadata.tables)


def test_the_migrations_make_what_the_program_expects(database_url: str) -> None:
    opened = engine(database_url)
    with opened.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    opened.dispose()


async def test_a_filled_database_keeps_its_rows_on_the_way_up(database_url: str, vault: Vault) -> None:
    database = Database(database_url)
    person = await fill(database, vault)
    await asyncio.to_thread(migrate.upgrade, database_url)
    async with database.read() as read:
        assert MARKS["name"] in str(await rights.export(read, person))
    await database.close()


async def test_a_filled_database_goes_down_and_up(database_url: str, vault: Vault) -> None:
    database = Database(database_url)
    await fill(database, vault)
    await database.close()
    await asyncio.to_thread(migrate.downgrade, database_url, "base")
    await asyncio.to_thread(migrate.upgrade, database_url)
    database = Database(database_url)
    await fill(database, vault)
    await database.close()


async def test_several_starters_migrate_one_database_together(empty_url: str) -> None:
    code = "import sys; from storage import migrate; migrate.upgrade(sys.argv[1])"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty_url, cwd=migrate.FOLDER.parents[1], stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    assert [(await process.communicate())[1].decode() for process in started] == [""] * 3
    assert tables(empty_url) == set(metadata.tables)


def test_a_migration_that_fails_half_way_leaves_nothing(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_bytes((migrate.FOLDER / "env.py").read_bytes())
    (folder / "versions" / "0001_half.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nrevision = '0001'\ndown_revision = None\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('id', sa.Integer))\n"
        "    raise RuntimeError('in the middle')\n"
    )
    monkeypatch.setattr(migrate, "FOLDER", folder)
    with pytest.raises(RuntimeError):
        migrate.upgrade(empty_url)
    assert tables(empty_url) == set()


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "candor.db"
    migrate.upgrade(f"sqlite+aiosqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_newest_revision_has_a_name() -> None:
    assert migrate.head()
