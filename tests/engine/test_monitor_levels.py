import numpy as np
import pytest

from engine.judge.intervals import Bools, Floats
from engine.judge.reliability import cells, line
from engine.monitor.drift import count, deciles
from engine.monitor.levels import calibration_drift
from engine.monitor.periods import over_time

FLOORS = {"A": 720.0, "B": 660.0, "C": 600.0, "D": 540.0, "E": 300.0}


def _loans(seed: int, rows: int = 8000) -> tuple[Floats, Bools, Floats]:
    random = np.random.default_rng(seed)
    pd = random.beta(1, 8, rows)
    score = 600 + 40 * np.log2((1 - pd) / pd / 15)
    return pd, random.random(rows) < pd, score


def _pushed(pd: Floats, slope: float, level: float) -> Floats:
    pushed: Floats = 1 / (1 + np.exp(-(level + slope * np.log(pd / (1 - pd)))))
    return pushed


def test_true_probabilities_come_as_foretold() -> None:
    pd, bad, score = _loans(0)
    found = calibration_drift(pd, bad, score, FLOORS)
    assert found.verdict == "as foretold"
    assert sum(band.rows for band in found.bands) == len(pd)
    assert sum(band.observed for band in found.bands) == found.whole.observed == bad.sum()
    assert sum(band.expected for band in found.bands) == pytest.approx(pd.sum())
    assert not found.whole.off


@pytest.mark.parametrize(
    ("slope", "level", "verdict"), [(1.0, -0.5, "level shifted"), (1.6, 0.0, "both shifted")]
)
def test_what_shifted_is_named(slope: float, level: float, verdict: str) -> None:
    pd, bad, score = _loans(1)
    found = calibration_drift(_pushed(pd, slope, level), bad, score, FLOORS)
    assert found.verdict == verdict
    assert found.whole.off
    assert found.slope_shift is not None
    assert found.slope_shift.value == pytest.approx(1 / slope - 1, abs=0.07)


def test_a_slope_alone_can_shift() -> None:
    pd, bad, score = _loans(2)
    tilted = _pushed(pd, 0.6, 0.0)
    fixed = line(cells(tilted, bad))
    assert fixed is not None
    for _ in range(20):  # until the level is right and the slope alone is wrong
        tilted = _pushed(tilted, 1.0, fixed.level.value)
        fixed = line(cells(tilted, bad))
        assert fixed is not None
    assert calibration_drift(tilted, bad, score, FLOORS).verdict == "slope shifted"


def test_a_model_that_was_already_off_has_not_drifted() -> None:
    pd, bad, _ = _loans(3)
    then = line(cells(_pushed(pd, 1.0, -0.5), bad))
    later, later_bad, later_score = _loans(4)
    assert (
        calibration_drift(_pushed(later, 1.0, -0.5), later_bad, later_score, FLOORS).verdict != "as foretold"
    )
    found = calibration_drift(_pushed(later, 1.0, -0.5), later_bad, later_score, FLOORS, reference=then)
    assert found.verdict == "as foretold"


def test_too_few_loans_tell_nothing() -> None:
    pd, score = np.array([0.1, 0.2]), np.array([670.0, 610.0])
    found = calibration_drift(pd, np.array([False, False]), score, FLOORS)
    assert (found.verdict, found.line) == ("too few to tell", None)
    assert [band.rows for band in found.bands] == [0, 1, 1, 0, 0]
    assert found.bands[0].ratio is None
    with pytest.raises(ValueError, match="no loans"):
        calibration_drift(pd[:0], np.zeros(0, dtype=bool), score[:0], FLOORS)


def test_periods_show_when_the_ranking_fell() -> None:
    pd, bad, _ = _loans(5)
    cuts = deciles(pd)
    period = np.repeat(["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"], 2000)
    late = period == "2025-Q4"
    shuffled = bad.copy()
    shuffled[late] = np.random.default_rng(0).permutation(bad[late])
    young = period == "2025-Q3"
    found = over_time(
        period.tolist(),
        pd,
        shuffled,
        cuts=cuts,
        reference=count(pd, cuts),
        seed=0,
        known=~young,
        reference_auc=0.7,
    )
    assert [one.period for one in found] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert [one.worse for one in found] == [False, False, False, True]
    assert [one.psi.verdict for one in found] == ["stable"] * 4
    assert (found[2].known, found[2].auc, found[2].bad_rate, found[2].rows) == (0, None, None, 2000)
    assert found[0].auc is not None
    again = over_time(
        period.tolist(),
        pd,
        bad,
        cuts=cuts,
        reference=count(pd, cuts),
        seed=0,
        reference_auc=found[0].auc.value + 1e-3,
    )
    assert [one.worse for one in again] == [False] * 4  # a reference inside the interval is not missed
    first = found[0]
    assert first.bad_rate is not None
    assert first.bad_rate.value == bad[:2000].mean()


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="for each loan"):
        over_time(["a"], np.array([0.1, 0.2]), np.array([True, False]), cuts=(), reference=(1, 0), seed=0)
