import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FACTORS, BookError, FactorPoints, Pack, Record, Result, Scorecard, batch
from engine.batch import pds_of, score_many
from engine.kinds import Nonlinear
from engine.scorecard import base_points
from engine.table import Labels, Numbers, Table
from tests.engine import made_models, made_tables
from tests.engine.borrowers import CN, MODEL, OPEN, records
from tests.engine.made_tables import MAKES, OWN, Row
from tests.engine.test_kinds_models import KINDS, made


def same(scores: batch.Scores, results: list[Result]) -> None:
    assert scores.score.tolist() == [result.score for result in results]
    assert scores.pd.tolist() == [result.pd for result in results]
    assert [scores.bands[at] for at in scores.band] == [result.band for result in results]
    assert scores.unclipped.tolist() == [result.score - result.clip for result in results]


@given(st.lists(records, min_size=1, max_size=5))
def test_a_table_scores_as_its_people_do(people: list[Record]) -> None:
    columns = {name: [person.get(name) for person in people] for name in FACTORS}
    for pack in (OPEN, CN, None):
        same(score_many(MODEL, columns, pack=pack), [MODEL.score(person, pack) for person in people])


@pytest.mark.parametrize("make", MAKES)
@given(people=made_tables.rows)
def test_own_columns_score_as_their_rows_do_whatever_the_table_is_made_of(
    make: str, people: list[Row]
) -> None:
    made = MAKES[make](people)
    if make != "records" or any(people):
        same(score_many(OWN, made), [OWN.score(person) for person in people])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pack", [None, CN])
def test_the_other_kinds_score_as_their_rows_do(kind: str, pack: Pack | None) -> None:
    model, rng = made(kind), made_models.chance(7)
    people = [made_models.record(rng) for _ in range(200)]
    names = (*model.names, "nobody asked")
    columns = {name: [person.get(name) for person in people] for name in names}
    same(score_many(model, columns, pack=pack), [model.score(person, pack) for person in people])


def test_a_missing_column_is_a_missing_answer_and_is_told() -> None:
    scores = score_many(MODEL, {"age": [30.0, None]})
    same(scores, [MODEL.score({"age": 30.0}), MODEL.score({})])
    assert set(scores.absent) == {factor.name for factor in MODEL.factors} - {"age"}
    for kind in KINDS:
        model = made(kind)
        same(score_many(model, {"salary": [1.0]}), [model.score({"salary": 1.0})])


def test_a_table_without_any_column_of_the_model_is_refused() -> None:
    with pytest.raises(
        BookError, match=r"loans: no column that the model reads; accepted: columns such as age"
    ):
        score_many(MODEL, {"Age": [30.0]}, name="loans")


def test_no_rows_are_no_scores() -> None:
    assert len(score_many(MODEL, {"age": []}).score) == 0


def test_numbers_stand_for_labels_and_labels_for_numbers() -> None:
    table = Table(
        "t",
        {
            "town": Numbers(np.array([3.0, 3.5, 4.0, np.nan])),
            "salary": Labels(np.array([0, 1, 1, -1], np.int32), ("1999", "2000")),
        },
    )
    rows: list[Record] = [
        {"town": 3.0, "salary": "1999"},
        {"town": 3.5, "salary": "2000"},
        {"town": 4.0, "salary": "2000"},
        {},
    ]
    same(score_many(OWN, table), [OWN.score(row) for row in rows])


def test_a_value_outside_the_catalogue_is_refused_by_its_row() -> None:
    ages = [30.0] * 200_000
    ages[150_000] = ages[150_001] = 17.0
    with pytest.raises(BookError, match=r"table: row 150001, column `age`: 17.0 is .*accepted: 18 to 110"):
        score_many(MODEL, {"age": ages})
    with pytest.raises(
        BookError, match=r"row 2, column `housing`: 'castle' is not in the catalogue; .*own, rent"
    ):
        score_many(MODEL, {"housing": ["own", "castle"]})
    score_many(OWN, {"town": ["castle"]})


def test_a_forbidden_column_is_not_even_read() -> None:
    score_many(MODEL, {"sex": ["neither", "none"], "age": [30, 40]}, pack=CN)


def test_chunks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    columns = {
        "salary": random.uniform(0, 9000, 1000),
        "town": random.choice(np.array(["Köln", "3", "x", ""], dtype=object), 1000),
    }
    whole = score_many(OWN, columns)
    monkeypatch.setattr(batch, "CHUNK", 7)
    for threads in (1, 3):
        before = threading.active_count()
        cut = score_many(OWN, columns, threads=threads)
        assert threading.active_count() == before
        assert [part.tolist() for part in (cut.score, cut.pd, cut.band)] == [
            part.tolist() for part in (whole.score, whole.pd, whole.band)
        ]


def test_many_labels_that_the_model_does_not_know_cost_nothing_by_label() -> None:
    names = np.array([f"town {at}" for at in range(100_000)], dtype=object)
    same(score_many(OWN, {"town": names[:3]}), [OWN.score({"town": "other"})] * 3)
    assert len(set(score_many(OWN, {"town": names}).score.tolist())) == 1


def test_the_ends_of_the_scale_and_of_certainty() -> None:
    totals = np.array([-5000, -900, 299, 300, 600, 850, 851, 1400, 9000], np.int32)
    pds = pds_of(MODEL.scale, totals)
    assert pds.tolist() == [MODEL.scale.pd(int(total)) for total in totals]


@given(
    st.integers(1, 3).flatmap(lambda steep: st.lists(st.integers(-9, 9), min_size=120 * steep, max_size=400))
)
def test_many_cuts_are_searched_as_few_are_compared(points: list[int]) -> None:
    cuts = tuple(float(at) for at in range(len(points) - 1))
    factor = FactorPoints(name="x", own=True, why="", cuts=cuts, points=tuple(points), missing=2)
    model = Scorecard(
        id="cuts", base=base_points(MODEL.scale, 0.1, 0.0), bad_rate=0.1, scale=MODEL.scale, factors=(factor,)
    )
    values = [-1.0, 0.0, 0.5, 100.0, 117.0, 399.0, float(len(points))]
    same(
        score_many(model, {"x": [*values, None]}),
        [*(model.score({"x": value}) for value in values), model.score({})],
    )


def test_a_table_of_other_kinds_names_its_rows() -> None:
    model = made("single")
    assert isinstance(model, Nonlinear)
    with pytest.raises(BookError, match=r"row 2, column `salary`: 'much' is no number"):
        score_many(model, {"salary": [1.0, "much"]})
