"""Early warning: loans, who watches them, what happened, and what was made of it."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.columns import Id, Utc
from storage.tables.base import lender, metadata, person, version

loans = Table(
    "loans",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(),
    Column("reference", String(40), nullable=False),  # the lender's own name of it
    Column("officer", String(12)),  # the handle of who looks after it; none: every officer of the lender
    Column("currency", String(3), nullable=False),
    Column("measures", String(80), nullable=False),  # what the contract allows, by code, apart by spaces
    Column("opened_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("terms_sealed", LargeBinary, nullable=False),  # amount, instalment, how many
    Column("made_by", String(12), nullable=False),
    Column("at", Utc, nullable=False),
    Column("closed_at", Utc),
    version(),
    UniqueConstraint("lender_id", "reference"),
    info={"cell": ("person_id", "lender_id", "reference")},
    sqlite_autoincrement=True,
)

watches = Table(
    "watches",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(),
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(8)),  # consent, loan, lender
    Column("best_sealed", LargeBinary),  # the best reading since the last alert; none: not read yet
    version(),
    Index(
        "uq_watches_live",
        "person_id",
        "lender_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    info={"cell": ("person_id", "lender_id", "receipt")},
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(optional=True),  # who told us; none: the person's own file
    Column("loan_id", Id, ForeignKey("loans.id", ondelete="SET NULL")),
    Column("sender", String(24), nullable=False),  # "lender:3", "self"
    Column("ref", String(64), nullable=False),  # the sender's own name of it
    Column("version", Integer, nullable=False),  # a correction has a higher one
    Column("kind", String(20), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("at", Utc, nullable=False),
    version(),
    UniqueConstraint("person_id", "sender", "ref", "version"),
    info={"cell": ("person_id", "sender", "ref", "version")},
    sqlite_autoincrement=True,
)

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(),
    Column("severity", Integer, nullable=False),  # of the worst alert in it: 1 low, 2 medium, 3 high
    Column("owner", String(12)),  # the handle of the officer it is assigned to
    Column("opened_at", Utc, nullable=False),
    Column("acknowledged_at", Utc),
    Column("contacted_at", Utc),  # when the borrower was first asked, or first said something
    Column("snoozed_until", Utc),
    Column("snoozed_at_severity", Integer),
    Column("escalated_at", Utc),
    Column("closed_at", Utc),
    Column("outcome", String(16)),
    Index(
        "uq_cases_open",
        "person_id",
        "lender_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    person(),
    lender(),
    Column("case_id", Id, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("loan_id", Id, ForeignKey("loans.id", ondelete="SET NULL")),
    Column("number", String(12), nullable=False, unique=True),  # what people call it
    Column("rule", String(24), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("cause", String(40), nullable=False),  # "event:17", or "time:" and the score
    Column("held", String(10), nullable=False, default=""),  # why nobody was told: cooldown, snoozed
    Column("receipt", String(36), nullable=False),  # the consent it rests on
    Column("content_sealed", LargeBinary, nullable=False),  # scores then and now, the cause, what changed
    Column("at", Utc, nullable=False),
    version(),
    UniqueConstraint("person_id", "lender_id", "cause", "severity"),
    info={"cell": ("person_id", "lender_id", "number")},
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert_id", Id, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    person(),  # whom it was sent to: an officer
    Column("outbox_id", BigInteger, nullable=False, index=True),  # the message that carries it
    Column("why", String(10), nullable=False),  # alert, escalated, next
    Column("at", Utc, nullable=False),
    Column("failed_at", Utc),
    UniqueConstraint("alert_id", "person_id"),
    sqlite_autoincrement=True,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    person(),  # the borrower the case is about
    Column("actor", String(12), nullable=False),  # a handle, or "clock"
    Column("kind", String(16), nullable=False),  # what was done or said
    Column("detail", String(24), nullable=False, default=""),  # a code
    Column("words_sealed", LargeBinary),
    Column("at", Utc, nullable=False),
    version(),
    info={"cell": ("person_id", "case_id", "kind")},
    sqlite_autoincrement=True,
)
