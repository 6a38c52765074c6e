"""Every table, in one place. Columns named `*_sealed` hold values only the vault can open.

Tables with a `person_id` hold a person; each has a keeper that can `export` and `forget` that person, which a test
checks against this file.
"""

import datetime as dt

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[dt.datetime]):
    """An aware UTC time; a naive one is refused, and SQLite, which keeps no zone, gets it back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in a plain INTEGER


def _person() -> Column[int]:
    return Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True)


people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column("key", LargeBinary, nullable=False),  # this person's data key, wrapped
    Column("language", String(16), nullable=False),
    Column("country", String(2), nullable=False, default=""),
    Column("detail", String(8), nullable=False, default="full"),
    Column("quiet_from", Integer),  # hours, in the person's own zone; none: no quiet hours
    Column("quiet_to", Integer),
    Column("profile_sealed", LargeBinary),  # name, phone, national ID
    Column("phone_index", LargeBinary, index=True),
    Column("id_index", LargeBinary, unique=True),
    Column("pin_sealed", LargeBinary),
    Column("pin_failures", Integer, nullable=False, default=0),
    Column("pin_locked_until", Utc),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("registered_at", Utc),
    Column("created_at", Utc, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("name", String(40), nullable=False),
    Column("source", String(16), nullable=False),
    Column("value_sealed", LargeBinary, nullable=False),
    Column("verified", Boolean, nullable=False, default=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("person_id", "name", "source"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("receipt", String(36), nullable=False, index=True),
    Column("purpose", String(24), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("country", String(2), nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("method", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("expires_at", Utc),
)

dialogs = Table(
    "dialogs",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("dialog", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),  # step, answers, the way back
    Column("opened_at", Utc, nullable=False),
    Column("touched_at", Utc, nullable=False, index=True),
    UniqueConstraint("person_id", "dialog"),
)

queries = Table(
    "queries",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("kind", String(8), nullable=False),  # self (soft) or lender (hard)
    Column("state", String(12), nullable=False),  # collecting, queued, done, stopped
    Column("opened_at", Utc, nullable=False),
    Column("queued_at", Utc),
    Column("done_at", Utc),
)

scores = Table(
    "scores",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("query_id", Id, ForeignKey("queries.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("cause", String(16), nullable=False),
    Column("model_id", String(40), nullable=False),
    Column("model_hash", String(64), nullable=False),
    Column("pack", String(16), nullable=False),
    Column("pack_version", String(16), nullable=False),
    Column("inputs_hash", String(64), nullable=False),
    Column("score_sealed", LargeBinary, nullable=False),  # the answers it rests on, score, PD, band, points
    Column("at", Utc, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("update_id", BigInteger, unique=True),  # none: work we gave ourselves
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("payload_sealed", LargeBinary),  # gone once handled
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", String(8), nullable=False, default="waiting"),  # waiting, done, failed
    Column("error", String(80)),
    Column("at", Utc, nullable=False),
    Index("ix_inbox_state_id", "state", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("method", String(32), nullable=False),
    Column("payload_sealed", LargeBinary),  # gone once sent
    Column("file_sealed", LargeBinary),
    Column(
        "edits", Id, ForeignKey("outbox.id", ondelete="SET NULL")
    ),  # the row whose message this one changes
    Column("message_id", BigInteger),  # what Telegram called it
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", String(8), nullable=False, default="waiting"),  # waiting, sent, failed
    Column("error", String(80)),
    Column("not_before", Utc),
    Column("at", Utc, nullable=False),
    Column("sent_at", Utc),
    Index("ix_outbox_state_id", "state", "id"),
)

PERSONAL = tuple(table for table in metadata.sorted_tables if "person_id" in table.c or table is people)
CHAT = (inbox, outbox)  # hold a person by chat, until handled or sent
