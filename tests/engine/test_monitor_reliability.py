import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from engine.judge.intervals import Bools, Floats
from engine.judge.reliability import cells, hosmer_lemeshow, line, table


def _loans(seed: int = 0, rows: int = 5000) -> tuple[Floats, Bools]:
    random = np.random.default_rng(seed)
    pd = random.beta(1, 5, rows)
    return pd, random.random(rows) < pd


@given(st.integers(0, 1000), st.integers(1, 600), st.integers(0, 3))
def test_the_table_holds_every_loan_once(seed: int, rows: int, digits: int) -> None:
    pd, bad = _loans(seed, rows)
    pd = np.round(pd, digits)
    found = table(pd, bad)
    assert 1 <= len(found) <= 10
    assert sum(group.rows for group in found) == rows
    assert sum(group.bads for group in found) == bad.sum()
    assert sum(group.rows * group.mean_pd for group in found) == pytest.approx(pd.sum())
    for group, following in itertools.pairwise(found):
        assert group.high_pd < following.low_pd
    for group in found:
        assert group.low_pd - 1e-9 <= group.mean_pd <= group.high_pd + 1e-9


def test_slope_and_level_agree_with_a_logistic_regression() -> None:
    pd, bad = _loans()
    logit = np.log(pd / (1 - pd))
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(logit[:, None], bad)
    found = line(cells(pd, bad))
    assert found is not None
    assert found.slope.value == pytest.approx(peer.coef_[0, 0], abs=1e-4)
    assert found.slope.low < 1 < found.slope.high
    assert found.level.low < 0 < found.level.high


def test_too_extreme_probabilities_have_a_slope_below_one_and_too_low_ones_a_level_above_nought() -> None:
    pd, bad = _loans()
    logit = np.log(pd / (1 - pd))
    extreme = line(cells(1 / (1 + np.exp(-2 * logit)), bad))
    low = line(cells(1 / (1 + np.exp(-(logit - 1))), bad))
    assert extreme is not None
    assert low is not None
    assert extreme.slope.value == pytest.approx(0.5, abs=0.05)
    assert low.level.value == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("pd", "bad"),
    [
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True]),  # parted without error
        ([0.3, 0.3, 0.3], [True, False, False]),
        ([0.1, 0.2], [True, True]),
    ],
)
def test_a_line_that_does_not_exist_is_not_given(pd: list[float], bad: list[bool]) -> None:
    assert line(cells(np.array(pd), np.array(bad))) is None


def test_hosmer_lemeshow_rejects_false_probabilities_and_true_ones_once_in_twenty() -> None:
    truth = [hosmer_lemeshow(cells(*_loans(seed, 1000))) for seed in range(300)]
    assert np.mean(np.array(truth) < 0.05) == pytest.approx(0.05, abs=0.035)
    pd, bad = _loans()
    assert hosmer_lemeshow(cells(pd / 2, bad)) < 1e-6


def test_what_was_said_to_be_impossible_and_happened_is_rejected() -> None:
    assert hosmer_lemeshow(cells(np.zeros(10), np.arange(10) == 3)) == 0.0
    assert hosmer_lemeshow(cells(np.zeros(10), np.zeros(10, dtype=bool))) == 1.0
