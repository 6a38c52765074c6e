import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kinds import Input
from engine.kinds.encode import encode
from engine.kinds.fit_inputs import inputs_of, label_codes
from engine.table import Labels, Numbers, Table

NUMBER = Input(name="salary", reference=3000.0)
DATE = Input(name="opened", kind="date")
PLACE = Input(name="place", kind="class", codes={"city": -0.2, "3": 0.5, "true": 0.1}, other=0.2)


@pytest.mark.parametrize(
    ("entry", "raw", "value"),
    [
        (NUMBER, 12, 12.0),
        (NUMBER, True, 1.0),
        (NUMBER, " 12.5 ", 12.5),
        (NUMBER, "-1e3", -1000.0),
        (NUMBER, Decimal("0.1"), 0.1),
        (NUMBER, np.int64(7), 7.0),
        (DATE, "1970-01-02", 1.0),
        (DATE, dt.date(2024, 5, 31), 19874.0),
        (DATE, "1970-01-02T12:00", 1.5),
        (DATE, "1970-01-02T02:00+02:00", 1.0),
        (DATE, 19874, 19874.0),
        (PLACE, "city", -0.2),
        (PLACE, 3, 0.5),
        (PLACE, 3.0, 0.5),
        (PLACE, True, 0.1),
        (PLACE, "moon", 0.2),
    ],
)
def test_answers_become_numbers(entry: Input, raw: object, value: float) -> None:
    assert entry.read(raw) == value


@pytest.mark.parametrize("entry", [NUMBER, DATE, PLACE])
@pytest.mark.parametrize("raw", [None, math.nan, ""])
def test_what_is_not_there_is_missing(entry: Input, raw: object) -> None:
    assert math.isnan(entry.read(raw))


def test_an_unseen_label_without_another_is_missing() -> None:
    assert math.isnan(Input(name="p", kind="class", codes={"a": 1.0}).read("b"))


@pytest.mark.parametrize(
    ("entry", "raw"),
    [
        (NUMBER, "twelve"),
        (NUMBER, "1_000"),
        (NUMBER, "１２"),
        (NUMBER, "nan"),
        (NUMBER, math.inf),
        (NUMBER, -math.inf),
        (NUMBER, "1e999"),
        (NUMBER, 10**400),
        (NUMBER, []),
        (DATE, "31/05/2024"),
        (DATE, math.inf),
        (PLACE, ["city"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example(entry: Input, raw: object) -> None:
    with pytest.raises(ValueError, match=f"{entry.name}: .*; accepted: .*; for example"):
        entry.read(raw)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x", "kind": "class"},
        {"name": "x", "codes": {"a": 1.0}},
        {"name": "x", "other": 1.0},
        {"name": "x", "reference": math.nan},
        {"name": "x", "kind": "class", "codes": {"a": math.inf}},
        {"name": "age"},
    ],
)
def test_inputs_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"accepted|finite"):
        Input(**wrong)  # type: ignore[arg-type]  # wrong on purpose


numbers = st.none() | st.floats(allow_infinity=False)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, st.sampled_from((None, "city", "3", "true", "moon"))), max_size=20))
def test_a_table_is_encoded_as_its_rows_are(rows: list[tuple[float | None, str | None]]) -> None:
    labels = ("3", "city", "moon", "true")
    codes = np.array([-1 if text is None else labels.index(text) for _, text in rows], dtype=np.int32)
    values = np.array([np.nan if number is None else number for number, _ in rows], dtype=np.float64)
    table = Table("t", {"salary": Numbers(values), "place": Labels(codes, labels), "age": Numbers(values)})
    inputs = (PLACE, NUMBER, DATE, Input(name="age", reference=40.0, neutral=True))
    matrix = encode(inputs, table)
    for at, (number, text) in enumerate(rows):
        age = inputs[3].read(number)
        one = [PLACE.read(text), NUMBER.read(number), math.nan, 40.0 if math.isnan(age) else age]
        assert np.array_equal(matrix[at], one, equal_nan=True)


def test_numbers_are_read_as_labels_and_texts_as_numbers_where_the_model_expects_them() -> None:
    table = Table(
        "t",
        {
            "place": Numbers(np.array([3.0, np.nan, 4.0])),
            "salary": Labels(np.array([0, -1, 0], dtype=np.int32), ("12.5",)),
        },
    )
    expected = [[0.5, 12.5], [np.nan, np.nan], [0.2, 12.5]]
    assert np.array_equal(encode((PLACE, NUMBER), table), expected, equal_nan=True)
    with pytest.raises(ValueError, match="salary: 'x' is no number"):
        encode((NUMBER,), Table("t", {"salary": Labels(np.zeros(1, dtype=np.int32), ("x",))}))
    with pytest.raises(ValueError, match="salary: an infinite value"):
        encode((NUMBER,), Table("t", {"salary": Numbers(np.array([np.inf]))}))


def test_labels_are_coded_by_their_risk_and_drawn_to_the_average_where_rows_are_few() -> None:
    codes = np.repeat(np.arange(3, dtype=np.int32), [400, 400, 2])
    bad = np.zeros(802, dtype=np.bool_)
    bad[:40], bad[400:560], bad[800:] = True, True, True
    found = label_codes(Labels(codes, ("good", "poor", "rare")), bad)
    assert found["good"] < 0 < found["rare"] < found["poor"] + 1
    assert found["rare"] < 0.6  # two rows, both bad, are no news yet
    table = Table(
        "t", {"l": Labels(codes, ("good", "poor", "rare")), "housing": Numbers(codes.astype(float))}
    )
    label, housing = inputs_of(table, bad, catalogue=["housing"])
    assert (label.kind, label.reference, label.other, label.neutral) == ("class", 0.0, 0.0, False)
    assert (housing.kind, housing.reference, housing.neutral) == ("number", 1.0, True)
    with pytest.raises(ValueError, match="accepted: some of both"):
        inputs_of(table, np.zeros(802, dtype=np.bool_))
