import decimal
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import FACTORS, QUESTIONS, Answer, Pack, record
from engine.answers import instalment
from tests.engine.borrowers import CN, MODEL, PACKS, US, YOUNG_IN_DEBT, answer, answers, packs

FORBIDDEN = [
    (pack, question.name)
    for pack in PACKS
    for question in QUESTIONS.values()
    if not any(pack.permits(factor) for factor in question.feeds)
]


@given(st.data(), packs, st.integers(0, 60))
def test_every_acceptable_answer_makes_a_record_a_model_may_read(
    data: st.DataObject, pack: Pack, later: int
) -> None:
    found = record(data.draw(answers(pack)), pack, months_later=later)
    for name, item in found.items():
        assert pack.permits(name)
        assert FACTORS[name].accepts(item)
        assert isinstance(item, float | str)


def test_money_becomes_ratios() -> None:
    found = record(YOUNG_IN_DEBT, CN)
    assert found["income_ratio"] == 0.8
    assert found["loan_to_income"] == 0.625
    assert found["total_owed_to_income"] == 1.25
    assert found["debt_service_ratio"] == 0.45
    assert found["spending_to_income"] == 0.65
    assert found["loan_to_price"] == float(Decimal(30) / Decimal(31))
    assert found["instalment_to_income"] == pytest.approx(2836.79 / 4000, abs=1e-5)
    assert found["card_utilisation"] == 0.85
    assert found["spending_regularity"] == 0.6
    assert found["term_months"] == 12.0


def test_the_instalment_clears_the_loan_to_the_last_cent() -> None:
    owed, payment = Decimal(10000), instalment(Decimal(10000), 24, Decimal("0.18"))
    for _ in range(24):
        owed = owed * (1 + Decimal("0.18") / 12) - payment
    assert abs(owed) < Decimal("1e-15")
    assert instalment(Decimal(1200), 12, Decimal(0)) == 100


def test_without_income_a_debt_is_at_the_end_of_its_range_and_no_debt_is_none() -> None:
    found = record({"monthly_income": 0, "total_owed": 5, "monthly_repayments": 0, "loan_amount": 9}, CN)
    assert found["total_owed_to_income"] == FACTORS["total_owed_to_income"].high
    assert found["loan_to_income"] == FACTORS["loan_to_income"].high
    assert found["debt_service_ratio"] == 0.0
    assert found["income_ratio"] == 0.0


def test_never_late_means_no_worst_delay() -> None:
    assert record({"overdue_count_24m": 0}, CN)["worst_overdue_days"] == 0.0
    assert "worst_overdue_days" not in record({"overdue_count_24m": 1}, CN)


def test_no_answer_no_factor() -> None:
    assert record({}, CN) == {}
    assert record({"age": None, "monthly_income": None}, CN) == {}


@pytest.mark.parametrize(("pack", "name"), FORBIDDEN, ids=lambda item: getattr(item, "id", item))
@settings(max_examples=50)
@given(st.data())
def test_people_who_differ_only_in_what_is_forbidden_are_one(
    pack: Pack, name: str, data: st.DataObject
) -> None:
    given_ = data.draw(answers(pack))
    one, other = data.draw(st.tuples(answer(QUESTIONS[name], pack), answer(QUESTIONS[name], pack)))
    results = {
        msgspec.json.encode(MODEL.score(record(people, pack), pack))
        for people in ({**given_, name: one}, {**given_, name: other}, {**given_, name: "nonsense"})
    }
    assert len(results) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"colour": 1}, "no question `colour`"),
        ({"age": 7}, r"age: 7 is not accepted \(low\)"),
        ({"loan_amount": Decimal("NaN")}, r"\(type\)"),
    ],
)
def test_what_the_caller_should_have_checked_raises(wrong: dict[str, Answer], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(wrong, CN)


def test_time_does_not_run_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        record({}, CN, months_later=-1)


def test_months_go_by() -> None:
    now: dict[str, Answer] = {
        "employment_months": 10,
        "residence_months": 1200,
        "credit_history_months": 5,
        "age": 22,
        "enquiries_6m": 4,
        "utilities_on_time": 3,
    }
    five, year = record(now, CN, months_later=5), record(now, CN, months_later=12)
    assert (five["employment_months"], five["age"], five["enquiries_6m"]) == (15.0, 22.0, 4.0)
    assert (year["employment_months"], year["age"], year["enquiries_6m"]) == (22.0, 23.0, 0.0)
    assert (year["residence_months"], year["credit_history_months"]) == (1200.0, 17.0)
    assert (five["utilities_on_time"], year["utilities_on_time"]) == (5.0, 12.0)


def test_a_person_without_work_gathers_no_months_of_it() -> None:
    for occupation, months in (("unemployed", 10.0), ("retired", 10.0), ("permanent", 22.0)):
        found = record({"employment_months": 10, "occupation": occupation}, CN, months_later=12)
        assert found["employment_months"] == months


def test_nobodys_decimal_settings_move_a_score() -> None:
    before = record(YOUNG_IN_DEBT, US)
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP):
        assert record(YOUNG_IN_DEBT, US) == before
