"""The support desk: questions, tickets, reported messages, signed letters, warnings sent out, and paid checks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.columns import Id, Utc
from storage.tables.base import lender, metadata, person, version

questions = Table(
    "questions",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("language", String(16), nullable=False),
    Column("topic", String(24)),  # what was answered; none: nothing was near enough
    Column("good", Boolean),  # whether it helped, where they said so
    Column("words_sealed", LargeBinary, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    version(),
    info={"cell": ("person_id", "language")},
    sqlite_autoincrement=True,
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("about", String(16), nullable=False),  # what it is about, by code
    Column("shown", String(80), nullable=False),  # what support may see of them, by code, apart by spaces
    Column("priority", Integer, nullable=False),  # 0 urgent, 1 normal, 2 can wait
    Column("assignee", String(12)),  # a handle; none: whoever is free
    Column("thread", BigInteger),  # the forum topic in the staff group, where there is one
    Column("opened_at", Utc, nullable=False),
    Column("promised_at", Utc, nullable=False),  # when the borrower was told to expect an answer
    Column("first_answer_at", Utc),
    Column(
        "waiting_since", Utc
    ),  # the borrower's first word that nobody has answered yet; none: our word was last
    Column("closed_at", Utc),
    Column("reason", String(16)),  # why it was closed, by code
    Column("reopened", Integer, nullable=False, default=0),
    Index("ix_tickets_queue", "closed_at", "priority", "waiting_since"),
    sqlite_autoincrement=True,
)

ticket_lines = Table(
    "ticket_lines",
    metadata,
    Column("id", Id, primary_key=True),
    person(),  # whose ticket it is: what staff write goes with it
    Column("ticket_id", Id, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("actor", String(12), nullable=False),  # a handle, or "clock"
    Column(
        "kind", String(12), nullable=False
    ),  # said, answered, note, file, assigned, priority, closed, reopened
    Column(
        "detail", String(24), nullable=False, default=""
    ),  # a code, such as the reason or the canned answer
    Column("words_sealed", LargeBinary),
    Column("chat_id", BigInteger),  # where a file lies, to be copied from
    Column("message_id", BigInteger),
    Column("at", Utc, nullable=False),
    version(),
    info={"cell": ("person_id", "ticket_id", "kind")},
    sqlite_autoincrement=True,
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("language", String(16), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("scam", String(24), nullable=False),  # the type, as checked and then as confirmed; "" for none
    Column("state", String(10), nullable=False),  # new, confirmed, dismissed
    Column("decided_by", String(12)),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    version(),
    info={"cell": ("person_id", "language")},
    sqlite_autoincrement=True,
)

report_marks = Table(
    "report_marks",
    metadata,
    Column("report_id", Id, ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # keyed hash of a number, a link, or of the words
    Column("kind", String(8), nullable=False),  # number, link, text
    Index("ix_report_marks_digest", "digest"),
)

clusters = Table(
    "clusters",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # what the reports of a cluster share
    Column("kind", String(8), nullable=False),
    Column("scam", String(24), nullable=False),
    Column("people", Integer, nullable=False),  # how many reported it, when it was last raised
    Column("raised_at", Utc),  # when support was told
    Column("confirmed_by", String(12)),  # by whom it is known to be a scam
    Column("confirmed_at", Utc),
)

bulletins = Table(
    "bulletins",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scam", String(24), nullable=False),
    Column("texts", Text, nullable=False),  # JSON: language -> text and example
    Column("state", String(10), nullable=False),  # draft, asked, refused, sending, done, stopped
    Column("made_by", String(12), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("decided_by", String(12)),
    Column("decided_at", Utc),
    Column("reason", Text),  # why it was sent back, in the second person's words
    Column(
        "reached", BigInteger, nullable=False, default=0
    ),  # the last person it was put into the outbox for
    Column("sent", Integer, nullable=False, default=0),
    Column("done_at", Utc),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # bulletin, tip; "offered": they were asked
    Column("at", Utc, nullable=False),  # since when
    Column(
        "week", Integer
    ),  # of the tip: the last week that had its own, counted from Monday, 1 January of year 1
    Index("ix_subscriptions_kind", "kind", "person_id"),
)

signkeys = Table(
    "signkeys",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "public", LargeBinary, nullable=False, unique=True
    ),  # Ed25519; the private half is derived, never stored
    Column("made_at", Utc, nullable=False),
    Column("retired_at", Utc),
    sqlite_autoincrement=True,
)

letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True),
    person(),  # whom it was sent to
    Column(
        "lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE")
    ),  # in whose name; none: the operator's
    Column("kind", String(12), nullable=False),
    Column("signkey_id", Id, ForeignKey("signkeys.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # of the signature
    Column("words", LargeBinary, nullable=False, index=True),  # keyed hash: tells altered words from others
    Column("at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
    sqlite_autoincrement=True,
)

payments = Table(
    "payments",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    Column("token", String(32), nullable=False, unique=True),  # what the invoice carries
    Column("stars", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # offered, paid, used, refunding, refunded
    Column(
        "charge", String(160), unique=True
    ),  # Telegram's number of the payment: paid twice is told apart by it
    Column("offered_at", Utc, nullable=False),
    Column("paid_at", Utc),
    Column("used_at", Utc),
    Column("refunded_at", Utc),
    sqlite_autoincrement=True,
)

ratings = Table(
    "ratings",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(),
    Column("stars", Integer, nullable=False),  # 1 to 5
    Column("at", Utc, nullable=False),
    UniqueConstraint("person_id", "lender_id"),
    sqlite_autoincrement=True,
)
