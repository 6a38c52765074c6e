"""Answers become a record: money turns into ratios, months go by, and what a pack forbids is left behind.

Money is Decimal up to the ratio; a float is made once, at the end, so that a score never depends on how a sum
was written.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Final

from engine.countries.pack import Pack
from engine.factors import FACTORS, Value
from engine.questions import EXACT, QUESTIONS, Answers, permitted, problem

_Given = Mapping[str, Decimal | int | str]

_YEAR = Decimal(12)
_MONEY = tuple(name for name, question in QUESTIONS.items() if question.kind == "money")
_FRACTIONS = (
    ("income_ratio", "monthly_income", "median_income"),
    ("loan_to_income", "loan_amount", "yearly_income"),
    ("instalment_to_income", "instalment", "monthly_income"),
    ("debt_service_ratio", "monthly_repayments", "monthly_income"),
    ("total_owed_to_income", "total_owed", "yearly_income"),
    ("spending_to_income", "monthly_spending", "monthly_income"),
    ("loan_to_price", "loan_amount", "purchase_price"),
)
# The variation of monthly spending (standard deviation / mean) that each answer in words stands for.
_VARIATION: Final = {"steady": 0.1, "some": 0.3, "irregular": 0.6}
# Who goes on gathering months in the same work while time passes.
_WORKING = frozenset({"state", "permanent", "self_employed", "temporary"})
_ENQUIRY_WINDOW = 6  # months


def record(answers: Answers, pack: Pack, *, months_later: int = 0) -> dict[str, Value]:
    """Turn answers into the factors a score may use.

    A question without an answer leaves its factors out, and so does a factor the pack forbids. `months_later`
    (0 or more) gives the record as it will be then if the person keeps their work and home, pays everything
    on time and asks no other lender: tenures and the credit history grow, the enquiries of today leave their
    window, bills paid on time add up; the age only grows by whole years. Raises ValueError for an unknown
    question or an unacceptable answer, which `problem` would have named.
    """
    if months_later < 0:
        raise ValueError(f"months_later is {months_later}; time runs forward")
    _check(answers, pack)
    found = factors_of(answers, pack)
    if months_later:
        working = "occupation" not in found or found["occupation"] in _WORKING
        _age(found, months_later, working=working)
    return found


def factors_of(answers: Answers, pack: Pack) -> dict[str, Value]:
    """Do what `record` does for today, on answers already known to be acceptable."""
    askable = _askable(pack)
    given = {name: answer for name, answer in answers.items() if answer is not None and name in askable}
    found = _plain(given)
    found |= {name: _ratio(name, *pair) for name, pair in fractions(given, pack).items()}
    return {name: _within(name, value) for name, value in found.items() if pack.permits(name)}


def instalment(amount: Decimal, months: int, apr: Decimal) -> Decimal:
    """Give the equal monthly payment that clears `amount` in `months`, at a yearly nominal rate paid monthly.

    Annuity: amount * r / (1 - (1 + r)^-months), with r = apr / 12.
    """
    return EXACT.multiply(amount, _annuity(months, apr))


@cache
def _annuity(months: int, apr: Decimal) -> Decimal:
    rate = EXACT.divide(apr, _YEAR)
    if rate == 0:
        return EXACT.divide(1, months)
    growth = EXACT.power(EXACT.add(1, rate), months)
    return EXACT.divide(EXACT.multiply(rate, growth), EXACT.subtract(growth, 1))


@cache
def _askable(pack: Pack) -> frozenset[str]:
    return frozenset(name for name, question in QUESTIONS.items() if permitted(question, pack))


def _within(name: str, value: Value) -> Value:
    if isinstance(value, str):
        return value
    factor = FACTORS[name]
    return float(min(max(value, factor.low), factor.high))


def _check(answers: Answers, pack: Pack) -> None:
    for name, answer in answers.items():
        question = QUESTIONS.get(name)
        if question is None:
            raise ValueError(f"no question `{name}`")
        # What may not be asked is not read either, so that it cannot show even as an error.
        if name in _askable(pack) and (wrong := problem(question, answer, pack)) is not None:
            raise ValueError(f"{name}: {answer!r} is not accepted ({wrong})")


def _plain(given: _Given) -> dict[str, Value]:
    """Give the factors that are the answer itself."""
    found: dict[str, Value] = {}
    for name, answer in given.items():
        if name == "spending_regularity":
            found[name] = _VARIATION[str(answer)]
        elif name == "card_utilisation":
            found[name] = float(EXACT.divide(Decimal(answer), 100))
        elif name == "loan_term_months":
            found["term_months"] = float(answer)
        elif name in FACTORS:
            found[name] = str(answer) if FACTORS[name].kind == "class" else float(answer)
    if found.get("overdue_count_24m") == 0:
        found["worst_overdue_days"] = 0.0  # never late: there is no worst delay to ask about
    return found


def fractions(answers: Answers, pack: Pack) -> dict[str, tuple[Decimal, Decimal]]:
    """Give the part and the whole of each factor that sets one sum of money against another."""
    sums = {name: Decimal(answer) for name in _MONEY if (answer := answers.get(name)) is not None}
    sums["median_income"] = pack.median_monthly_income
    if "monthly_income" in sums:
        sums["yearly_income"] = EXACT.multiply(sums["monthly_income"], _YEAR)
    months = answers.get("loan_term_months")
    if "loan_amount" in sums and months is not None:
        sums["instalment"] = instalment(sums["loan_amount"], int(months), pack.indicative_apr)
    return {
        factor: (sums[part], sums[whole])
        for factor, part, whole in _FRACTIONS
        if part in sums and whole in sums
    }


def _ratio(name: str, part: Decimal, whole: Decimal) -> float:
    """Give part / whole; of nothing, the factor's upper end if there is a part, and 0 if there is none."""
    if whole == 0:
        return FACTORS[name].high if part > 0 else 0.0
    return float(EXACT.divide(part, whole))


def _age(found: dict[str, Value], months: int, *, working: bool) -> None:
    """Let `months` go by, each value staying within its factor's range."""
    tenures = ("credit_history_months", "residence_months", *(("employment_months",) if working else ()))
    later = {name: float(found[name]) + months for name in tenures if name in found}
    if "age" in found:
        later["age"] = float(found["age"]) + months // 12
    if "utilities_on_time" in found:
        # The months to come are on time; of those behind, at most as many good ones leave the window.
        later["utilities_on_time"] = max(float(found["utilities_on_time"]), float(months))
    if "enquiries_6m" in found and months >= _ENQUIRY_WINDOW:
        later["enquiries_6m"] = 0.0
    found.update({name: _within(name, value) for name, value in later.items()})
