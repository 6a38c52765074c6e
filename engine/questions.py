"""What a person is asked: each question, the answers it takes, the factors it feeds, and which to ask where.

Sentences are not here; a catalogue of sentences has one for each question's name.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from types import MappingProxyType
from typing import Literal

from engine.countries.pack import Pack
from engine.factors import FACTORS, Purpose
from engine.modelfile import load
from engine.scorecard import Scorecard

Kind = Literal["money", "count", "months", "years", "percent", "class"]
Answer = Decimal | int | str | None
Answers = Mapping[str, Answer]

# One fixed arithmetic, so that no caller's settings can move a score.
EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    `low` and `high` bound the answer: for "money" in median monthly incomes of the country (see `bounds`),
    otherwise in the unit of `kind`; for "class" the answer is one of `choices`. `only_if` names a question
    and the least answer to it that makes this one worth asking. `at_registration` marks what is asked once,
    when a person enrols.
    """

    name: str
    kind: Kind
    low: int
    high: int
    choices: tuple[str, ...]
    feeds: tuple[str, ...]
    purpose: Purpose = "score"
    required: bool = False
    only_if: tuple[str, int] | None = None
    at_registration: bool = False


_WORDS = ("steady", "some", "irregular")


def _of(factor: str, kind: Kind, high: int = 0, purpose: Purpose = "score") -> Question:
    """Give the question whose answer is itself the factor of the same name."""
    return Question(factor, kind, 0, high, FACTORS[factor].classes, (factor,), purpose)


_LOAN = ("loan_to_income", "instalment_to_income", "loan_to_price")
_INCOME = ("income_ratio", *_LOAN[:2], "debt_service_ratio", "total_owed_to_income", "spending_to_income")

# In the order of a conversation: the loan, income and debts, the record, work and home, spending.
_ASKED = (
    Question("loan_amount", "money", 0, 120, (), _LOAN, required=True),
    Question("loan_term_months", "months", 1, 60, (), ("term_months", "instalment_to_income"), required=True),
    Question("purchase_price", "money", 0, 1200, (), ("loan_to_price",)),
    Question("monthly_income", "money", 0, 1000, (), _INCOME, required=True),
    Question("monthly_repayments", "money", 0, 1000, (), ("debt_service_ratio",)),
    Question("total_owed", "money", 0, 12000, (), ("total_owed_to_income",)),
    _of("overdue_count_24m", "count", 99),
    replace(_of("worst_overdue_days", "count", 3650), only_if=("overdue_count_24m", 1)),
    _of("card_utilisation", "percent", 200),
    _of("open_accounts", "count", 99),
    _of("credit_history_months", "months", 720),
    _of("enquiries_6m", "count", 99),
    _of("public_records", "count", 99),
    _of("occupation", "class"),
    _of("employment_months", "months", 720),
    _of("residence_months", "months", 1200),
    _of("housing", "class"),
    _of("dependents", "count", 20),
    Question("monthly_spending", "money", 0, 1000, (), ("spending_to_income",), "consumption"),
    Question("spending_regularity", "class", 0, 0, _WORDS, ("spending_regularity",), "consumption"),
    _of("utilities_on_time", "months", 24, "consumption"),
    _of("social_circle_defaults", "count", 20, "social"),
    Question("age", "years", 18, 100, (), ("age",), at_registration=True),
    replace(_of("education", "class"), at_registration=True),
    replace(_of("marital_status", "class"), at_registration=True),
    replace(_of("sex", "class"), at_registration=True),
)

QUESTIONS: Mapping[str, Question] = MappingProxyType({question.name: question for question in _ASKED})

# Nothing can be bought for nothing, and a loan of nothing is none.
_ABOVE_ZERO = frozenset({"loan_amount", "purchase_price"})


def bounds(question: Question, pack: Pack) -> tuple[Decimal, Decimal]:
    """Give the least and the greatest answer accepted in a country, money in its currency.

    Raises ValueError for a question of classes, which has `choices` instead.
    """
    if question.kind == "class":
        raise ValueError(f"{question.name} has choices, not bounds")
    if question.kind != "money":
        return Decimal(question.low), Decimal(question.high)
    low = Decimal(1).scaleb(-pack.minor_units) if question.name in _ABOVE_ZERO else Decimal(0)
    return low, EXACT.multiply(question.high, pack.median_monthly_income)


def problem(question: Question, answer: Answer, pack: Pack) -> str | None:
    """Give the key of what is wrong with an answer, or None.

    The keys: "type", "choice", "whole", "low", "high". No answer (None) is never wrong.
    """
    if answer is None:
        return None
    if question.kind == "class":
        return None if answer in question.choices else "choice"
    if isinstance(answer, bool) or not isinstance(answer, Decimal | int):
        return "type"
    number = Decimal(answer)
    if not number.is_finite():
        return "type"
    if question.kind not in ("money", "percent") and number != number.to_integral_value():
        return "whole"
    low, high = bounds(question, pack)
    if number < low:
        return "low"
    return "high" if number > high else None


def permitted(question: Question, pack: Pack, purposes: Collection[str] | None = None) -> bool:
    """Say whether a question feeds a factor that the pack permits under the purposes agreed to.

    Without `purposes`, every consent counts as given.
    """
    if purposes is None:
        return any(pack.permits(name) for name in question.feeds)
    return question.purpose in purposes and any(pack.permits_under(name, purposes) for name in question.feeds)


def ask(
    pack: Pack, purposes: Collection[str], limit: int = 15, *, model: Scorecard | None = None
) -> tuple[Question, ...]:
    """Choose at most `limit` questions, in the order of a conversation.

    The required ones are in first; the rest are those that can move the score of `model` (the starter by
    default) the most. What is asked at registration is never in it. A question that depends on another comes
    only with it. Empty when the person has not agreed to be scored at all.
    """
    effects = (model or load()).effects(pack)
    askable = [q for q in _ASKED if not q.at_registration and permitted(q, pack, purposes)]

    def effect(question: Question) -> int:
        return sum(effects.get(name, 0) for name in question.feeds if pack.permits_under(name, purposes))

    ranked = sorted(askable, key=lambda question: (not question.required, -effect(question)))
    chosen = {question.name for question in ranked[:limit]}
    return tuple(
        question
        for question in askable
        if question.name in chosen and (question.only_if is None or question.only_if[0] in chosen)
    )
