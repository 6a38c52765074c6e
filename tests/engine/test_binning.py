import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.binning import TRENDS, Floats, Trend, best, least_squares, likelihood, prebins

counts = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), min_size=1, max_size=8)


def keeps(values: list[float], trend: Trend, distance: float) -> bool:
    steps = [after - before for before, after in itertools.pairwise(values)]
    if trend == "up":
        return all(step >= distance for step in steps)
    if trend == "down":
        return all(-step >= distance for step in steps)
    way = 1 if trend == "peak" else -1
    return any(
        all(way * step >= distance for step in steps[:turn])
        and all(-way * step >= distance for step in steps[turn:])
        for turn in range(len(steps) + 1)
    )


def cheapest(cost: Floats, value: Floats, trend: Trend, most: int, distance: float) -> float:
    """Try every partition there is."""
    size, least = cost.shape[0], math.inf
    for bins in range(1, min(most, size) + 1):
        for cuts in itertools.combinations(range(1, size), bins - 1):
            spans = list(zip((0, *cuts), (*cuts, size), strict=True))
            if keeps([value[span] for span in spans], trend, distance):
                least = min(least, sum(cost[span] for span in spans))
    return least


@settings(max_examples=150, deadline=None)
@given(
    counts,
    st.sampled_from(TRENDS),
    st.integers(1, 8),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from([0, 10, 30]),
    st.sampled_from([0.0, 1.0, 3.0]),
)
def test_no_partition_is_better(
    pairs: list[tuple[int, int]], trend: Trend, most: int, distance: float, least: int, price: float
) -> None:
    bad, good = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    cost, value = likelihood(bad, good, least=least, price=price)
    found = best(cost, value, trend=trend, most=most, distance=distance)
    wanted = cheapest(cost, value, trend, most, distance)
    assert found.cost == pytest.approx(wanted) or (math.isinf(found.cost) and math.isinf(wanted))
    assert len(found.starts) <= most
    if math.isfinite(found.cost):
        ends = (*found.starts[1:], len(bad))
        assert keeps([value[span] for span in zip(found.starts, ends, strict=True)], trend, distance)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_auto_is_the_best_trend(curve: list[float]) -> None:
    shape, ones = np.array(curve), np.ones(len(curve))
    cost, value = least_squares(shape, ones, ones, least=1, price=0.1)
    costs = {trend: best(cost, value, trend=trend, most=30).cost for trend in TRENDS}
    assert best(cost, value, most=30).cost == pytest.approx(min(costs.values()))
    assert costs["peak"] <= min(costs["up"], costs["down"]) + 1e-9  # a peak may be at an end


def test_a_turn_must_be_worth_it() -> None:
    curve, ones = np.array([0.0, 1.0, 2.0, 1.9]), np.ones(4)
    cost, value = least_squares(curve, ones, ones, least=1, price=0.0)
    assert best(cost, value).trend == "peak"
    assert best(cost, value, turn=1.0).trend == "up"


def test_where_nothing_is_permitted_the_whole_is_one_bin() -> None:
    cost, value = likelihood(np.zeros(3), np.ones(3), least=10, price=0)
    assert best(cost, value).starts == (0,)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=300), st.integers(2, 40)
)
def test_prebins_part_the_values(values: list[float], most: int) -> None:
    column = np.array(values)
    cuts = prebins(column, most)
    assert len(cuts) < most
    assert (np.diff(cuts) > 0).all()
    assert len(np.unique(np.searchsorted(cuts, column, side="right"))) == len(cuts) + 1  # none is empty
    if len(set(values)) <= most:
        assert len(cuts) == len(set(values)) - 1
