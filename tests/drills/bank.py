"""Lenders with officers and borrowers whose loans they watch, put into a database without the road that led there."""

import datetime as dt
import itertools
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.channels.local import LocalBotApi, Person, Player
from bot.services import scoring
from bot.services.context import Context
from storage import consents, facts, lenders, loans, people, queries, scores, staff, watches
from storage.lenders import Lender
from storage.loans import Draft
from storage.people import Profile
from tests.storage.sample import decision, watched

_chats = itertools.count(500_000)
SAID: dict[str, str | int | None] = {
    "loan_amount": "8000",
    "loan_term_months": 12,
    "monthly_income": "5000",
    "monthly_repayments": "600",
    "total_owed": "4000",
    "overdue_count_24m": 0,
    "card_utilisation": 30,
    "credit_history_months": 48,
    "enquiries_6m": 1,
    "public_records": 0,
    "employment_months": 36,
    "residence_months": 60,
}


@dataclass
class House:
    """A lender, those who work there and those who owe it, by the reference of their loan."""

    lender: Lender
    officers: list[Player] = field(default_factory=list)
    borrowers: dict[str, Player] = field(default_factory=dict)


async def found(context: Context, api: LocalBotApi, name: str, officers: int, borrowers: int) -> House:
    """Found a lender."""
    now = context.clock()
    async with context.database.write() as write:
        made = await lenders.add(write, name, "us", now)
        assert made is not None
        house = House(made)
        for number in range(officers):
            player = _seat(api, f"{name} {number}")
            person = await people.meet(write, context.vault, player.person.id, "en", "us", now)
            await staff.give(write, person, "officer", made.id, "shell", now)
            house.officers.append(player)
    for first in range(0, borrowers, 100):
        async with context.database.write() as write:
            for number in range(first, min(first + 100, borrowers)):
                player = _seat(api, "Maria")
                reference = f"L-{made.id}-{number}"
                await _borrower(write, context, player.person.id, made, reference, now)
                house.borrowers[reference] = player
    return house


def _seat(api: LocalBotApi, name: str) -> Player:
    return api.add_person(Person(next(_chats), name, phone="+12025550142"), started=True)


async def _borrower(
    write: AsyncConnection, context: Context, chat_id: int, lender: Lender, reference: str, now: dt.datetime
) -> None:
    person = await people.meet(write, context.vault, chat_id, "en", "us", now)
    await people.register(
        write, context.vault, person, Profile("Maria", "+12025550142", f"{chat_id:09d}"), now
    )
    score, watch = decision("score", at=now), watched(lender.id, at=now)
    await consents.record(write, person, [score, watch])
    await facts.put(write, person, SAID, "self", now)
    draft = Draft(reference, "USD", now.date(), now.date() + dt.timedelta(days=365), {"amount": "8000"})
    await loans.put(write, person, lender.id, draft, "shell", now)
    await watches.settle(write, person, 1, now)
    pack = context.packs["us"]
    answers = scoring.usable(SAID, pack, {"score": score})
    result = context.model.score(engine.record(answers, pack), pack)
    query = await queries.watched(write, person, now)
    origin = scoring.origin_of(result, answers, query, score.receipt, "self", 0)
    await scores.add(write, person, origin, scoring.content_of(result, answers), now)
