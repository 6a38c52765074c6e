import numpy as np
import pytest

from engine import calibrate
from engine.calibrate import Bools, Floats


def _books(*made: tuple[int, float, float]) -> tuple[list[Floats], list[Bools]]:
    """Books of so many rows, made with a slope and a level."""
    random = np.random.default_rng(1)
    sums: list[Floats] = [random.normal(0.5, 1.0, rows) for rows, _, _ in made]
    goods = [
        1 / (1 + np.exp(-(level + slope * total)))
        for total, (_, slope, level) in zip(sums, made, strict=True)
    ]
    return sums, [random.random(len(good)) > good for good in goods]


def test_it_finds_the_slope_and_levels_that_made_the_books() -> None:
    sums, bads = _books((20_000, 0.7, 1.0), (20_000, 0.7, 2.0))
    found = calibrate.fit(sums, bads, rows_at_most=20_000)
    assert found.slope == pytest.approx(0.7, abs=0.03)
    assert found.levels == pytest.approx((1.0, 2.0), abs=0.05)


def test_a_large_book_does_not_drown_a_small_one() -> None:
    sums, bads = _books((1_000, 0.2, 1.0), (50_000, 1.0, 1.0))
    drowned = calibrate.fit(sums, bads, rows_at_most=50_000).slope
    heard = calibrate.fit(sums, bads, rows_at_most=1_000).slope
    assert drowned > 0.95
    assert heard < 0.8


def test_the_gap_is_how_far_the_level_stands_above_the_average() -> None:
    bad = np.array([True, False, False, False])
    levels = (float(np.log(3)) + 0.25, float(np.log(3)) + 0.75)
    assert calibrate.gap(calibrate.Calibration(0.7, levels), [bad, bad]) == pytest.approx(0.5)


def test_what_cannot_be_fitted_says_so() -> None:
    with pytest.raises(ValueError, match="both good and bad"):
        calibrate.fit([np.zeros(2)], [np.array([True, True])])
    with pytest.raises(ValueError, match="does not settle"):
        calibrate.fit([np.array([-1.0, 1.0] * 5)], [np.array([True, False] * 5)])
    with pytest.raises(ValueError, match="does not settle"):
        calibrate.fit([np.zeros(10)], [np.array([True, False] * 5)])
