import math
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
import engine.kinds
from engine.kinds import Blend, Nonlinear
from tests.engine import made_models
from tests.engine.borrowers import CN, MODEL
from tests.engine.made_models import INPUTS

Model = Nonlinear | Blend
KINDS = ("single", "boosting", "network", "blend")


def made(kind: str, seed: int = 0) -> Model:
    rng = made_models.chance(seed)
    if kind == "blend":
        return made_models.blend(rng)
    return made_models.model(getattr(made_models, kind)(rng))


def cases(count: int, seed: int = 0) -> Iterator[tuple[Model, dict[str, engine.Value], engine.Pack | None]]:
    rng = made_models.chance(seed)
    models = [made(kind, at) for at in range(3) for kind in KINDS]
    for case in range(count):
        yield models[case % len(models)], made_models.record(rng), None if rng.random() < 0.7 else CN


def test_in_ten_thousand_cases_the_points_add_up_to_the_score() -> None:
    for model, record, pack in cases(10_000):
        result = model.score(record, pack)
        assert result.base + sum(entry.points for entry in result.points) + result.clip == result.score
        assert model.scale.low <= result.score <= model.scale.high
        assert len(result.reasons) <= 4
        assert len(result.strengths) <= 4
        assert 0.0 <= result.completeness <= 1.0


def test_reasons_are_the_points_and_their_codes_say_the_side() -> None:
    for model, record, _ in cases(400, seed=1):
        result = model.score(record)
        points = {entry.factor: entry.points for entry in result.points}
        for reason in result.reasons:
            assert reason.points == points[reason.factor] < 0
            assert reason.code.rpartition(".")[2] in ("low", "high", "class", "missing")
            if reason.factor == "salary" and reason.value != "":
                side = "low" if float(reason.value) < INPUTS[3].reference else "high"
                assert reason.code == f"salary.{side}"
        assert all(entry.code.endswith(".good") and entry.points > 0 for entry in result.strengths)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_neutral_answer_scores_as_the_reference(kind: str) -> None:
    model, rng = made(kind), made_models.chance(4)
    for _ in range(50):
        record = made_models.record(rng)
        without = {name: value for name, value in record.items() if name != "age"}
        assert model.log_odds(without) == model.log_odds({**without, "age": 40.0})
        assert "age" in model.score(without).missing
        assert all(entry.factor != "age" for entry in model.score(without).points)


@pytest.mark.parametrize("kind", KINDS)
def test_knowing_nothing_neutral_is_the_base(kind: str) -> None:
    model = made(kind)
    told = {"salary": 3000.0, "opened": 18000.0}
    result = model.score({**told, "place": ""})
    missing = [entry for entry in result.points if entry.value == ""]
    assert all(entry.factor == "place" for entry in missing)  # the one input that is not neutral
    assert result.base + sum(entry.points for entry in missing) == result.score


@pytest.mark.parametrize("kind", KINDS)
def test_json_gives_the_same_model_to_the_bit(kind: str) -> None:
    model, rng = made(kind), made_models.chance(5)
    again = msgspec.json.decode(msgspec.json.encode(model), type=type(model))
    assert again.hash == model.hash
    for _ in range(100):
        record = made_models.record(rng)
        assert again.log_odds(record) == model.log_odds(record)
        assert again.score(record) == model.score(record)


@pytest.mark.parametrize("kind", KINDS)
def test_a_forbidden_factor_is_not_looked_at(kind: str) -> None:
    model = made(kind)
    place = msgspec.structs.replace(
        CN, factors={name: rule for name, rule in CN.factors.items() if name != "age"}
    )
    young, old = {"age": 19.0, "salary": 1000.0}, {"age": 70.0, "salary": 1000.0}
    assert model.score(young, place) == model.score(old, place)
    assert model.score(young, place).score == model.score({"salary": 1000.0}, place).score
    assert "age" not in model.effects(place)
    assert model.log_odds(young, place) == model.log_odds({**young, "age": 40.0})


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(rate=st.floats(0.001, 0.9))
def test_a_lenders_bad_rate_moves_the_level_and_nothing_else(kind: str, rate: float) -> None:
    model = made(kind)
    moved = model.with_bad_rate(rate)
    gain = math.log((1 - rate) / rate) - math.log(0.9 / 0.1)
    for record in ({}, {"age": 20.0, "salary": 500.0}):
        assert moved.log_odds(record) - model.log_odds(record) == pytest.approx(gain, abs=1e-9)
    assert model.with_bad_rate(model.bad_rate).log_odds({}) == pytest.approx(model.log_odds({}))


@pytest.mark.parametrize("kind", KINDS)
def test_taking_everything_away_leaves_the_reference(kind: str) -> None:
    model, rng = made(kind), made_models.chance(6)
    names = [*model.names, "unheard of"]
    told = {"age": 40.0, "debt_service_ratio": 0.3, "salary": 3000.0, "opened": 18000.0}
    bare = model.without(told, names)
    for _ in range(20):
        record = made_models.record(rng)
        assert model.without(record, names) == bare
        assert model.without(record, ()) == model.log_odds(record)
        assert model.scale.points(bare) == model.score(record).base


def test_the_pd_follows_the_log_odds() -> None:
    for model, record, _ in cases(200, seed=2):
        result = model.score(record)
        assert result.pd == round(1 / (1 + math.exp(model.log_odds(record))), 6) == model.pd(record)
        assert result.band == model.band(result.score)


def test_a_blend_of_one_is_that_one() -> None:
    rng = made_models.chance(8)
    alone = made_models.model(made_models.boosting(rng))
    blend = Blend(id="b", bad_rate=0.1, parts=(engine.kinds.Part(weight=1.0, other=alone),))
    for _ in range(100):
        record = made_models.record(rng)
        mine, theirs = blend.score(record), alone.score(record)
        assert (mine.score, mine.pd, mine.points) == (theirs.score, theirs.pd, theirs.points)


def test_a_blend_of_a_scorecard_gives_its_points_less_those_of_the_reference() -> None:
    blend = Blend(id="b", bad_rate=0.1, parts=(engine.kinds.Part(weight=1.0, card=MODEL),))
    for record in ({}, {"age": 22.0, "overdue_count_24m": 3.0}, {"housing": "own"}):
        mine, theirs = blend.score(record, CN), MODEL.score(record, CN)
        assert mine.score == theirs.score
        assert {p.factor: p.points for p in mine.points} == {p.factor: p.points for p in theirs.points}


def test_models_refuse_what_does_not_fit() -> None:
    model = made("single")
    assert isinstance(model, Nonlinear)
    for change in (
        {"weights": (1.0,)},
        {"inputs": (*INPUTS[:5], INPUTS[0])},
        {"level": math.nan},
        {"bands": ()},
    ):
        with pytest.raises(ValueError, match="`"):
            msgspec.structs.replace(model, **change)
    for wrong in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="bad rate"):
            model.with_bad_rate(wrong)
    with pytest.raises(ValueError, match="not both"):
        engine.kinds.Part(weight=1.0)
    other = msgspec.structs.replace(
        model, inputs=(msgspec.structs.replace(INPUTS[0], reference=41.0), *INPUTS[1:])
    )
    parts = [engine.kinds.Part(weight=1.0, other=each) for each in (model, other)]
    with pytest.raises(ValueError, match="two ways"):
        Blend(id="b", bad_rate=0.1, parts=tuple(parts))
