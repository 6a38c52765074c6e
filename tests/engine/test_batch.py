import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine import FACTORS, Record
from engine.batch import pd_many, score_many
from tests.engine.borrowers import CN, MODEL, OPEN, records


@given(st.lists(records, min_size=1, max_size=5))
def test_a_table_scores_as_its_people_do(people: list[Record]) -> None:
    columns = {
        name: np.array([person.get(name, "" if factor.classes else np.nan) for person in people])
        for name, factor in FACTORS.items()
    }
    for pack in (OPEN, CN):
        permitted = {name for name in FACTORS if pack.permits(name)}
        scores = score_many(MODEL, columns, len(people), permitted=permitted)
        results = [MODEL.score(person, pack) for person in people]
        assert scores.tolist() == [result.score - result.clip for result in results]
        assert pd_many(MODEL, scores).tolist() == [result.pd for result in results]


def test_without_columns_everybody_is_at_the_base() -> None:
    assert score_many(MODEL, {}, 3).tolist() == [MODEL.base] * 3
