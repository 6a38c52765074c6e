"""What a person could do: what they can change, and what would follow if they did.

Every number comes from the deciding model scoring the changed answers afresh; nothing is estimated.
"""

import math
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from engine.answers import record
from engine.countries.pack import Pack
from engine.factors import FACTORS, Record, Value
from engine.model import Model
from engine.questions import QUESTIONS, Answers, permitted
from engine.result import Result

# The answers a person can change by deciding to, and which way helps. Income is not among them (it moves
# slowly), nor is the price of what is bought (paying more is no advice), nor bills paid on time (only time
# adds those).
_LEVERS: dict[str, Literal["down", "either"]] = {
    "loan_amount": "down",
    "loan_term_months": "either",
    "monthly_repayments": "down",
    "total_owed": "down",
    "card_utilisation": "down",
    "open_accounts": "down",
    "monthly_spending": "down",
    "spending_regularity": "down",
}


class Lever(NamedTuple):
    """An answer the person can change: "down", or "either" way (a shorter term or smaller instalments)."""

    question: str
    direction: Literal["down", "either"]


class Margin(NamedTuple):
    """Scores between which the changed one would lie if the model's PD is off by as much as it was on average.

    `basis` names what that is taken from: "held_out", the upper end of the 95 % interval of the mean distance of
    PD and bad rate (ECE) on loans the model had not seen.
    """

    low: int
    high: int
    basis: Literal["held_out"]


class WhatIf(NamedTuple):
    """Two fresh scores, and a margin; None where the model was never held against loans it had not seen.

    The margin speaks of the level of the risk. How much the risk of somebody changes who changes their answers,
    no loan book tells: it knows different people, not one person twice.
    """

    before: Result
    after: Result
    margin: Margin | None


def levers(answers: Answers, pack: Pack) -> tuple[Lever, ...]:
    """Give the answers this person gave and can change where they live, in the order of the conversation."""
    return tuple(
        Lever(name, _LEVERS[name])
        for name, question in QUESTIONS.items()
        if name in _LEVERS and answers.get(name) is not None and permitted(question, pack)
    )


def what_if(model: Model, answers: Answers, changes: Answers, pack: Pack, *, months_later: int = 0) -> WhatIf:
    """Score the person as they are now, and as they would be with `changes` and `months_later`, by any model.

    Raises ValueError for a change that no decision of the person can bring about (age, sex, ...), for an
    unknown question and for an unacceptable answer.
    """
    for name in changes:
        _changeable(name, QUESTIONS[name].feeds if name in QUESTIONS else ())
    before = model.score(record(answers, pack), pack)
    changed = {**answers, **changes}
    after = model.score(record(changed, pack, months_later=months_later), pack)
    return WhatIf(before, after, margin(model, after))


def what_if_record(
    model: Model, person: Record, changes: Mapping[str, Value], pack: Pack | None = None
) -> WhatIf:
    """Do the same for a record, of the catalogue's factors or of a lender's own columns.

    Raises ValueError for a factor that nobody can change and for a value that cannot be read.
    """
    for name in changes:
        _changeable(name, (name,) if name in FACTORS else ())
    after = model.score({**person, **changes}, pack)
    return WhatIf(model.score(person, pack), after, margin(model, after))


def margin(model: Model, result: Result) -> Margin | None:
    """Give the margin of one score; see `Margin`."""
    off = model.figures.get(f"kind {model.kind}", {}).get("ece_high")
    if isinstance(off, bool) or not isinstance(off, int | float) or not math.isfinite(off) or off < 0:
        return None
    low, high = (_score(model, result.pd + way * off) for way in (1, -1))
    return Margin(min(low, result.score), max(high, result.score), "held_out")


def _score(model: Model, pd: float) -> int:
    sure = min(max(pd, 1e-6), 1.0 - 1e-6)
    scale = model.scale
    return min(max(scale.points(math.log((1.0 - sure) / sure)), scale.low), scale.high)


def _changeable(name: str, feeds: Collection[str]) -> None:
    if feeds and all(FACTORS[factor].change == "no" for factor in feeds):
        raise ValueError(f"{name} is not for anybody to change")
