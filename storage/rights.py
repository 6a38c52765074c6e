"""A person's rights over the whole database: everything about them, out or gone.

Every table that holds a person has a keeper here; a test compares this list with the tables.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import consents, dialogs, facts, inbox, outbox, people, queries, scores
from storage.people import Person

KEEPERS = {
    "people": people,
    "facts": facts,
    "consents": consents,
    "dialogs": dialogs,
    "queries": queries,
    "scores": scores,
}


async def export(connection: AsyncConnection, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a person, table by table."""
    return {table: await keeper.export(connection, person) for table, keeper in KEEPERS.items()}


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person everywhere, their data key last."""
    for keeper in reversed(KEEPERS.values()):
        await keeper.forget(connection, person)
    await inbox.forget(connection, person.chat_id)
    await outbox.forget(connection, person.chat_id)
