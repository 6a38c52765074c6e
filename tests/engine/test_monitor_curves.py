import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc as area
from sklearn.metrics import roc_auc_score

from engine.judge.curves import gains, ks_curve, place, roc, score_bands
from engine.judge.evaluate import measure
from engine.judge.intervals import Bools, Floats


def _loans(rows: int = 3000) -> tuple[Floats, Bools]:
    random = np.random.default_rng(3)
    pd = random.uniform(0.01, 0.6, rows)
    return pd, random.random(rows) < pd


def test_the_roc_runs_from_corner_to_corner_with_the_models_area_under_it() -> None:
    pd, bad = _loans()
    curve = roc(pd, bad)
    assert len(curve.cutoff) <= 201
    assert (curve.false_alarms[0], curve.hits[0]) == (0.0, 0.0)
    assert (curve.false_alarms[-1], curve.hits[-1]) == (1.0, 1.0)
    assert list(curve.hits) == sorted(curve.hits)
    assert area(curve.false_alarms, curve.hits) == pytest.approx(roc_auc_score(bad, pd), abs=1e-3)
    at = len(curve.cutoff) // 2
    assert curve.hits[at] == pytest.approx((bad & (pd >= curve.cutoff[at])).sum() / bad.sum())


def test_the_ks_curve_keeps_its_widest_place() -> None:
    pd, bad = _loans()
    curve = ks_curve(pd, bad, points=7)
    assert curve.ks == pytest.approx(measure(pd, bad, seed=0, draws=2).ks.value)
    assert curve.at in curve.cutoff
    here = curve.cutoff.index(curve.at)
    assert abs(curve.good[here] - curve.bad[here]) == pytest.approx(curve.ks)
    assert curve.bad[here] == pytest.approx((bad & (pd <= curve.at)).sum() / bad.sum())


def test_gains_end_with_everything_caught() -> None:
    pd, bad = _loans()
    found = gains(pd, bad)
    assert len(found) == 10
    assert found[0].lift > 1.5
    assert (found[-1].rows, found[-1].bads) == (len(bad), bad.sum())
    assert (found[-1].caught, found[-1].lift) == (1.0, 1.0)
    worst = np.argsort(-pd)[:300]
    assert found[0].bads == bad[worst].sum()
    assert found[0].share == pytest.approx(0.1)


def test_loans_of_one_probability_make_one_group() -> None:
    assert [gain.rows for gain in gains(np.full(8, 0.2), np.arange(8) < 3)] == [8]


@given(st.lists(st.floats(200, 900), min_size=1, max_size=50))
def test_every_loan_falls_in_one_band(scores: list[float]) -> None:
    floors = {"A": 720.0, "B": 600.0, "C": 300.0}
    score = np.array(scores)
    rows = score_bands(score, np.zeros(len(score), dtype=bool), floors)
    expected = [
        sum(s >= 720 for s in scores),
        sum(600 <= s < 720 for s in scores),
        sum(s < 600 for s in scores),
    ]
    assert [row.rows for row in rows] == expected
    assert sum(row.share for row in rows) == pytest.approx(1.0)
    assert all((row.bad_rate is None) == (row.rows == 0) for row in rows)


def test_a_band_begins_at_its_floor() -> None:
    assert place(np.array([720, 719.9, 600, 599.9, 100]), (720.0, 600.0, 300.0)).tolist() == [0, 1, 1, 2, 2]


def test_bands_that_do_not_fall_and_books_of_one_outcome_are_refused() -> None:
    with pytest.raises(ValueError, match="fall"):
        place(np.array([600.0]), (300.0, 720.0))
    for curve in (roc, ks_curve, gains):
        with pytest.raises(ValueError, match="both good and bad"):
            curve(np.array([0.1]), np.array([True]))
