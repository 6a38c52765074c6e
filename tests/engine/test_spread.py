import msgspec
import numpy as np
import pytest

import engine
from engine import spread
from engine.judge.spread import measure
from engine.profile import Row
from engine.spread import STEPS, place
from tests.engine.borrowers import MODEL


def figures(points: list[int]) -> dict[str, Row]:
    return {spread.FIGURE: measure([("book", np.array(points))])}


def test_a_place_is_how_many_stand_below() -> None:
    hundred = figures(list(range(1, 101)))
    for points in range(-5, 110):
        found = place(hundred, points)
        assert found is not None
        below = sum(one < points for one in range(1, 101))
        assert found.low <= below <= found.high, points
        assert found.high - found.low == 5
        assert (found.loans, found.books) == (100, "book")


def test_who_shares_a_score_with_many_stands_below_none_of_them() -> None:
    alike = figures([7] * 50)
    assert place(alike, 7) == (0, 5, 50, "book")
    assert place(alike, 8) == (95, 100, 50, "book")


def test_no_book_weighs_more_than_it_may() -> None:
    even = measure([("small", np.zeros(10, dtype=int)), ("large", np.full(1000, 9))], most=10)
    assert even["p50"] == 0
    assert even["p55"] == 9
    assert even["loans"] == 1010


@pytest.mark.parametrize(
    "broken", [{}, {spread.FIGURE: {"p05": 1}}, {spread.FIGURE: {"p05": None, "loans": 3}}]
)
def test_what_was_not_measured_is_not_told(broken: dict[str, Row]) -> None:
    assert place(broken, 0) is None


def test_the_place_in_the_model_that_ships_is_the_same_for_every_bad_rate_and_rises_with_the_points() -> None:
    assert place(MODEL.figures, 0) == place(MODEL.with_bad_rate(0.3).figures, 0)
    places = [place(MODEL.figures, points) for points in range(-200, 200)]
    lows = [found.low for found in places if found is not None]
    assert len(lows) == 400
    assert lows == sorted(lows)
    assert {lows[0], lows[-1]} == {0, 95}
    row = MODEL.figures[spread.FIGURE]
    assert [float(row[spread.key(step)] or 0) for step in STEPS] == sorted(
        float(row[spread.key(step)] or 0) for step in STEPS
    )
    assert msgspec.json.decode(engine.STARTER.read_bytes())["model"]["figures"]["spread"]["loans"] == 35454
