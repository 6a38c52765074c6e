import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from engine import OptimalBinning


def book(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    values = draw.normal(size=rows)
    return values, draw.random(rows) < 1.0 / (1.0 + np.exp(1.5 + values))


@pytest.mark.parametrize("rows", [100, 1_000, 200_000])
def test_more_value_less_risk_is_found_on_any_size(rows: int) -> None:
    values, bad = book(rows)
    made = OptimalBinning().fit(values, bad)
    woes = [one.woe for one in made.bins_ if one.rows]
    assert made.trend_ == "up"
    assert woes == sorted(woes)
    assert sum(one.rows for one in made.bins_) == rows
    assert 2 <= len(woes) <= 10


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(-50, 50).map(float)), st.booleans()),
        min_size=30,
        max_size=200,
    ).filter(lambda rows: 0 < sum(bad for _, bad in rows) < len(rows)),
    st.sampled_from(["auto", "up", "down", "peak", "valley"]),
)
def test_counts_add_up_and_the_trend_is_kept(rows: list[tuple[float | None, bool]], trend: str) -> None:
    values = np.array([math.nan if value is None else value for value, _ in rows])
    bad = np.array([bad for _, bad in rows])
    made = OptimalBinning(trend=trend, special=[7.0]).fit(values, bad)  # type: ignore[arg-type]  # a parametrised text is no Literal
    assert sum(one.rows for one in made.bins_) == len(rows)
    assert sum(one.bads for one in made.bins_) == bad.sum()
    assert made.bins_[-1].rows == np.isnan(values).sum()
    assert made.bins_[-2].rows == (values == 7.0).sum()
    assert made.iv_ >= -1e-9
    assert list(made.cuts_) == sorted(set(made.cuts_))
    if trend != "auto":
        assert made.trend_ == trend
    steps = [np.sign(later - one) for one, later in itertools.pairwise(_log_odds(made))]
    turns = sum(one != later for one, later in itertools.pairwise(steps))
    assert turns <= (1 if made.trend_ in ("peak", "valley") else 0)
    woes = made.transform(values)
    assert woes.shape == (len(rows), 1)
    assert np.isfinite(woes).all()


def _log_odds(made: OptimalBinning) -> list[float]:
    plain = made.bins_[: len(made.cuts_) + 1]
    return [math.log((one.rows - one.bads + 0.5) / (one.bads + 0.5)) for one in plain]


def test_woe_iv_and_ks_are_those_of_the_book() -> None:
    values, bad = np.repeat([1.0, 2.0], 500), np.array(([1] * 50 + [0] * 450) + ([1] * 200 + [0] * 300))
    low, high, _ = OptimalBinning().fit(values, bad).bins_
    assert (low.rows, low.bads, high.rows, high.bads) == (500, 50, 500, 200)
    assert low.woe == pytest.approx(math.log((450.5 / 751) / (50.5 / 251)))
    assert low.iv + high.iv == pytest.approx(
        (450.5 / 751 - 50.5 / 251) * low.woe + (300.5 / 751 - 200.5 / 251) * high.woe
    )
    assert low.ks == pytest.approx(450 / 750 - 50 / 250)


def test_categories_are_ordered_and_joined_and_new_ones_are_others() -> None:
    labels = np.array(["a"] * 300 + ["b"] * 300 + ["c"] * 300 + ["rare"] + [None] * 99, dtype=object)
    bad = np.array([1, 0, 0] * 100 + [1, 0, 0] * 100 + [1, 1, 0] * 100 + [0] + [1] * 33 + [0] * 66)
    made = OptimalBinning().fit(labels, bad)
    assert made.groups_ == (("c",), ("a", "b"))
    assert [one.name for one in made.bins_] == ["c", "a | b", "other", "missing"]
    assert [one.rows for one in made.bins_] == [300, 600, 1, 99]
    woes = made.transform(np.array(["c", "never seen", None], dtype=object))[:, 0]
    assert woes.tolist() == [made.bins_[0].woe, made.bins_[2].woe, made.bins_[3].woe]


def test_it_is_an_estimator_like_any_other() -> None:
    made = OptimalBinning(trend="down", most=4, special=[999])
    assert clone(made).get_params() == made.get_params()
    values, bad = book(400)
    assert made.fit_transform(values.reshape(-1, 1), bad).shape == (400, 1)
    assert made.get_feature_names_out(["income"]).tolist() == ["income_woe"]
    assert len(made.cuts_) <= 3


@pytest.mark.parametrize(
    ("values", "bad", "message"),
    [
        ([1.0, 2.0], [0, 0], "both good and bad"),
        ([1.0, 2.0], [0, 2], "1 for a bad loan"),
        ([1.0, 2.0], [0], "an outcome for each of 2 rows"),
        ([], [], "at least one row"),
        ([[1.0, 2.0], [3.0, 4.0]], [0, 1], "one column"),
        ([1.0, math.inf], [0, 1], "infinite"),
    ],
)
def test_what_cannot_be_binned_is_refused(values: list[float], bad: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OptimalBinning().fit(values, bad)


def test_an_unfitted_one_says_so() -> None:
    with pytest.raises(ValueError, match="not fitted yet"):
        OptimalBinning().transform([1.0])
