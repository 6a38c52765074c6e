"""What comes in and what goes out."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from storage.columns import Id, Utc
from storage.tables.base import metadata, version

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("update_id", BigInteger, unique=True),  # none: work we gave ourselves
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("key_id", BigInteger, nullable=False, index=True),  # the data key it is sealed under
    Column("payload_sealed", LargeBinary),  # gone once handled
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", String(8), nullable=False, default="waiting"),  # waiting, done, failed
    Column("error", String(80)),
    Column("at", Utc, nullable=False),
    version(),
    Index("ix_inbox_state_id", "state", "id"),
    Index(
        "ix_inbox_told",
        "id",
        sqlite_where=text("state = 'waiting' AND update_id IS NOT NULL"),
        postgresql_where=text("state = 'waiting' AND update_id IS NOT NULL"),
    ),
    info={"cell": ("chat_id", "update_id")},
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("key_id", BigInteger, nullable=False, index=True),  # the data key it is sealed under
    Column("method", String(32), nullable=False),
    Column("priority", Integer, nullable=False, default=0, server_default="0"),  # 0 goes before 1 before 2
    Column("payload_sealed", LargeBinary),  # gone once sent
    Column("file_sealed", LargeBinary),
    Column(
        "edits", Id, ForeignKey("outbox.id", ondelete="SET NULL")
    ),  # the row whose message this one changes
    Column("lender_id", BigInteger),  # whose staff it is for, and about whom: it is taken back when that ends
    Column("about", BigInteger),
    Column("campaign", String(24)),  # what was subscribed to: it is taken back when that ends
    Column("message_id", BigInteger),  # what Telegram called it
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", String(8), nullable=False, default="waiting"),  # waiting, sent, failed, unknown
    Column("error", String(80)),
    Column("not_before", Utc),
    Column("at", Utc, nullable=False),
    Column("sent_at", Utc),
    version(),
    Index("ix_outbox_state_id", "state", "id"),
    Index("ix_outbox_state_priority_id", "state", "priority", "id"),
    info={"cell": ("chat_id",)},
    sqlite_autoincrement=True,
)
