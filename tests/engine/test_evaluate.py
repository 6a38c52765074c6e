import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from engine.judge.evaluate import Bools, Floats, auc, measure, performance


def _loans(rows: int = 4000) -> tuple[Floats, Bools]:
    """Loans that go bad exactly as often as their PD says."""
    random = np.random.default_rng(7)
    pd = np.round(random.uniform(0.01, 0.6, rows), 2)  # rounded, so that there are ties
    return pd, random.random(rows) < pd


def test_figures_agree_with_scikit_learn() -> None:
    pd, bad = _loans()
    figures = measure(pd, bad, seed=0, draws=50)
    false_alarms, hits, _ = roc_curve(bad, pd, drop_intermediate=False)
    assert figures.auc.value == pytest.approx(roc_auc_score(bad, pd))
    assert figures.ks.value == pytest.approx((hits - false_alarms).max())
    assert figures.brier.value == pytest.approx(brier_score_loss(bad, pd))
    assert auc(pd, bad) == figures.auc.value
    assert performance(pd, bad, seed=0, draws=50).log_loss.value == pytest.approx(log_loss(bad, pd))


def test_true_probabilities_have_little_calibration_error_and_false_ones_much() -> None:
    pd, bad = _loans(20_000)
    assert measure(pd, bad, seed=0, draws=20).ece.value < 0.015
    assert measure(pd / 2, bad, seed=0, draws=20).ece.value == pytest.approx(pd.mean() / 2, abs=0.01)


def test_calibration_error_by_hand() -> None:
    pd = np.repeat([0.1, 0.5], 10)
    bad = np.array([True] * 2 + [False] * 8 + [True] * 5 + [False] * 5)
    assert measure(pd, bad, seed=0, draws=2).ece.value == pytest.approx(0.05)


def test_an_interval_holds_its_figure_and_the_seed_fixes_it() -> None:
    pd, bad = _loans()
    figures = measure(pd, bad, seed=3)
    assert figures == measure(pd, bad, seed=3)
    assert figures != measure(pd, bad, seed=4)
    for figure in (figures.auc, figures.ks, figures.brier):
        assert figure.low < figure.value < figure.high
    assert figures.auc.high - figures.auc.low < 0.05


@pytest.mark.parametrize("bad", [[True, True], [False, False]])
def test_a_book_of_one_outcome_cannot_be_measured(bad: list[bool]) -> None:
    with pytest.raises(ValueError, match="both good and bad"):
        measure(np.array([0.1, 0.2]), np.array(bad), seed=0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_what_is_no_probability_is_not_measured(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|finite"):
        measure(np.array([0.1, wrong]), np.array([True, False]), seed=0)


def test_three_bad_loans_are_enough_to_measure() -> None:
    """Some draws then hold no bad loan at all; those once gave NaN and a warning."""
    bad = np.arange(60) < 3
    figures = measure(np.linspace(0.6, 0.01, 60), bad, seed=0)
    assert figures.auc.value == 1.0
    assert all(np.isfinite([figure.low, figure.high]).all() for figure in figures)


def test_many_distinct_probabilities_are_measured_alike_and_within_two_seconds() -> None:
    random = np.random.default_rng(1)
    pd = random.beta(1, 9, 150_000)
    bad = random.random(len(pd)) < pd
    before = time.process_time()
    fine = performance(pd, bad, seed=0)
    assert time.process_time() - before < 2.0  # it takes about a tenth of one
    drawn = performance(np.round(pd, 4), bad, seed=0)
    assert "DeLong" in fine.method
    assert "bootstrap" in drawn.method
    for one, other in zip((fine.auc, fine.ks, fine.brier), (drawn.auc, drawn.ks, drawn.brier), strict=True):
        assert one.low < one.value < one.high
        assert one.value == pytest.approx(other.value, abs=1e-3)
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.3)


@given(st.integers(0, 2**32), st.integers(1500, 5000))
def test_the_calibration_error_of_true_probabilities_is_near_its_floor(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    pd = random.uniform(0.05, 0.5, rows)
    found = performance(pd, random.random(rows) < pd, seed=0, draws=2)
    assert 0.0 < found.ece_floor < found.ece_bound
    assert found.ece_floor / 6 < found.ece.value < 2.2 * found.ece_floor


def test_the_floor_is_what_a_simulation_shows() -> None:
    random = np.random.default_rng(2)
    pd = random.uniform(0.02, 0.4, 1000)
    found = [performance(pd, random.random(1000) < pd, seed=0, draws=2) for _ in range(400)]
    shown = np.array([one.ece.value for one in found])
    assert shown.mean() == pytest.approx(found[0].ece_floor, rel=0.05)
    assert (shown > found[0].ece_bound).mean() == pytest.approx(0.05, abs=0.03)


def test_figures_go_into_json_and_back() -> None:
    pd, bad = _loans(500)
    found = performance(pd, bad, seed=0, draws=20)
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
    assert found.gini.value == pytest.approx(2 * found.auc.value - 1)
    assert found.gini.low == pytest.approx(2 * found.auc.low - 1)
