"""The back-test and the service are one: told the same of the same person, they warn of the same on the same days."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot import wire
from bot.services import scoring
from engine import countries
from engine.watch import Event
from engine.watch.replay import Past, Told, moments, replay
from storage import alerts, facts
from tests.chat import Candor
from tests.journeys.staffed import known
from tests.journeys.watched import bank, borrows, happens

# Days after the watch began, and what the lender tells of then.
TOLD: list[tuple[int, str, dict[str, Any]]] = [
    (1, "instalment_late", {"days": 40}),
    (3, "enquiry", {"what": "application"}),
    (5, "balance", {"balance": Decimal(200), "limit": Decimal(1000)}),
    (6, "balance", {"balance": Decimal(1100), "limit": Decimal(1000)}),
    (8, "instalment_late", {"days": 70}),
    (12, "income", {"amount": Decimal(5000), "what": "verified"}),
    (15, "public_record", {"what": "court judgment"}),
    (20, "income", {"amount": Decimal(3000), "what": "verified"}),
    (24, "balance", {"balance": Decimal(100), "limit": Decimal(1000)}),
    (26, "instalment_late", {"days": 9}),
    (27, "default", {}),
]


async def test_the_service_and_the_back_test_warn_of_the_same(tmp_path: Path) -> None:
    candor, start = Candor(tmp_path), wire.now()
    moved = [start]
    candor.clock = lambda: moved[0]
    async with candor:
        house, _officer = await bank(candor)
        borrower = await candor.person().enrols("us")
        await (await borrower.answers(overdue_count_24m="0")).gets_score()
        await borrows(borrower, house)
        person = await known(borrower)
        context, sender = candor.context, f"lender:{house.id}"
        async with context.database.read() as read:
            said = {name: fact.value for name, fact in (await facts.merged(read, person)).items()}
        told = []
        for after, kind, fields in TOLD:
            moved[0] = start + dt.timedelta(days=after)
            on, named = moved[0].date(), dict(fields)
            if kind not in ("enquiry", "income", "public_record"):
                named["account"] = "L-1"
            (outcome,) = await happens(candor, house, kind, ref=f"e-{after}", on=on, **named)
            assert outcome.state == "accepted"
            told.append(Told(Event(ref=f"e-{after}", kind=kind, on=on, sender=sender, **named), on))  # type: ignore[arg-type]  # a kind by its name
        async with context.database.read() as read:
            raised = await alerts.about(read, person, house.id)
    pack = countries.load("us")
    past = Past(
        id="maria",
        answers=scoring.usable(said, pack, ("score", "consumption")),
        told=told,
        days=[start.date(), *(one.known for one in told)],
        ended=start.date() + dt.timedelta(days=60),
        bad=True,
    )
    expected = [
        (one.on, one.warning.rule, one.warning.severity, one.warning.cause)
        for one in replay(moments(past, context.model, pack), context.settings.config.watch.when)
    ]
    found = [
        (one.at.date(), ground["rule"], ground["severity"], ground["cause"])
        for one in sorted(raised, key=lambda one: one.at)
        if not one.held
        for ground in one.content["grounds"]
    ]
    assert found == expected
    rules = {rule for _, rule, _, _ in expected}
    assert {
        "score_fall",
        "late_first",
        "late_repeated",
        "over_limit",
        "public_record",
        "income_fall",
    } <= rules
