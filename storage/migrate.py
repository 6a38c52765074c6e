"""Bring a database to the tables this program knows, and back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from storage.database import prepare

FOLDER = Path(__file__).parent / "migrations"


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
    engine = create_engine(
        make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg")
    )
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            action(config, revision)  # type: ignore[operator]
    finally:
        engine.dispose()
