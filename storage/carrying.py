"""A keyring brought back must not bring back keys that were destroyed after it was saved.

Who was erased is known in two more places: the keyring that is being replaced, if it can still be read, and the record
of erasures in the facts, which must be readable. What either says is destroyed is destroyed in the restored keyring
before it opens.
"""

import datetime as dt
import logging
from typing import Any

from sqlalchemy import Connection, create_engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.archive import ArchiveError
from storage.database import sync_url
from storage.keyring import keys
from storage.tables import erasures

log = logging.getLogger(__name__)


def carry(ring_url: str, current_ring_url: str, facts_url: str, now: dt.datetime) -> None:
    """Destroy in the keyring at `ring_url` what the current one ("" for none) and the facts know to be destroyed.

    Raises ArchiveError when the facts cannot say who was erased: they would come back.
    """
    erased = _read(facts_url, select(erasures.c.key_id, erasures.c.handle))
    try:
        gone = _read(current_ring_url, select(keys.c.id, keys.c.owner).where(keys.c.wrapped.is_(None)))
    except ArchiveError as problem:  # it may be what is being replaced because it is damaged
        log.warning("the keyring that is replaced: %s", problem)
        gone = []
    engine = create_engine(sync_url(ring_url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            for key_id, owner in gone:
                _destroy(connection, keys.c.id == key_id, key_id, owner, now)
            for key_id, owner in erased:
                _destroy(connection, keys.c.owner == owner, key_id, owner, now)
            connection.commit()
    finally:
        engine.dispose()


def _read(url: str, chosen: Any) -> list[Any]:
    if not url:
        return []
    engine = create_engine(sync_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return list(connection.execute(chosen).all())
    except SQLAlchemyError as problem:
        raise ArchiveError(
            f"who was erased since cannot be read there ({type(problem).__name__}), and they must stay erased; "
            "restore a backup of the database together with the keyring"
        ) from None
    finally:
        engine.dispose()


def _destroy(connection: Connection, which: Any, key_id: int, owner: str, now: dt.datetime) -> None:
    living = update(keys).where(which, keys.c.wrapped.is_not(None))
    connection.execute(living.values(wrapped=None, destroyed_at=now))
    if connection.scalar(select(keys.c.id).where(keys.c.id == key_id)) is None:
        values = {"id": key_id, "owner": owner, "wrapped": None, "master": 0}
        connection.execute(insert(keys).values(made_at=now, destroyed_at=now, **values))
