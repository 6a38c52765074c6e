from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FACTORS, QUESTIONS, Answer, Pack, levers, record, what_if
from tests.engine.borrowers import CN, MODEL, US, YOUNG_IN_DEBT, answers, packs


@given(st.data(), packs)
def test_a_lever_is_an_answer_given_permitted_and_the_persons_to_change(
    data: st.DataObject, pack: Pack
) -> None:
    given_ = data.draw(answers(pack))
    for lever in levers(given_, pack):
        feeds = QUESTIONS[lever.question].feeds
        assert given_[lever.question] is not None
        assert any(pack.permits(factor) for factor in feeds)
        assert all(FACTORS[factor].change == "person" for factor in feeds)


def test_both_results_are_fresh_scores() -> None:
    changes: dict[str, Answer] = {"card_utilisation": 20}
    before, after = what_if(MODEL, YOUNG_IN_DEBT, changes, CN, months_later=6)
    assert before == MODEL.score(record(YOUNG_IN_DEBT, CN), CN)
    assert after == MODEL.score(record({**YOUNG_IN_DEBT, **changes}, CN, months_later=6), CN)
    assert after.score > before.score


def test_income_may_be_imagined_but_age_may_not() -> None:
    before, after = what_if(MODEL, YOUNG_IN_DEBT, {"monthly_income": Decimal(20000)}, CN)
    assert after.score > before.score
    for name, value in (
        ("age", 50),
        ("sex", "female"),
        ("occupation", "state"),
        ("social_circle_defaults", 0),
    ):
        with pytest.raises(ValueError, match="not for anybody to change"):
            what_if(MODEL, YOUNG_IN_DEBT, {name: value}, CN)


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(ValueError, match="no question `luck`"):
        what_if(MODEL, YOUNG_IN_DEBT, {"luck": 1}, US)
