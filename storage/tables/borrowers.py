"""Borrowers: who they are, what they agreed to, said and scored."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from storage.columns import Id, Utc
from storage.tables.base import metadata, person, version

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column(
        "handle", String(12), nullable=False, unique=True
    ),  # how others may name this person: says nothing
    Column("key_id", BigInteger, nullable=False, unique=True),  # their data key, in the keyring
    Column("language", String(16), nullable=False),
    Column("country", String(2), nullable=False, default=""),
    Column("detail", String(8), nullable=False, default="full"),
    Column("quiet_from", Integer),  # hours, in the person's own zone; none: no quiet hours
    Column("quiet_to", Integer),
    Column("profile_sealed", LargeBinary),  # name, phone, national ID, or that none was told
    Column("phone_index", LargeBinary, index=True),
    Column("id_index", LargeBinary, unique=True),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("registered_at", Utc),
    Column("created_at", Utc, nullable=False),
    version(),
    info={"cell": ("id", "chat_id", "handle")},
    sqlite_autoincrement=True,
)

pins = Table(
    "pins",
    metadata,
    Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("hash_sealed", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False, default=0),  # since the last lock
    Column("failures_in_all", Integer, nullable=False, default=0),  # since the last right PIN
    Column("locked_until", Utc),
    Column("changed_at", Utc, nullable=False),
    version(),
    info={"cell": ("person_id",)},
)

facts = Table(
    "facts",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("name", String(40), nullable=False),
    Column("source", String(16), nullable=False),
    Column("value_sealed", LargeBinary, nullable=False),
    Column("verified", Boolean, nullable=False, default=False),
    Column("at", Utc, nullable=False),
    version(),
    UniqueConstraint("person_id", "name", "source"),
    info={"cell": ("person_id", "name", "source")},
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("receipt", String(36), nullable=False, index=True),
    Column("purpose", String(24), nullable=False),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")),  # to whom; none: to the operator
    Column("given", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("country", String(2), nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("method", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("expires_at", Utc),
    sqlite_autoincrement=True,
)

dialogs = Table(
    "dialogs",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("dialog", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),  # step, answers, the way back
    Column("opened_at", Utc, nullable=False),
    Column("touched_at", Utc, nullable=False, index=True),
    version(),
    UniqueConstraint("person_id", "dialog"),
    info={"cell": ("person_id", "dialog")},
    sqlite_autoincrement=True,
)

queries = Table(
    "queries",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("kind", String(8), nullable=False),  # self, or watch: one we opened because something happened
    Column("state", String(12), nullable=False),  # collecting, queued, done, stopped
    Column("opened_at", Utc, nullable=False),
    Column("queued_at", Utc),
    Column("done_at", Utc),
    sqlite_autoincrement=True,
)

scores = Table(
    "scores",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("query_id", Id, ForeignKey("queries.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("cause", String(16), nullable=False),
    Column("event_id", BigInteger),  # the newest event it knows of
    Column("model_id", String(40), nullable=False),
    Column("model_hash", String(64), nullable=False),
    Column("pack", String(16), nullable=False),
    Column("pack_version", String(16), nullable=False),
    Column("inputs_hash", String(64), nullable=False),
    Column("score_sealed", LargeBinary, nullable=False),  # the answers it rests on, score, PD, band, points
    Column("at", Utc, nullable=False),
    version(),
    info={"cell": ("person_id", "query_id")},
    sqlite_autoincrement=True,
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("token", String(12), nullable=False),  # drawn by chance
    Column("kind", String(16), nullable=False),
    Column("state", String(10), nullable=False),  # asked, confirmed
    Column("rows_sealed", LargeBinary),  # what the file said, until it is to be dropped
    Column("figures_sealed", LargeBinary, nullable=False),  # what was read out of it
    Column("at", Utc, nullable=False),
    Column("keep_until", Utc, nullable=False),
    version(),
    UniqueConstraint("person_id", "token"),
    info={"cell": ("person_id", "token")},
    sqlite_autoincrement=True,
)

disputes = Table(
    "disputes",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("fact", String(40), nullable=False),
    Column("source", String(16), nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),  # what the person says is wrong
    Column("state", String(10), nullable=False, default="open"),  # open, upheld, rejected
    Column("opened_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("reminded_at", Utc),
    Column("decided_by", String(12)),
    Column("decided_at", Utc),
    version(),
    info={"cell": ("person_id", "fact", "source")},
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("subject", String(40), nullable=False),  # "score", or the topic of an answer
    Column("good", Boolean, nullable=False),
    Column("words_sealed", LargeBinary),
    Column("at", Utc, nullable=False),
    version(),
    UniqueConstraint("person_id", "subject"),
    info={"cell": ("person_id", "subject")},
    sqlite_autoincrement=True,
)

counters = Table(
    "counters",
    metadata,
    Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(24), primary_key=True),
    Column("slot", BigInteger, primary_key=True),  # the number of the window of time since 1970
    Column("used", Integer, nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE"), nullable=False),
    Column("score_id", Id, ForeignKey("scores.id", ondelete="CASCADE"), nullable=False),
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("officer", String(12), nullable=False),  # handle
    Column("reason", String(24), nullable=False),
    Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

accesses = Table(
    "accesses",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("actor", String(12), nullable=False),  # handle
    Column("role", String(12), nullable=False),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="SET NULL")),
    Column("action", String(24), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("receipt", String(36)),
    Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
