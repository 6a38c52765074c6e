"""Bring a database to the tables this program knows, and back; all of it or nothing, one starter after another."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text

from storage.database import prepare, sync_url

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x43414E444F52  # "CANDOR": the PostgreSQL lock that whoever migrates holds


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up; a database that is already there is left alone."""
    _run(url, command.upgrade, revision)


def downgrade(url: str, revision: str) -> None:
    """Migrate down to a revision, or to nothing with "base"."""
    _run(url, command.downgrade, revision)


def head() -> str:
    """Name the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _run(url: str, action: object, revision: str) -> None:
    prepare(url)
    sqlite = url.startswith("sqlite")
    engine = create_engine(sync_url(url))
    if sqlite:
        _begin_at_once(engine)
    try:
        with engine.begin() as connection:
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config = _config()
            config.attributes["connection"] = connection
            action(config, revision)  # type: ignore[operator]  # alembic's commands take these two
    finally:
        engine.dispose()


def _begin_at_once(engine: Engine) -> None:
    # the driver begins no transaction before a CREATE TABLE, so a failure half way would leave half the tables
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
