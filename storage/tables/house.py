"""The house itself: what it did, what it saved, who of several works."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from storage.columns import Id, Utc
from storage.tables.base import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # without gaps: the writer counts
    Column("at", Utc, nullable=False),
    Column("actor", String(12), nullable=False),  # a handle, "shell" or "clock"
    Column("action", String(32), nullable=False),
    Column("object", String(40), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("result", String(12), nullable=False),  # done, denied, failed
    Column("digest", LargeBinary, nullable=False),  # over this row and the digest before it
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key_id", BigInteger, nullable=False, unique=True),
    Column("handle", String(12), nullable=False),
    Column("country", String(2), nullable=False),
    Column("at", Utc, nullable=False),
    Column("destroyed_at", Utc),  # when the data key was seen to be gone
    Column("keep_until", Utc, nullable=False),  # how long this very record stays
    sqlite_autoincrement=True,
)

backups = Table(
    "backups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("made_at", Utc, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("verified_at", Utc),  # when it was restored into a scratch database, and held
    Column("error", String(80)),
    sqlite_autoincrement=True,
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(160), nullable=False),
    Column("at", Utc, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("fence", BigInteger, nullable=False),  # grows with every holder
    Column("until", Utc, nullable=False),
)

periods = Table(
    "periods",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("period", String(32), primary_key=True),
    Column("fence", BigInteger, nullable=False),  # of who took it
    Column("at", Utc, nullable=False),
    Column("done_at", Utc),
)

yardsticks = Table(
    "yardsticks",
    metadata,
    Column("kind", String(8), primary_key=True),  # model, pack
    Column("name", String(64), primary_key=True),  # a model's hash; country and version of a pack
    Column("content", Text, nullable=False),  # JSON
    Column("at", Utc, nullable=False),
)
