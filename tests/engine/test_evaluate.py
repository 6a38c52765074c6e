import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from engine.evaluate import Bools, Floats, auc, measure


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
