"""Founding: the demonstration's made-up borrowers come to be, with all that real ones have, and go again.

Their chats are reserved and not reachable, so nothing is ever sent to them. Doing it twice changes nothing.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.demo.crowd import FIRST_CHAT, Borrower, history
from bot.services import consenting, records, scoring, settling
from bot.services.context import Context
from bot.services.privacy import PROOF_KEPT
from engine.watch import Event, fold
from engine.watch.standing import later
from storage import consents, events, facts, lenders, loans, people, queries, rights, scores
from storage.consents import WATCH
from storage.events import From
from storage.lenders import Lender
from storage.loans import Draft
from storage.people import Person, Profile

MEASURES = ("reschedule", "security")
MONTHS_SCORED = 3
"""Months before the demonstration for which there is a score of everybody, so that a picture has a past."""
BY = "demo"
EVENT = "event"


async def found(connection: AsyncConnection, name: str, country: str, now: dt.datetime) -> Lender:
    """Enter a lender, by another name where there was one of this."""
    number, made = 1, await lenders.add(connection, name, country, now)
    while made is None:
        number += 1
        made = await lenders.add(connection, f"{name} {number}", country, now)
    return made


async def enter(
    connection: AsyncConnection, context: Context, lender: Lender, one: Borrower, language: str
) -> None:
    """Let a made-up borrower in: consents, answers, a loan, what happened so far, the scores of it, and the watch."""
    now, pack = context.clock(), context.packs[lender.country]
    if await loans.owner(connection, lender.id, one.reference) is not None:
        return
    person = await people.meet(connection, context.vault, one.chat, language, lender.country, now)
    who = Profile(one.name, "+0", f"DEMO-{one.number}")
    await people.register(connection, context.vault, person, who, now)
    await people.change(connection, person.id, reachable=False)
    opened = dt.datetime.combine(one.opened_on, dt.time(9), dt.UTC)
    made = [
        consenting.decision(context, person, "score", given=True, method=BY, at=opened),
        consenting.decision(context, person, WATCH, given=True, method=BY, at=now, lender=lender),
    ]
    await consents.record(connection, person, made)
    await facts.put(connection, person, one.said, "self", now)
    terms: Mapping[str, str | int] = {"amount": str(one.amount), "instalments": one.instalments}
    draft = Draft(one.reference, pack.currency, one.opened_on, one.ends_on, terms, MEASURES)
    number = await loans.put(connection, person, lender.id, draft, BY, now)
    source = From(f"lender:{lender.id}", made[1].receipt, lender.id, number)
    today = context.scene(person).today
    told = [event for event in history(one, today) if event.on <= today]
    rows = [(person, source, msgspec.to_builtins(event)) for event in told]
    await events.add_all(connection, rows, now)
    for months in range(MONTHS_SCORED, -1, -1):
        await _score(connection, context, person, one, told, later(today, -months), made[0].receipt)
    await settling.settle(connection, context, person)


async def _score(
    connection: AsyncConnection, context: Context, person: Person, one: Borrower, told: Sequence[Event],
    day: dt.date, receipt: str,
) -> None:  # fmt: skip
    """Store the score that a made-up borrower had on a day, by what had happened until then."""
    now, pack = context.clock(), context.packs[person.country]
    at = now - (context.scene(person).today - day)
    known = [msgspec.structs.replace(event, sender=BY) for event in told if event.on <= day]
    standing = fold(known, day, pack)
    answers = {name: records.plain(answer) for name, answer in standing.over(one.said).items()}
    usable = scoring.usable(answers, pack, ("score",))
    result = context.model.score(engine.record(usable, pack), pack)
    query = await queries.watched(connection, person, at)
    newest = await events.newest(connection, person)
    origin = scoring.origin_of(result, usable, query, receipt, EVENT, newest)
    await scores.add(connection, person, origin, scoring.content_of(result, usable, standing.next_change), at)


async def dissolve(connection: AsyncConnection, context: Context, numbers: Sequence[int]) -> None:
    """Erase made-up borrowers, as real ones are erased; their keys go with `erasures.settle`."""
    now = context.clock()
    for number in numbers:
        person = await people.find(connection, context.vault, FIRST_CHAT - number)
        if person is not None:
            await rights.forget(connection, person, now, now + PROOF_KEPT)
