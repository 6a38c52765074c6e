import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.judge.delong import auc_figure, compare_aucs
from engine.judge.intervals import Bools, Floats

_COARSE = st.integers(0, 9)  # few values, so that there are ties
_ROWS = st.lists(st.tuples(_COARSE, _COARSE, st.booleans()), min_size=4, max_size=40)


def _brute(pds: list[Floats], bad: Bools) -> tuple[Floats, Floats]:
    """DeLong as the paper writes it: every pair, and the covariance of the structural components."""
    wins = [np.sign(pd[bad][:, None] - pd[~bad][None, :]) / 2 + 0.5 for pd in pds]
    over = np.array([win.mean(axis=1) for win in wins])
    under = np.array([win.mean(axis=0) for win in wins])
    covariance = np.cov(over) / bad.sum() + np.cov(under) / (~bad).sum()
    return np.array([win.mean() for win in wins]), covariance


@given(_ROWS)
def test_delong_agrees_with_every_pair_counted(rows: list[tuple[int, int, bool]]) -> None:
    first, second = (np.array([row[at] for row in rows]) / 10 for at in (0, 1))
    bad = np.array([row[2] for row in rows])
    assume(2 <= bad.sum() <= len(bad) - 2)
    (one, two), covariance = _brute([first, second], bad)
    found = compare_aucs(first, second, bad)
    assert (found.first.value, found.second.value) == pytest.approx((one, two))
    error = np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0))
    assert found.difference.value == pytest.approx(two - one)
    assert found.difference.low == pytest.approx(max(two - one - 1.959963984540054 * error, -1), abs=1e-6)
    alone = auc_figure(first, bad)
    assert (found.first.low, found.first.high) == pytest.approx((alone.low, alone.high))


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    random = np.random.default_rng(5)
    truth = 0.7602499389  # Phi(1 / sqrt 2)
    held = 0
    for _ in range(400):
        bad = random.random(300) < 0.3
        found = auc_figure(random.normal(size=300) + bad, bad)
        held += found.low <= truth <= found.high
    assert 0.92 < held / 400 < 0.98


def test_outcomes_may_be_written_as_numbers() -> None:
    random = np.random.default_rng(8)
    pd, bad = random.random(100), random.random(100) < 0.4
    assert auc_figure(pd, bad.astype(np.int64)) == auc_figure(pd, bad)


def test_a_model_beside_itself_is_no_different() -> None:
    random = np.random.default_rng(6)
    pd, bad = random.random(200), random.random(200) < 0.4
    found = compare_aucs(pd, pd**3, bad)
    assert found.difference.value == 0.0
    assert found.p == 1.0


def test_perfect_ranking_and_one_outcome() -> None:
    pd, bad = np.linspace(0, 1, 20), np.arange(20) >= 10
    assert (auc_figure(pd, bad).value, auc_figure(-pd, bad).value) == (1.0, 0.0)
    assert auc_figure(pd, bad).high == 1.0
    assert 0.6 < auc_figure(pd, bad).low < 0.8  # ten of ten is not yet certainty
    with pytest.raises(ValueError, match="both good and bad"):
        auc_figure(np.array([0.1, 0.2]), np.array([True, True]))
