"""How much a plan asks of a person, so that of two plans the easier one is shown. A convention, and stated.

In thousandths, so that efforts add up and compare exactly. Each change costs 50 for being one more thing to do,
and 1000 times the SQUARE of its share: to give up a quarter of something is a quarter as hard as to give up half,
so a plan would rather ask a little of several things than nearly all of one. Each month of waiting costs 30.

The share is that of the sum asked for, of the spending, of the balance; of a debt, what must be paid off
against a year's income where that is known; of a term, against the longer of the two; of words, of the ladder.
"""

from decimal import Decimal
from typing import Final

from engine.questions import EXACT, QUESTIONS, Answer, Answers

UNIT: Final = 1000
CHANGE: Final = 50
MONTH: Final = 30

_TERM, _DEBTS, _INCOME = "loan_term_months", "total_owed", "monthly_income"
_YEAR = 12


def of_share(share: float) -> int:
    """Give the effort of one change by a share (0..1 and beyond)."""
    return CHANGE + round(UNIT * min(share, 1000.0) ** 2)


def of_months(months: int) -> int:
    """Give the effort of waiting."""
    return MONTH * months


def of_answer(name: str, before: Answer, after: Answer, answers: Answers) -> int:
    """Give the effort of changing one answer, beside what else the person answered."""
    return of_share(share(name, before, after, answers))


def share(name: str, before: Answer, after: Answer, answers: Answers) -> float:
    """Give how large a share of an answer changes; see above what it is set against."""
    choices = QUESTIONS[name].choices
    if choices:
        return abs(choices.index(str(before)) - choices.index(str(after))) / (len(choices) - 1)
    old, new = Decimal(before or 0), Decimal(after or 0)
    whole = old
    if name == _TERM:
        whole = max(old, new)
    elif name == _DEBTS and answers.get(_INCOME):
        whole = EXACT.multiply(Decimal(answers[_INCOME] or 0), _YEAR)
    return float(EXACT.divide(abs(old - new), whole or 1))
