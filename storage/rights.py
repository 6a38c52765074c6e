"""A person's rights over the whole database: everything about them, out or gone.

Every table that holds a person has a keeper here; a test compares this list with the tables.
"""

import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import (
    accesses,
    alerts,
    audit,
    cases,
    consents,
    counters,
    dialogs,
    disputes,
    entries,
    erasures,
    events,
    facts,
    feedback,
    inbox,
    invites,
    letters,
    loans,
    notices,
    outbox,
    payments,
    people,
    pins,
    queries,
    questions,
    ratings,
    reports,
    scores,
    shares,
    staff,
    subscriptions,
    ticket_lines,
    tickets,
    uploads,
    watches,
)
from storage.people import Person

KEEPERS = {
    "people": people,
    "pins": pins,
    "facts": facts,
    "consents": consents,
    "dialogs": dialogs,
    "queries": queries,
    "scores": scores,
    "staff": staff,
    "invites": invites,
    "counters": counters,
    "shares": shares,
    "accesses": accesses,
    "disputes": disputes,
    "feedback": feedback,
    "questions": questions,
    "loans": loans,
    "watches": watches,
    "events": events,
    "cases": cases,
    "alerts": alerts,
    "notices": notices,
    "entries": entries,
    "uploads": uploads,
    "tickets": tickets,
    "ticket_lines": ticket_lines,
    "payments": payments,
    "letters": letters,
    "ratings": ratings,
    "subscriptions": subscriptions,
    "reports": reports,
}


async def export(connection: AsyncConnection, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a person, table by table, the record of messages and the audit trail included."""
    return {table: await keeper.export(connection, person) for table, keeper in KEEPERS.items()} | {
        "inbox": await inbox.export(connection, person.chat_id),
        "outbox": await outbox.export(connection, person.chat_id, person.sealer),
        "audit": await audit.about(connection, person.handle),
    }


async def forget(
    connection: AsyncConnection, person: Person, now: dt.datetime, keep_until: dt.datetime
) -> None:
    """Erase a person everywhere and note it; their data keys are destroyed next (`erasures.settle`).

    `keep_until` is how long the record of the erasure itself, a handle and a date, is kept.
    """
    for keeper in reversed(KEEPERS.values()):
        await keeper.forget(connection, person)
    await inbox.forget(connection, person.chat_id)
    await outbox.forget(connection, person.chat_id, person.sealer.id)
    await erasures.record(connection, person, now, keep_until)
