"""What a person could do: what they can change, and what would follow if they did.

Every number comes from the deciding model scoring the changed answers afresh; nothing is estimated.
"""

from typing import Literal, NamedTuple

from engine.answers import record
from engine.countries.pack import Pack
from engine.factors import FACTORS
from engine.questions import QUESTIONS, Answers, permitted
from engine.result import Result
from engine.scorecard import Scorecard

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


def levers(answers: Answers, pack: Pack) -> tuple[Lever, ...]:
    """Give the answers this person gave and can change where they live, in the order of the conversation."""
    return tuple(
        Lever(name, _LEVERS[name])
        for name, question in QUESTIONS.items()
        if name in _LEVERS and answers.get(name) is not None and permitted(question, pack)
    )


def what_if(
    model: Scorecard, answers: Answers, changes: Answers, pack: Pack, *, months_later: int = 0
) -> tuple[Result, Result]:
    """Score the person as they are now, and as they would be with `changes` and `months_later`.

    Raises ValueError for a change that no decision of the person can bring about (age, sex, ...), for an
    unknown question and for an unacceptable answer.
    """
    for name in changes:
        feeds = QUESTIONS[name].feeds if name in QUESTIONS else ()
        if feeds and all(FACTORS[factor].change == "no" for factor in feeds):
            raise ValueError(f"{name} is not for anybody to change")
    before = model.score(record(answers, pack), pack)
    changed = {**answers, **changes}
    after = model.score(record(changed, pack, months_later=months_later), pack)
    return before, after
