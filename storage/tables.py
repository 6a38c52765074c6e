"""Every table, in one place. Columns named `*_sealed` hold values only the vault can open.

A table with sealed columns has a `row_version`, drawn anew whenever a sealed value is written, and names in
`info["cell"]` the columns that identify a row: table, column, those and the version are bound into the seal (see
`storage.cells`). Tables with a `person_id` hold a person; each has a keeper that can `export` and `forget` that person,
which a test checks against this file.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from storage.columns import Id, Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _person() -> Column[int]:
    return Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True)


def _version() -> Column[int]:
    return Column("row_version", BigInteger, nullable=False, default=0)


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
    _version(),
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
    _version(),
    info={"cell": ("person_id",)},
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
    _version(),
    UniqueConstraint("person_id", "name", "source"),
    info={"cell": ("person_id", "name", "source")},
    sqlite_autoincrement=True,
)

lenders = Table(
    "lenders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("country", String(2), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc),
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
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
    _person(),
    Column("dialog", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),  # step, answers, the way back
    Column("opened_at", Utc, nullable=False),
    Column("touched_at", Utc, nullable=False, index=True),
    _version(),
    UniqueConstraint("person_id", "dialog"),
    info={"cell": ("person_id", "dialog")},
    sqlite_autoincrement=True,
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
    sqlite_autoincrement=True,
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
    _version(),
    info={"cell": ("person_id", "query_id")},
    sqlite_autoincrement=True,
)

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
    _version(),
    Index("ix_inbox_state_id", "state", "id"),
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
    _version(),
    Index("ix_outbox_state_id", "state", "id"),
    info={"cell": ("chat_id",)},
    sqlite_autoincrement=True,
)

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("role", String(12), nullable=False),  # officer, admin, support, marketer, regulator, operator
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")),  # officers and admins have one
    Column("given_by", String(12), nullable=False),  # the handle of who invited them, or "shell"
    Column("given_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column(
        "role_sealed", LargeBinary
    ),  # holds nothing: that it opens shows that we gave this role; none: ended
    _version(),
    sqlite_autoincrement=True,
    info={"cell": ("person_id", "role", "lender_id")},
)

invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),  # the only one who can use it
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")),
    Column("made_by", String(12), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),  # used, or withdrawn
    sqlite_autoincrement=True,
)

shares = Table(
    "shares",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
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
    _person(),
    Column("actor", String(12), nullable=False),  # handle
    Column("role", String(12), nullable=False),
    Column("lender_id", Id, ForeignKey("lenders.id", ondelete="SET NULL")),
    Column("action", String(24), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("receipt", String(36)),
    Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

disputes = Table(
    "disputes",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("fact", String(40), nullable=False),
    Column("source", String(16), nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),  # what the person says is wrong
    Column("state", String(10), nullable=False, default="open"),  # open, upheld, rejected
    Column("opened_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("reminded_at", Utc),
    Column("decided_by", String(12)),
    Column("decided_at", Utc),
    _version(),
    info={"cell": ("person_id", "fact", "source")},
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Id, primary_key=True),
    _person(),
    Column("subject", String(40), nullable=False),  # "score", or the topic of an answer
    Column("good", Boolean, nullable=False),
    Column("words_sealed", LargeBinary),
    Column("at", Utc, nullable=False),
    _version(),
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

PERSONAL = tuple(table for table in metadata.sorted_tables if "person_id" in table.c or table is people)
CHAT = (inbox, outbox)  # hold a person by chat, until handled or sent
SEALED = tuple(table for table in metadata.sorted_tables if "cell" in table.info)
