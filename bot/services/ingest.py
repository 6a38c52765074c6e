"""Ingest: events that lenders tell of become rows, and work for the worker, in one transaction.

One door for HTTP, files and the demonstration. Nobody is told more than "no such loan" of a loan that is not theirs,
not there, or whose borrower did not agree to be watched.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.services.context import Context
from engine.watch import Event, Fault, problem
from engine.watch.events import fields_of
from storage import events, inbox, loans, people
from storage.events import From
from storage.people import Person

RESCORE = "rescore"
"""The work that follows: the person is scored anew."""

AT_ONCE = 500
"""Rows that are decided on together."""

State = Literal["accepted", "known", "differs", "no_loan", "wrong"]


@dataclass(frozen=True, slots=True)
class Row:
    """An event, and the loan it is about by the lender's own reference."""

    loan: str
    event: Event


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: taken, known already, told otherwise before under this name, or refused.

    `wrong` comes with the fault; `no_loan` means none that is open and whose borrower agreed to this lender's watch.
    """

    state: State
    fault: Fault | None = None

    @property
    def refused(self) -> bool:
        """Whether the row was not taken."""
        return self.state not in ("accepted", "known")


ACCEPTED, KNOWN, DIFFERS, NO_LOAN = (
    Outcome("accepted"),
    Outcome("known"),
    Outcome("differs"),
    Outcome("no_loan"),
)


class Refused(Exception):
    """Something of a batch that is to be taken whole or not at all was refused; `outcomes` has one for each row."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("refused")
        self.outcomes = outcomes


@dataclass(frozen=True, slots=True)
class _Page:
    outcomes: list[Outcome]
    told: list[tuple[Person, From, Mapping[str, Any]]]
    touched: dict[int, Person]


async def take(
    context: Context, lender_id: int, rows: Iterable[Row], *, whole: bool = False
) -> list[Outcome]:
    """Store a lender's events and have their borrowers scored anew; gives an outcome for each row, in order.

    With `whole`, one row that is refused keeps all out. Raises Refused then.
    """
    async with context.database.write() as write:
        outcomes = await put(context, write, lender_id, rows, whole=whole)
    context.bell.set()
    return outcomes


async def put(
    context: Context, connection: AsyncConnection, lender_id: int, rows: Iterable[Row], *, whole: bool = False
) -> list[Outcome]:
    """Do what `take` does within a transaction; whoever commits it rings the bell."""
    rows, now = list(rows), context.clock()
    outcomes: list[Outcome] = []
    touched: dict[int, Person] = {}
    for start in range(0, len(rows), AT_ONCE):
        page = await _page(context, connection, lender_id, rows[start : start + AT_ONCE])
        outcomes += page.outcomes
        touched |= page.touched
        if not (whole and any(outcome.refused for outcome in outcomes)):
            await events.add_all(connection, page.told, now)
    if whole and any(outcome.refused for outcome in outcomes):
        raise Refused(outcomes)
    work: dict[str, Any] = {"job": RESCORE, "subject": 0}
    await inbox.give_all(connection, [(one.sealer, one.chat_id, work) for one in touched.values()], now)
    return outcomes


async def have_scored(connection: AsyncConnection, person: Person, now: dt.datetime) -> None:
    """Leave it to the worker to score somebody anew; whoever commits this rings the bell."""
    work: dict[str, Any] = {"job": RESCORE, "subject": 0}
    await inbox.give(connection, person.sealer, person.chat_id, work, now)


async def _page(context: Context, connection: AsyncConnection, lender_id: int, rows: Sequence[Row]) -> _Page:
    """Decide on some rows, with as few questions to the database as for one."""
    sender, now = f"lender:{lender_id}", context.clock()
    loans_told = await loans.watched(connection, lender_id, {row.loan for row in rows}, VERSION, now)
    whose = await people.several(connection, context.vault, {loan.person_id for loan in loans_told.values()})
    today = {person.id: context.scene(person).today for person in whose.values()}
    known = await events.known(connection, whose, sender, {row.event.ref for row in rows})
    page = _Page([], [], {})
    for row in rows:
        loan = loans_told.get(row.loan)
        person = whose.get(loan.person_id) if loan else None
        if loan is None or person is None or not person.sealer.usable:
            page.outcomes.append(NO_LOAN)
            continue
        event = msgspec.structs.replace(row.event, sender=sender, account=_account(row))
        if (fault := problem(event, today[person.id])) is not None:
            page.outcomes.append(Outcome("wrong", fault))
            continue
        content, place = msgspec.to_builtins(event), (person.id, event.ref, event.version)
        if place in known:
            page.outcomes.append(KNOWN if known[place] == content else DIFFERS)
            continue
        known[place] = content
        page.told.append((person, From(sender, loan.receipt, lender_id, loan.id), content))
        page.touched[person.id] = person
        page.outcomes.append(ACCEPTED)
    # everybody who stores events takes the borrowers in one order, so that no two wait for each other
    page.told.sort(key=lambda one: one[0].id)
    return page


def _account(row: Row) -> str:
    """Name the account an event is about: the loan, unless it says another or is about no account at all."""
    needs, takes = fields_of(row.event.kind)
    return row.event.account or (row.loan if "account" in (*needs, *takes) else "")
