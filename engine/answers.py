"""Answers become a record: money turns into ratios, months go by, and what a pack forbids is left behind.

Money is Decimal up to the ratio; a float is made once, at the end, so that a score never depends on how a sum
was written.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engine.countries.pack import Pack
from engine.factors import FACTORS, Value
from engine.questions import EXACT, QUESTIONS, Answers, permitted, problem

_Given = Mapping[str, Decimal | int | str]

_YEAR = Decimal(12)
# The variation of monthly spending (standard deviation / mean) that each answer in words stands for.
_VARIATION: Final = {"steady": 0.1, "some": 0.3, "irregular": 0.6}
# Who goes on gathering months in the same work while time passes; somebody who has not said is taken to work.
_WORKING = frozenset({"state", "permanent", "self_employed", "temporary", None})
_ENQUIRY_WINDOW = 6  # months
_UTILITY_WINDOW = 24  # months


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
    given = {
        name: answer
        for name, answer in answers.items()
        if answer is not None and permitted(QUESTIONS[name], pack)
    }
    found = _plain(given)
    found |= _ratios(given, pack)
    if months_later:
        _age(found, given.get("occupation"), months_later)
    return {
        name: value if isinstance(value, str) else _within(name, value)
        for name, value in found.items()
        if pack.permits(name)
    }


def instalment(amount: Decimal, months: int, apr: Decimal) -> Decimal:
    """Give the equal monthly payment that clears `amount` in `months`, at a yearly nominal rate paid monthly.

    Annuity: amount * r / (1 - (1 + r)^-months), with r = apr / 12.
    """
    rate = EXACT.divide(apr, _YEAR)
    if rate == 0:
        return EXACT.divide(amount, months)
    growth = EXACT.power(EXACT.add(1, rate), months)
    return EXACT.divide(EXACT.multiply(EXACT.multiply(amount, rate), growth), EXACT.subtract(growth, 1))


def ratio(part: Decimal, whole: Decimal, factor: str) -> float:
    """Give part / whole for a factor: of nothing, its upper end if there is a part, and 0 if not."""
    if whole == 0:
        return FACTORS[factor].high if part > 0 else 0.0
    return float(EXACT.divide(part, whole))


def _within(name: str, value: float) -> float:
    factor = FACTORS[name]
    return float(min(max(value, factor.low), factor.high))


def _check(answers: Answers, pack: Pack) -> None:
    for name, answer in answers.items():
        question = QUESTIONS.get(name)
        if question is None:
            raise ValueError(f"no question `{name}`")
        # What may not be asked is not read either, so that it cannot show even as an error.
        if permitted(question, pack) and (wrong := problem(question, answer, pack)) is not None:
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


def _ratios(given: _Given, pack: Pack) -> dict[str, Value]:
    """Give the factors that set one sum of money against another."""
    money = {
        name: Decimal(answer)
        for name, answer in given.items()
        if QUESTIONS[name].kind == "money" and isinstance(answer, Decimal | int)
    }
    parts: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    income, amount = money.get("monthly_income"), money.get("loan_amount")
    yearly = None if income is None else EXACT.multiply(income, _YEAR)
    months = given.get("loan_term_months")
    payment = None
    if amount is not None and months is not None:
        payment = instalment(amount, int(months), pack.indicative_apr)
    parts["income_ratio"] = income, pack.median_monthly_income
    parts["loan_to_income"] = amount, yearly
    parts["instalment_to_income"] = payment, income
    parts["debt_service_ratio"] = money.get("monthly_repayments"), income
    parts["total_owed_to_income"] = money.get("total_owed"), yearly
    parts["spending_to_income"] = money.get("monthly_spending"), income
    parts["loan_to_price"] = amount, money.get("purchase_price")
    return {
        name: ratio(part, whole, name)
        for name, (part, whole) in parts.items()
        if part is not None and whole is not None
    }


def _age(found: dict[str, Value], occupation: object, months: int) -> None:
    """Let `months` go by."""
    grows = ["credit_history_months", "residence_months"]
    if occupation in _WORKING:
        grows.append("employment_months")
    for name in grows:
        if name in found:
            found[name] = float(found[name]) + months
    if "age" in found:
        found["age"] = float(found["age"]) + months // 12
    if "utilities_on_time" in found:
        # Of the last 24 months, those to come are surely on time, and at most as many good ones drop out.
        found["utilities_on_time"] = max(
            float(found["utilities_on_time"]), float(min(months, _UTILITY_WINDOW))
        )
    if months >= _ENQUIRY_WINDOW and "enquiries_6m" in found:
        found["enquiries_6m"] = 0.0
