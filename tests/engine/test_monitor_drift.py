import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.monitor.drift import count, deciles, names, stability

_COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=15)


def _psi(reference: list[int], current: list[int]) -> float:
    labels = [str(at) for at in range(len(reference))]
    return stability("score", labels, reference, current).psi


@given(_COUNTS)
def test_the_index_is_never_negative_and_the_same_both_ways(counts: list[tuple[int, int]]) -> None:
    reference, current = [one for one, _ in counts], [other for _, other in counts]
    assume(sum(reference) and sum(current))
    assert _psi(reference, current) >= 0.0
    assert _psi(reference, current) == pytest.approx(_psi(current, reference))


@given(st.lists(st.integers(0, 500), min_size=1, max_size=15).filter(any), st.integers(1, 9))
def test_equal_shares_have_no_index(counts: list[int], times: int) -> None:
    found = stability("score", [str(c) for c in counts], counts, [times * c for c in counts])
    assert found.psi == pytest.approx(0.0, abs=1e-12)
    assert (found.reading, found.verdict) == ("stable", "stable")


def test_the_index_by_hand() -> None:
    expected = (0.7 - 0.5) * math.log(0.7 / 0.5) + (0.3 - 0.5) * math.log(0.3 / 0.5)
    found = stability("age", ["young", "old"], [500, 500], [700, 300], points=[-10, 20])
    assert found.psi == pytest.approx(expected)
    assert [one.part for one in found.bins] == pytest.approx([0.2 * math.log(1.4), -0.2 * math.log(0.6)])
    assert found.points_shift == pytest.approx(0.2 * -10 - 0.2 * 20)
    assert (found.reading, found.verdict) == ("watch", "watch")
    assert found.p < 1e-10


def test_the_chance_is_that_of_a_test_of_homogeneity() -> None:
    stats = pytest.importorskip("scipy.stats")
    found = stability("age", ["a", "b", "c", "none"], [50, 30, 20, 0], [20, 25, 15, 0])
    assert found.p == pytest.approx(stats.chi2_contingency([[50, 30, 20], [20, 25, 15]]).pvalue)


def test_a_small_sample_is_no_alarm() -> None:
    random = np.random.default_rng(0)
    alarms = readings = 0
    for _ in range(300):
        current = random.multinomial(60, [0.1] * 10).tolist()
        found = stability("score", [""] * 10, [1000] * 10, current)
        readings += found.reading != "stable"
        alarms += found.verdict in ("watch", "act")
    assert readings > 150  # what the thresholds alone would cry
    assert alarms < 25


def test_chance_shows_what_is_said_of_it() -> None:
    random = np.random.default_rng(1)
    shares = np.array([0.05, 0.1, 0.15, 0.2, 0.2, 0.15, 0.1, 0.05])
    found = [
        stability(
            "", [""] * 8, random.multinomial(2000, shares).tolist(), random.multinomial(800, shares).tolist()
        )
        for _ in range(500)
    ]
    shown = np.array([one.psi for one in found])
    assert shown.mean() == pytest.approx(found[0].by_chance, rel=0.1)
    assert (shown > found[0].bound).mean() == pytest.approx(0.05, abs=0.03)
    assert np.mean([one.p < 0.05 for one in found]) == pytest.approx(0.05, abs=0.03)
    assert np.mean([(one.p < 0.05) == (one.psi > one.bound) for one in found]) > 0.98


def test_a_bin_that_was_empty_is_finite_and_alarms() -> None:
    found = stability("income", ["some", "missing"], [10_000, 0], [9000, 1000])
    assert math.isfinite(found.psi)
    assert found.verdict == "act"
    assert found.bins[1].part == pytest.approx((0.1 - 0.5e-4) * math.log(0.1 / 0.5e-4))
    both = stability("income", ["some", "more", "never"], [50, 50, 0], [10, 10, 0])
    assert both.psi == 0.0
    assert both.by_chance == pytest.approx(1 / 100 + 1 / 20)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=80))
def test_every_value_is_counted_once(values: list[float]) -> None:
    array = np.array(values)
    cuts = deciles(array)
    counts = count(array, cuts)
    assert list(cuts) == sorted(set(cuts))
    assert sum(counts) == len(values)
    assert counts[-1] == np.isnan(array).sum()
    assert len(names(cuts)) == len(counts)
    known = array[~np.isnan(array)]
    if len(known):
        assert counts[0] == ((known < cuts[0]).sum() if cuts else len(known)) > 0


def test_deciles_are_equal_where_values_differ() -> None:
    values = np.random.default_rng(2).normal(size=5000)
    assert count(values, deciles(values)) == (*[500] * 10, 0)


@pytest.mark.parametrize(
    ("reference", "current"), [([1, 2, 3], [1, 2]), ([0, 0], [1, 2]), ([1, 2], [0, 0]), ([-1, 5], [1, 2])]
)
def test_what_cannot_be_compared_is_refused(reference: list[int], current: list[int]) -> None:
    with pytest.raises(ValueError, match="score: "):
        stability("score", ["a", "b"], reference, current)
