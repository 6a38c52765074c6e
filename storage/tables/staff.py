"""Those who serve: lenders, the roles people have there, and how programs of theirs come in."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.columns import Id, Utc
from storage.tables.base import lender, metadata, person, version

lenders = Table(
    "lenders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("country", String(2), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column(
        "licence", String(120), nullable=False, default="", server_default=""
    ),  # number and register of it
    Column("complaints", String(200), nullable=False, default="", server_default=""),  # where to complain
    Column(
        "channels", Text, nullable=False, default="[]", server_default="[]"
    ),  # JSON: how it writes and calls
    sqlite_autoincrement=True,
)

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("role", String(12), nullable=False),  # officer, admin, support, marketer, regulator, operator
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")),  # officers and admins have one
    Column("given_by", String(12), nullable=False),  # the handle of who invited them, or "shell"
    Column("given_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column(
        "role_sealed", LargeBinary
    ),  # holds nothing: that it opens shows that we gave this role; none: ended
    version(),
    sqlite_autoincrement=True,
    info={"cell": ("person_id", "role", "lender_id")},
)

invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True),
    person(),  # the only one who can use it
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")),
    Column("made_by", String(12), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),  # used, or withdrawn
    sqlite_autoincrement=True,
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("action", String(32), nullable=False),
    Column("object", String(80), nullable=False),
    Column("asked_by", String(12), nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("answered_by", String(12)),
    Column("answered_at", Utc),
    Column("state", String(10), nullable=False, default="asked"),  # asked, approved, refused, used
    sqlite_autoincrement=True,
)

apikeys = Table(
    "apikeys",
    metadata,
    Column("id", Id, primary_key=True),
    lender(),
    Column("name", String(40), nullable=False),
    Column("hint", String(8), nullable=False),  # its first letters, to tell one from another
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", String(80), nullable=False),  # apart by spaces
    Column("made_by", String(12), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("ended_at", Utc),
    Column("used_at", Utc),
    Column("slot", BigInteger, nullable=False, default=0),  # the minute it was used in last
    Column("used", Integer, nullable=False, default=0),  # how often in that minute
    sqlite_autoincrement=True,
)

requests = Table(
    "requests",
    metadata,
    Column("apikey_id", Id, ForeignKey("apikeys.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), primary_key=True),  # SHA-256 of the Idempotency-Key
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),  # references and counts only
    Column("at", Utc, nullable=False, index=True),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True),
    lender(),
    Column("made_by", String(12), nullable=False),  # a handle, or "folder"
    Column("kind", String(8), nullable=False),  # events, loans
    Column("digest", String(64), nullable=False),  # SHA-256 of the file: the same file twice is one
    Column("rows", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # asked, done, refused
    Column("at", Utc, nullable=False),
    UniqueConstraint("lender_id", "digest"),
    sqlite_autoincrement=True,
)

lender_rules = Table(
    "lender_rules",
    metadata,
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE"), primary_key=True),
    Column("rules", Text, nullable=False),  # JSON: what differs from the configuration's
    Column("changed_by", String(12), nullable=False),
    Column("at", Utc, nullable=False),
)
