import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.monitor.moved import Move, between, decompose
from tests.engine.borrowers import CN, MODEL, OPEN, YOUNG_IN_DEBT

ROOT = Path(__file__).parents[2]
NEXT = msgspec.structs.replace(
    MODEL,
    id="next",
    factors=tuple(
        msgspec.structs.replace(factor, points=tuple(2 * points for points in factor.points))
        for factor in MODEL.factors
    ),
).with_bad_rate(0.12)
_POINTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(-90, 90))


@given(_POINTS, _POINTS, _POINTS, _POINTS, st.none() | _POINTS, st.tuples(*[st.integers(-600, 900)] * 4))
def test_the_items_sum_to_the_difference_and_none_is_empty(
    then: dict[str, int],
    aged: dict[str, int],
    now: dict[str, int],
    new: dict[str, int],
    ruled: dict[str, int] | None,
    rest: tuple[int, int, int, int],
) -> None:
    base_then, base_now, clip_then, clip_now = rest
    found = decompose(
        then,
        aged,
        now,
        new,
        base_then=base_then,
        base_now=base_now,
        clip_then=clip_then,
        clip_now=clip_now,
        points_now_new_rules=ruled,
    )
    before = base_then + sum(then.values()) + clip_then
    after = base_now + sum(new.values()) + clip_now
    assert sum(move.points for move in found) == after - before
    assert all(move.points for move in found)
    assert len({(move.factor, move.cause) for move in found}) == len(found)


def _person(chance: random.Random) -> dict[str, engine.Value]:
    known = [factor for factor in engine.FACTORS.values() if chance.random() < 0.7]
    return {
        factor.name: chance.choice(factor.classes)
        if factor.classes
        else chance.uniform(factor.low, factor.low + (factor.high - factor.low) * chance.random() ** 3)
        for factor in known
    }


def test_ten_thousand_pairs_of_dates_sum_exactly() -> None:
    chance = random.Random(0)  # noqa: S311 - a test is to be repeatable
    clipped = 0
    for _ in range(10_000):
        old, aged, new = _person(chance), _person(chance), _person(chance)
        then, later, now = (MODEL.score(person, OPEN) for person in (old, aged, new))
        ruled, fresh = MODEL.score(new, CN), NEXT.score(new, CN)
        found = between(then, later, now, fresh, now_new_rules=ruled)
        assert sum(move.points for move in found) == fresh.score - then.score
        clipped += bool(then.clip or fresh.clip)
    assert clipped > 50


def test_waiting_alone_is_named_time() -> None:
    then = MODEL.score(engine.record(YOUNG_IN_DEBT, CN), CN)
    aged = MODEL.score(engine.record(YOUNG_IN_DEBT, CN, months_later=24), CN)
    found = between(then, aged, aged, aged)
    assert {move.cause for move in found} == {"time"}
    assert sum(move.points for move in found) == aged.score - then.score


def test_each_cause_by_hand_in_order() -> None:
    found = decompose(
        {"age": 5, "debt": -20},
        {"age": 9, "debt": -20},
        {"age": 9, "debt": -8, "job": 15},
        {"age": 9, "debt": -8, "job": 18},
        base_then=600,
        base_now=595,
        clip_now=-2,
    )
    assert found == (
        Move("age", "time", 4),
        Move("job", "data", 15),
        Move("debt", "data", 12),
        Move("base", "model", -5),
        Move("job", "model", 3),
        Move("scale", "clip", -2),
    )
    nothing: dict[str, int] = {}
    assert decompose(nothing, nothing, nothing, nothing, base_then=600, base_now=600) == ()


def test_explaining_a_move_loads_nothing_heavy() -> None:
    probe = "import sys, engine.monitor.moved; print(sorted({'numpy', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_step_scored_by_the_wrong_model_is_refused() -> None:
    then = MODEL.score({}, CN)
    with pytest.raises(ValueError, match="old model"):
        between(then, then, NEXT.score({}, CN), NEXT.score({}, CN))
