import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.monitor.moved import Cause, Move, walk
from engine.result import Points, Result
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
_CAUSES: tuple[Cause, ...] = ("time", "data", "rules", "model")


def result(points: Mapping[str, int], base: int = 600, clip: int = 0, model: str = "old") -> Result:
    """A result of which only the points are of interest."""
    return Result(
        score=base + sum(points.values()) + clip, pd=0.1, band="A", base=base, clip=clip,
        points=tuple(Points(name, 0.0, worth) for name, worth in points.items()),
        reasons=(), strengths=(), completeness=1.0, missing=(),
        model_id=model, model_hash=model, pack_id="us", pack_version=1,
    )  # fmt: skip


@given(st.lists(_POINTS, min_size=5, max_size=5), st.tuples(*[st.integers(-600, 900)] * 4))
def test_the_items_sum_to_the_difference_and_none_is_empty(
    points: list[dict[str, int]], rest: tuple[int, int, int, int]
) -> None:
    base_then, base_now, clip_then, clip_now = rest
    then = result(points[0], base_then, clip_then)
    now = result(points[4], base_now, clip_now, "new")
    steps = [result(each, base_then) for each in points[1:4]]
    found = walk(then, list(zip(_CAUSES, [*steps, now], strict=True)))
    assert sum(move.points for move in found) == now.score - then.score
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
        found = walk(then, [("time", later), ("data", now), ("rules", ruled), ("model", fresh)])
        assert sum(move.points for move in found) == fresh.score - then.score
        clipped += bool(then.clip or fresh.clip)
    assert clipped > 50


def test_waiting_alone_is_named_time() -> None:
    then = MODEL.score(engine.record(YOUNG_IN_DEBT, CN), CN)
    aged = MODEL.score(engine.record(YOUNG_IN_DEBT, CN, months_later=24), CN)
    found = walk(then, [("time", aged), ("data", aged)])
    assert {move.cause for move in found} == {"time"}
    assert sum(move.points for move in found) == aged.score - then.score


def test_each_cause_by_hand_in_order() -> None:
    then = result({"age": 5, "debt": -20})
    found = walk(
        then,
        [
            ("time", result({"age": 9, "debt": -20})),
            ("data", result({"age": 9, "debt": -8, "job": 15})),
            ("model", result({"age": 9, "debt": -8, "job": 18}, 595, -2, "new")),
        ],
    )
    assert found == (
        Move("age", "time", 4),
        Move("job", "data", 15),
        Move("debt", "data", 12),
        Move("base", "model", -5),
        Move("job", "model", 3),
        Move("scale", "clip", -2),
    )
    assert walk(then, [("mixed", then)]) == ()


def test_explaining_a_move_loads_nothing_heavy() -> None:
    probe = "import sys, engine.monitor.moved; print(sorted({'numpy', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_step_scored_by_the_wrong_model_is_refused() -> None:
    then = MODEL.score({}, CN)
    with pytest.raises(ValueError, match="only a change of the model"):
        walk(then, [("data", NEXT.score({}, CN))])
