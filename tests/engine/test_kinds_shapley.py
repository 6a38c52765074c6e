import itertools
import math
from collections.abc import Sequence

import pytest

from engine.kinds import Nonlinear, shapley
from engine.kinds.whole import whole
from tests.engine import made_models
from tests.engine.made_models import INPUTS


def brute_force(model: Nonlinear, vector: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Shapley's definition: the mean over all orders of what turning an input to its value changes."""
    amounts = [0.0] * len(vector)
    orders = list(itertools.permutations(range(len(vector))))
    for order in orders:
        mixed = list(reference)
        before = model.log_odds_of(mixed)
        for player in order:
            mixed[player] = vector[player]
            now = model.log_odds_of(mixed)
            amounts[player] += (now - before) / len(orders)
            before = now
    return amounts


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["single", "boosting", "network"])
def test_attributions_are_shapleys_own(kind: str, seed: int) -> None:
    rng = made_models.chance(seed)
    model = made_models.model(getattr(made_models, kind)(rng))
    vector = model.vector(made_models.record(rng))
    found = model.attribution(vector)
    assert found.amounts == pytest.approx(brute_force(model, vector, model.reference), abs=1e-9)
    assert set(found.errors) == {0.0}


def test_ten_thousand_attributions_add_up() -> None:
    rng = made_models.chance(7)
    models = [made_models.model(made_models.boosting(rng)) for _ in range(10)]
    models += [made_models.model(made_models.single(rng)) for _ in range(10)]
    for case in range(10_000):
        model = models[case % len(models)]
        vector = model.vector(made_models.record(rng))
        gain = model.log_odds_of(vector) - model.reference_log_odds
        assert math.fsum(model.attribution(vector).amounts) == pytest.approx(gain, abs=1e-9)


def many_inputs(values: Sequence[float]) -> float:
    """A function with products of two and of three, whose exact value is plain to see."""
    return sum(values) + 2.0 * values[0] * values[1] + 3.0 * values[2] * values[3] * values[4]


def test_a_sample_is_near_the_exact_value_says_how_near_and_is_the_same_again() -> None:
    start, moves = [0.0] * 12, [[float(at == player) for at in range(12)] for player in range(12)]
    ends = many_inputs(start), many_inputs([1.0] * 12)
    found = shapley.of_moves(many_inputs, start, moves, ends, seed=5)
    exact = [2.0] * 5 + [1.0] * 7
    assert math.fsum(found.amounts) == pytest.approx(ends[1], abs=1e-9)
    for amount, error, truth in zip(found.amounts, found.errors, exact, strict=True):
        assert abs(amount - truth) <= 4.0 * error + 1e-9
    assert max(found.errors) < 0.2
    assert shapley.of_moves(many_inputs, start, moves, ends, seed=5) == found
    assert shapley.of_moves(many_inputs, start, moves, ends, seed=6) != found


def test_what_does_not_differ_gets_nothing() -> None:
    rng = made_models.chance(3)
    for body in (made_models.boosting(rng), made_models.network(rng)):
        model = made_models.model(body)
        vector = list(model.reference)
        vector[3] = 9000.0
        amounts = model.attribution(vector).amounts
        assert [amount for at, amount in enumerate(amounts) if at != 3] == [0.0] * (len(INPUTS) - 1)


def test_rounding_keeps_the_sum_and_stays_within_a_point_of_each_amount() -> None:
    rng = made_models.chance(1)
    for _ in range(5_000):
        amounts = [rng.choice((0.0, rng.uniform(-40, 40))) for _ in range(rng.randrange(1, 12))]
        total = round(math.fsum(amounts))
        points = whole(amounts, total)
        assert sum(points) == total
        assert all(abs(p - a) <= 1 for p, a in zip(points, amounts, strict=True))
        assert all(p == 0 for p, a in zip(points, amounts, strict=True) if a == 0.0) or not any(amounts)


def test_rounding_survives_a_total_that_is_off() -> None:
    assert whole([0.0, 0.0], 1) == [1, 0]
    assert whole([0.4, 0.4], -1) == [-1, 0]
    assert whole([2.5], 4) == [4]
    assert whole([], 0) == []
