import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judge.intervals import chi_square_point, chi_square_tail, katz, newcombe, normal_tail, wilson

stats = pytest.importorskip("scipy.stats")  # it comes with scikit-learn, but has no types


@given(st.integers(1, 400), st.data())
def test_wilson_agrees_with_scipy_and_holds_its_share(rows: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, rows))
    found = wilson(hits, rows)
    peer = stats.binomtest(hits, rows).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_katz_agrees_with_scipy() -> None:
    found = katz(30, 100, 60, 110)
    peer = stats.contingency.relative_risk(30, 100, 60, 110)
    assert found.value == pytest.approx(peer.relative_risk)
    interval = peer.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_newcombe_agrees_with_his_own_example() -> None:
    found = newcombe(wilson(56, 70), wilson(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("hits", "rows", "others"), [(0, 20, 30), (20, 20, 30), (20, 20, 15), (0, 5, 1)])
def test_katz_stays_open_at_the_ends(hits: int, rows: int, others: int) -> None:
    found = katz(hits, rows, others, 30)
    assert np.isfinite([found.low, found.high]).all()
    assert found.low <= found.value <= found.high
    assert found.low < found.high


@given(st.floats(0, 200), st.integers(1, 60))
def test_chi_square_agrees_with_scipy(value: float, freedom: int) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(stats.chi2.sf(value, freedom), abs=1e-10)


@given(st.integers(1, 200))
def test_the_point_has_its_tail_above_it(freedom: int) -> None:
    assert chi_square_point(freedom) == pytest.approx(stats.chi2.isf(0.05, freedom), rel=1e-6)
    assert normal_tail(1.959963984540054) == pytest.approx(0.05)


@pytest.mark.parametrize(("hits", "rows"), [(1, 0), (3, 2), (-1, 2)])
def test_a_share_of_nothing_is_refused(hits: int, rows: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, rows)
    with pytest.raises(ValueError, match="degrees"):
        chi_square_tail(1.0, 0)
    with pytest.raises(ValueError, match="share above 0"):
        katz(1, 2, 0, 5)
