"""Every table, in one place. Columns named `*_sealed` hold values only the vault can open.

A table with sealed columns has a `row_version`, drawn anew whenever a sealed value is written, and names in
`info["cell"]` the columns that identify a row: table, column, those and the version are bound into the seal (see
`storage.cells`). Tables with a `person_id` hold a person; each has a keeper that can `export` and `forget` that person,
which a test checks against these files.
"""

from storage.tables.base import metadata
from storage.tables.borrowers import (
    accesses,
    consents,
    counters,
    dialogs,
    disputes,
    facts,
    feedback,
    people,
    pins,
    queries,
    scores,
    shares,
    uploads,
)
from storage.tables.house import audit, backups, erasures, leases, marks, periods, yardsticks
from storage.tables.post import inbox, outbox
from storage.tables.staff import apikeys, approvals, imports, invites, lender_rules, lenders, requests, staff
from storage.tables.support import (
    bulletins,
    clusters,
    letters,
    payments,
    questions,
    ratings,
    report_marks,
    reports,
    signkeys,
    subscriptions,
    ticket_lines,
    tickets,
)
from storage.tables.watching import alerts, cases, entries, events, loans, notices, watches

__all__ = [
    "CHAT",
    "PERSONAL",
    "SEALED",
    "accesses",
    "alerts",
    "apikeys",
    "approvals",
    "audit",
    "backups",
    "bulletins",
    "cases",
    "clusters",
    "consents",
    "counters",
    "dialogs",
    "disputes",
    "entries",
    "erasures",
    "events",
    "facts",
    "feedback",
    "imports",
    "inbox",
    "invites",
    "leases",
    "lender_rules",
    "lenders",
    "letters",
    "loans",
    "marks",
    "metadata",
    "notices",
    "outbox",
    "payments",
    "people",
    "periods",
    "pins",
    "queries",
    "questions",
    "ratings",
    "report_marks",
    "reports",
    "requests",
    "scores",
    "shares",
    "signkeys",
    "staff",
    "subscriptions",
    "ticket_lines",
    "tickets",
    "uploads",
    "watches",
    "yardsticks",
]

PERSONAL = tuple(table for table in metadata.sorted_tables if "person_id" in table.c or table is people)
CHAT = (inbox, outbox)  # hold a person by chat, until handled or sent
SEALED = tuple(table for table in metadata.sorted_tables if "cell" in table.info)
