"""Tickets as they are kept: one open at a time, changed only as they were read, gone when they must be."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import ticket_lines, ticketload, tickets
from storage.database import Database
from storage.dialogs import Stale
from storage.people import Person
from storage.tables import ticket_lines as lines_table
from storage.tickets import Ticket
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

HOUR = dt.timedelta(hours=1)


async def opened(
    database: Database, person: Person, after: int = 0, priority: int = tickets.NORMAL
) -> Ticket:
    async with database.write() as write:
        at = NOW + after * HOUR
        made = await tickets.open_one(write, person, "score", ("name",), at, at + 4 * HOUR, priority)
        await ticket_lines.add(
            write, person, made.id, person.handle, ticket_lines.SAID, at, words="why so low?"
        )
    return made


async def test_nobody_has_two_open_tickets(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    first = await opened(database, person)
    with pytest.raises(Stale):
        await opened(database, person)
    async with database.write() as write:
        await tickets.change(write, first, closed_at=NOW, reason="answered", waiting_since=None)
    second = await opened(database, person)
    async with database.read() as read:
        assert [one.id for one in await tickets.of_person(read, person)] == [second.id, first.id]
        assert await tickets.open_of(read, person) == second


async def test_nobody_gets_a_second_open_ticket_while_the_first_is_opened_again(
    database: Database, vault: Vault
) -> None:
    """Support opens the old one again at the moment at which the borrower asks anew."""
    person = await meet(database, vault)
    closed = await opened(database, person)
    async with database.write() as write:
        await tickets.change(write, closed, closed_at=NOW, reason="answered", waiting_since=None)

    async def again() -> None:
        async with database.write() as write:
            await tickets.reopen(write, replace(closed, closed_at=NOW, reason="answered", waiting_since=None))
            await asyncio.sleep(0.05)

    async def anew() -> None:
        async with database.write() as write:
            await tickets.open_one(write, person, "data", (), NOW, NOW + HOUR)
            await asyncio.sleep(0.05)

    done = await asyncio.gather(again(), anew(), return_exceptions=True)
    assert [type(one) for one in done if one is not None] == [Stale]
    async with database.read() as read:
        assert len([one for one in await tickets.of_person(read, person) if one.closed_at is None]) == 1


async def test_of_two_changes_at_once_the_second_is_refused(database: Database, vault: Vault) -> None:
    ticket = await opened(database, await meet(database, vault))
    async with database.write() as write:
        await tickets.change(write, ticket, assignee="SUPPORT2345")
    with pytest.raises(Stale):
        async with database.write() as write:
            await tickets.change(write, ticket, assignee="SUPPORT6789")
    async with database.read() as read:
        found = await tickets.find(read, ticket.id)
    assert found is not None
    assert found.assignee == "SUPPORT2345"


async def test_the_queue_is_urgent_first_and_then_who_waits_longest(database: Database, vault: Vault) -> None:
    made = []
    for at, (after, priority) in enumerate([(2, 1), (1, 1), (3, 0), (0, 2), (5, 1)]):
        person = await meet(database, vault, 2000 + at)
        made.append(await opened(database, person, after, priority))
    async with database.write() as write:
        await tickets.change(write, made[4], waiting_since=None, assignee="ME23456789", first_answer_at=NOW)
    async with database.read() as read:
        queue = await ticketload.page(read, ticketload.ALL, "ME23456789", 0, 10)
        assert [one.id for one in queue] == [made[at].id for at in (2, 1, 0, 4, 3)]
        assert await ticketload.counts(read, "ME23456789") == {"all": 5, "mine": 1, "free": 4, "closed": 0}
        assert await ticketload.waiting(read) == 4
        due = await ticketload.overdue(read, NOW + 5 * HOUR)
        assert [one.id for one in due] == [made[1].id, made[3].id]
        assert len(await ticketload.courses(read, NOW + 2 * HOUR)) == 3


async def test_what_was_said_is_sealed_and_goes_with_the_ticket(database: Database, vault: Vault) -> None:
    person = await meet(database, vault)
    ticket = await opened(database, person)
    async with database.write() as write:
        await ticket_lines.add(write, person, ticket.id, "clock", "overdue", NOW + HOUR)
    async with database.read() as read:
        said, clock = await ticket_lines.thread(read, person, ticket.id)
        assert (said.words, clock.words) == ("why so low?", None)
        assert await ticket_lines.last(read, ticket.id, "overdue") == NOW + HOUR
        assert await ticket_lines.last(read, ticket.id, "note") is None
        sealed = await read.scalar(sa.select(lines_table.c.words_sealed).where(lines_table.c.id == said.id))
        assert b"why" not in (sealed or b"why")
    async with database.write() as write:
        await tickets.change(write, ticket, closed_at=NOW, reason="other")
        assert await tickets.expire(write, NOW) == 0
        assert await tickets.expire(write, NOW + HOUR) == 1
        assert await write.scalar(sa.select(sa.func.count()).select_from(lines_table)) == 0


async def test_whoever_leaves_takes_nothing_of_a_borrowers_along(database: Database, vault: Vault) -> None:
    borrower, supporter = await meet(database, vault, 1), await meet(database, vault, 2)
    ticket = await opened(database, borrower)
    async with database.write() as write:
        await tickets.change(write, ticket, assignee=supporter.handle)
        place = (supporter.chat_id, 77)
        await ticket_lines.add(write, borrower, ticket.id, supporter.handle, "file", NOW, place=place)
        await ticket_lines.forget(write, supporter)
        await tickets.forget(write, supporter)
    async with database.read() as read:
        found = await tickets.find(read, ticket.id)
        assert found is not None
        assert found.assignee is None
        file = (await ticket_lines.thread(read, borrower, ticket.id))[1]
        assert (file.chat_id, file.message_id, file.actor) == (None, None, supporter.handle)
