"""Made-up borrowers: strategies for answers and records, and one borrower to start from."""

import os
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

import engine
from engine import countries

PACKS = [countries.load(name) for name in countries.available()]
CN, MX, US = PACKS
MODEL = engine.load()

# A place where everything is permitted, so that every factor can be tried.
OPEN = msgspec.structs.replace(
    CN,
    consents=(*CN.consents, msgspec.structs.replace(CN.consents[0], key="social")),
    factors=dict.fromkeys(engine.FACTORS, "allowed"),
)

YOUNG_IN_DEBT: dict[str, engine.Answer] = {
    "loan_amount": Decimal(30000),
    "loan_term_months": 12,
    "purchase_price": Decimal(31000),
    "monthly_income": Decimal(4000),
    "monthly_repayments": Decimal(1800),
    "total_owed": Decimal(60000),
    "overdue_count_24m": 1,
    "worst_overdue_days": 10,
    "card_utilisation": 85,
    "open_accounts": 11,
    "credit_history_months": 8,
    "enquiries_6m": 3,
    "public_records": 0,
    "occupation": "permanent",
    "employment_months": 3,
    "age": 24,
    "monthly_spending": Decimal(2600),
    "spending_regularity": "irregular",
}


def answer(question: engine.Question, pack: engine.Pack) -> st.SearchStrategy[engine.Answer]:
    """Any acceptable answer to a question, or none."""
    if question.kind == "class":
        return st.none() | st.sampled_from(question.choices)
    low, high = engine.bounds(question, pack)
    if question.kind == "money":
        return st.none() | st.decimals(
            low, min(high, 60 * pack.median_monthly_income), places=pack.minor_units
        )
    return st.none() | st.integers(int(low), int(high))


def answers(pack: engine.Pack) -> st.SearchStrategy[dict[str, engine.Answer]]:
    """Any acceptable answers to all the questions there are, forbidden ones too."""
    return st.fixed_dictionaries({}, optional={q.name: answer(q, pack) for q in engine.QUESTIONS.values()})


def value(factor: engine.Factor) -> st.SearchStrategy[engine.Value]:
    """Any value a factor may take."""
    if factor.kind == "class":
        return st.sampled_from(factor.classes)
    return st.floats(factor.low, factor.high) | st.sampled_from((float(factor.low), float(factor.high)))


records = st.fixed_dictionaries({}, optional={f.name: value(f) for f in engine.FACTORS.values()})
packs = st.sampled_from([*PACKS, OPEN])


def data() -> Path:
    """The folder of real loan books; skips the test where it is not there."""
    shared = Path(os.environ.get("CANDOR_SHARED", Path(__file__).parents[3] / "shared"))
    if not (shared / "data").is_dir():
        pytest.skip(f"no loan books: {shared / 'data'} is not there (set CANDOR_SHARED)")
    return shared / "data"
