"""Records: what lenders, reports and statements tell of a person, as of today, beside what the person says.

Everything told is folded anew each time (`engine.watch.fold`), so that late, repeated and corrected news and the mere
passing of time come to the same. What the fold says is stored as facts too, to be seen, contested and exported.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from bot.services.context import Answering
from engine.questions import Answer
from engine.watch import Event, Standing, fold
from storage import disputes, events, facts
from storage.disputes import Dispute, Words
from storage.events import Told
from storage.facts import Fact

LENDER, BUREAU = "lender", "bureau"
FOLDED = (LENDER, BUREAU)
"""Sources whose facts are made of events: those that only lenders told of, and those a person's file speaks of too."""

LATE = ("overdue_count_24m", "worst_overdue_days")
TOUCHED: Mapping[str, tuple[str, ...]] = {
    "instalment_due": LATE,
    "instalment_paid": LATE,
    "instalment_late": LATE,
    "default": LATE,
    "balance": ("card_utilisation",),
    "over_limit": ("card_utilisation",),
    "enquiry": ("enquiries_6m",),
    "public_record": ("public_records",),
    "income": ("monthly_income",),
    "account_opened": ("open_accounts", "credit_history_months"),
    "account_closed": ("open_accounts", "credit_history_months"),
}
"""What is stored of somebody because of an event of a kind: that is what to contest when it is wrong."""

Value = str | int | None


def event_of(told: Told) -> Event:
    """Give an event on record as the engine takes it."""
    return msgspec.convert({**told.content, "sender": told.sender}, Event)


async def standing(a: Answering) -> Standing:
    """Fold everything told of a person.

    What they contest is left out until that is decided; what was put right then stays so until it is told of anew.
    """
    told = await events.every(a.read, a.person)
    found = fold([event_of(one) for one in told], a.scene.today, a.pack)
    contested = await disputes.contested(a.read, a.person)
    answers = {
        name: answer
        for name, answer in found.answers.items()
        if (name, _source(found, name)) not in contested
    }
    for one in await disputes.every(a.read, a.person):
        stands = (
            one.state == disputes.UPHELD and one.fact in answers and one.source == _source(found, one.fact)
        )
        if stands and not _told_since(told, one):
            right = _righted(answers.pop(one.fact), one.words)
            answers |= {} if right is None else {one.fact: right}
    return msgspec.structs.replace(found, answers=answers)


def _told_since(told: Iterable[Told], one: Dispute) -> bool:
    """Say whether anything was told of a fact after it was decided upon."""
    kinds = {kind for kind, names in TOUCHED.items() if one.fact in names}
    return any(
        each.content["kind"] in kinds and one.decided_at is not None and each.at > one.decided_at
        for each in told
    )


def _righted(folded: Answer, words: Words) -> Answer:
    """Give what was decided, moved on by what time has done to what was contested; None where it was removed."""
    right, wrong = words.corrected, words.contested
    if isinstance(right, int) and isinstance(wrong, int) and isinstance(folded, int):
        return max(right + folded - wrong, 0)
    return Decimal(right) if isinstance(right, str) else right


async def refresh(a: Answering, found: Standing) -> None:
    """Store what a standing says as facts, where it differs from what is stored."""
    stored = {(fact.name, fact.source): fact for fact in await facts.every(a.read, a.person)}
    contested = await disputes.contested(a.read, a.person)
    for source in FOLDED:
        told = {
            name: plain(answer) for name, answer in found.answers.items() if _source(found, name) == source
        }
        known = {name for name, kind in stored if kind == source and (name, source) not in contested}
        changed: dict[str, Value] = {name: None for name in known if name not in told}
        changed |= {
            name: value
            for name, value in told.items()
            if (name, source) not in stored or stored[name, source].value != value
        }
        a.write(facts.put, a.person, changed, source, a.now)


def beside(told: Iterable[Fact]) -> list[Fact]:
    """Leave out of stored facts those made of events: the standing says them, and no more than it does.

    What was taken back is still among them until they are stored anew.
    """
    return [fact for fact in told if fact.source not in FOLDED]


def plain(answer: object) -> Value:
    """Give an answer as facts keep it: money as text."""
    return answer if isinstance(answer, int | str) or answer is None else str(answer)


def _source(found: Standing, name: str) -> str:
    return LENDER if name in found.verified else BUREAU
