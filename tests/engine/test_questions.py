from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FACTORS, QUESTIONS, Answer, Pack, ask, bounds, problem
from tests.engine.borrowers import CN, OPEN, PACKS, US

PURPOSES = ("score", "consumption", "social")


def test_every_factor_is_fed_and_every_question_feeds() -> None:
    fed = {factor for question in QUESTIONS.values() for factor in question.feeds}
    assert fed == set(FACTORS)


@given(st.sampled_from([*PACKS, OPEN]), st.sets(st.sampled_from(PURPOSES)), st.integers(0, 30))
def test_asked_is_what_the_pack_and_the_person_permit(pack: Pack, purposes: set[str], limit: int) -> None:
    asked = ask(pack, purposes, limit)
    assert len(asked) <= limit
    assert asked == ask(pack, sorted(purposes), limit)
    order = [name for name in QUESTIONS if name in {question.name for question in asked}]
    assert [question.name for question in asked] == order
    for question in asked:
        assert question.purpose in purposes
        assert not question.at_registration
        assert any(pack.permits_under(factor, purposes) for factor in question.feeds)
        assert question.only_if is None or question.only_if[0] in order


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_the_usual_talk_has_fifteen_questions_and_the_weighty_ones(pack: Pack) -> None:
    names = [question.name for question in ask(pack, {"score", "consumption"})]
    assert len(names) == 15
    assert names[:2] == ["loan_amount", "loan_term_months"]
    assert {"monthly_income", "overdue_count_24m", "worst_overdue_days", "card_utilisation"} <= set(names)


def test_required_questions_come_before_weighty_ones_when_few_are_asked() -> None:
    names = [question.name for question in ask(CN, {"score"}, 3)]
    assert names == ["loan_amount", "loan_term_months", "monthly_income"]


def test_without_consent_to_be_scored_nothing_is_asked() -> None:
    assert ask(CN, set()) == ()
    assert ask(CN, {"marketing"}) == ()


def test_what_a_pack_forbids_is_not_asked() -> None:
    names = {question.name for question in ask(US, PURPOSES, 99)}
    assert not names & {"social_circle_defaults", "age", "sex", "marital_status", "education"}
    assert "social_circle_defaults" in {question.name for question in ask(OPEN, PURPOSES, 99)}


def test_money_is_bounded_by_the_median_income_of_the_place() -> None:
    assert bounds(QUESTIONS["loan_amount"], CN) == (Decimal("0.01"), Decimal(600_000))
    assert bounds(QUESTIONS["monthly_income"], CN) == (Decimal(0), Decimal(5_000_000))
    assert bounds(QUESTIONS["loan_term_months"], CN) == (Decimal(1), Decimal(60))
    with pytest.raises(ValueError, match="choices"):
        bounds(QUESTIONS["housing"], CN)


@pytest.mark.parametrize(
    ("name", "answer", "key"),
    [
        ("loan_amount", Decimal("0.01"), None),
        ("loan_amount", Decimal(0), "low"),
        ("loan_amount", Decimal("600000.01"), "high"),
        ("loan_amount", Decimal("NaN"), "type"),
        ("loan_amount", Decimal("Infinity"), "type"),
        ("loan_amount", "1000", "type"),
        ("monthly_income", 0, None),
        ("monthly_income", None, None),
        ("loan_term_months", 0, "low"),
        ("loan_term_months", 61, "high"),
        ("loan_term_months", Decimal("1.5"), "whole"),
        ("card_utilisation", Decimal("12.5"), None),
        ("card_utilisation", 201, "high"),
        ("overdue_count_24m", True, "type"),
        ("age", 7, "low"),
        ("age", 140, "high"),
        ("housing", "own", None),
        ("housing", "castle", "choice"),
        ("housing", 1, "choice"),
    ],
)
def test_what_is_wrong_with_an_answer(name: str, answer: Answer, key: str | None) -> None:
    assert problem(QUESTIONS[name], answer, CN) == key
