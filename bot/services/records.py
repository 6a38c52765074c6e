"""Records: what lenders, reports and statements tell of a person, as of today, beside what the person says.

Everything told is folded anew each time (`engine.watch.fold`), so that late, repeated and corrected news and the mere
passing of time come to the same. What the fold says is stored as facts too, to be seen, contested and exported.
"""

from collections.abc import Mapping

import msgspec

from bot.services.context import Answering
from engine.watch import Event, Standing, fold
from storage import disputes, events, facts
from storage.events import Told
from storage.facts import Fact

LENDER, BUREAU = "lender", "bureau"
FOLDED = (LENDER, BUREAU)
"""Sources whose facts are made of events: those that only lenders told of, and those a person's file speaks of too."""

Value = str | int | None


def event_of(told: Told) -> Event:
    """Give an event on record as the engine takes it."""
    return msgspec.convert({**told.content, "sender": told.sender}, Event)


async def standing(a: Answering) -> Standing:
    """Fold everything told of a person; what they contest is left out until that is decided."""
    found = fold([event_of(one) for one in await events.every(a.read, a.person)], a.scene.today, a.pack)
    contested = {
        name for name, source in await disputes.contested(a.read, a.person) if source == _source(found, name)
    }
    if not contested:
        return found
    kept = {name: answer for name, answer in found.answers.items() if name not in contested}
    return msgspec.structs.replace(found, answers=kept)


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


def beside(told: Mapping[str, Fact], found: Standing) -> dict[str, Fact]:
    """Leave out of stored facts those that the standing says better."""
    return {
        name: fact for name, fact in told.items() if not (fact.source in FOLDED and name in found.answers)
    }


def plain(answer: object) -> Value:
    """Give an answer as facts keep it: money as text."""
    return answer if isinstance(answer, int | str) or answer is None else str(answer)


def _source(found: Standing, name: str) -> str:
    return LENDER if name in found.verified else BUREAU
