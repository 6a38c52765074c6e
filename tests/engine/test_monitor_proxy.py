import numpy as np
import pytest

from engine.judge.intervals import Floats, Places
from engine.monitor.proxy import proxy

COLUMNS = ("shoe_size", "noise", "mirror")


def _people(rows: int = 1500) -> tuple[Places, Floats]:
    random = np.random.default_rng(0)
    places = random.integers(0, 2, rows)
    shoe = random.normal(size=rows) + 1.2 * places
    noise = random.normal(size=rows)
    noise[::7] = np.nan
    return places, np.column_stack([shoe, noise, random.normal(size=rows)])


def test_a_column_that_tells_the_forbidden_factor_is_named() -> None:
    places, matrix = _people()
    found = proxy("sex", places, ("female", "male"), COLUMNS, matrix, seed=0)
    assert found.reading == "proxy risk"
    assert found.carriers[0].column == "shoe_size"
    assert found.carriers[0].drop > 0.2
    assert found.carriers[0].alone == pytest.approx(0.8, abs=0.04)  # Phi(1.2 / sqrt 2)
    assert all(abs(carrier.drop) < 0.05 for carrier in found.carriers[1:])
    assert [told.group for told in found.groups] == ["female", "male"]
    assert found.groups[0].auc.low > 0.7


def test_columns_that_tell_nothing_are_no_proxy() -> None:
    places, matrix = _people()
    found = proxy("sex", places, ("female", "male"), COLUMNS[1:], matrix[:, 1:], seed=0)
    assert found.reading == "none"
    assert found.groups[0].auc.value < 0.56


def test_the_seed_fixes_it_and_missing_and_small_groups_stay_out() -> None:
    random = np.random.default_rng(1)
    places = random.integers(-1, 3, 1200)
    places[places == 2] = np.where(np.arange((places == 2).sum()) < 20, 3, 2)
    matrix = np.column_stack([places * 1.0 + random.normal(size=1200), random.normal(size=1200)])
    labels = ("a", "b", "c", "d", "e")
    found = proxy("origin", places, labels, ("x", "y"), matrix, seed=3, top=1)
    assert found == proxy("origin", places, labels, ("x", "y"), matrix, seed=3, top=1)
    assert found.left_out == ("d",)
    assert found.rows == (places >= 0).sum() - 20
    assert [told.group for told in found.groups] == ["a", "b", "c"]
    assert len(found.carriers) == 1


def test_a_column_that_points_the_other_way_tells_as_much() -> None:
    random = np.random.default_rng(2)
    places = np.repeat(
        [0, 1, 2], 200
    )  # the middle group lies high, so that for neither other does it point up
    column = np.where(places == 1, 1.0, np.where(places == 0, -3.0, 0.0)) + random.normal(size=600)
    told = proxy("origin", places, ("a", "b", "c"), ("x",), column[:, None], seed=0).carriers[0]
    assert told.alone > 0.97  # group a, by small values


def test_what_does_not_fit_is_refused() -> None:
    places, matrix = _people()
    with pytest.raises(ValueError, match="a column for each"):
        proxy("sex", places, ("female", "male"), COLUMNS[:2], matrix, seed=0)
    with pytest.raises(ValueError, match="two groups of 30"):
        proxy("sex", np.zeros(1500, dtype=int), ("female",), COLUMNS, matrix, seed=0)
