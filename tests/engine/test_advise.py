from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FACTORS, QUESTIONS, Answer, Pack, levers, record, what_if
from engine.advice.advise import Margin, what_if_record
from tests.engine import made_models as made
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
    before, after, margin = what_if(MODEL, YOUNG_IN_DEBT, changes, CN, months_later=6)
    assert before == MODEL.score(record(YOUNG_IN_DEBT, CN), CN)
    assert after == MODEL.score(record({**YOUNG_IN_DEBT, **changes}, CN, months_later=6), CN)
    assert after.score > before.score
    assert margin is None  # the starter was never held against loans of this lender


def test_income_may_be_imagined_but_age_may_not() -> None:
    before, after, _ = what_if(MODEL, YOUNG_IN_DEBT, {"monthly_income": Decimal(20000)}, CN)
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


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_of_model_is_asked_afresh(seed: int) -> None:
    rng = made.chance(seed)
    for model in (
        made.model(made.boosting(rng)),
        made.model(made.single(rng)),
        made.model(made.network(rng)),
        made.blend(rng),
    ):
        changes: dict[str, Answer] = {"monthly_repayments": Decimal(200)}
        told = what_if(model, YOUNG_IN_DEBT, changes, CN)
        assert told.before == model.score(record(YOUNG_IN_DEBT, CN), CN)
        assert told.after == model.score(record({**YOUNG_IN_DEBT, **changes}, CN), CN)
        person = made.record(rng)
        salary = what_if_record(model, person, {"salary": 5000.0})
        assert salary.before == model.score(person)
        assert salary.after == model.score({**person, "salary": 5000.0})
        for name, value in (("age", 30.0), ("housing", "own")):
            with pytest.raises(ValueError, match="not for anybody to change"):
                what_if_record(model, person, {name: value})


def test_a_margin_is_told_only_where_it_was_measured() -> None:
    measured = msgspec.structs.replace(MODEL, figures={"kind scorecard": {"ece_high": 0.02}})
    told = what_if(measured, YOUNG_IN_DEBT, {"card_utilisation": 20}, CN)
    assert isinstance(told.margin, Margin)
    assert told.margin.low < told.after.score < told.margin.high
    scale, pd = MODEL.scale, told.after.pd
    assert scale.pd(told.margin.low) == pytest.approx(min(pd + 0.02, scale.pd(300)), abs=0.003)
    assert scale.pd(told.margin.high) == pytest.approx(pd - 0.02, abs=0.003)
    rows: list[dict[str, dict[str, float | int | str | bool | None]]] = [
        {"kind scorecard": {"ece_high": None}},
        {"kind scorecard": {}},
        {"kind tree": {"ece_high": 0.1}},
    ]
    for figures in rows:
        other = msgspec.structs.replace(MODEL, figures=figures)
        assert what_if(other, YOUNG_IN_DEBT, {}, CN).margin is None
