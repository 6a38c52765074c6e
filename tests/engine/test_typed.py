import copy
import datetime as dt
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import BookError
from engine.raw import number, spellings
from engine.table import Labels, Numbers, Table
from engine.typed import needs, typed
from engine.typed.need import Need
from tests.engine.made_models import chance
from tests.engine.made_tables import OWN
from tests.engine.test_kinds_models import made

NUMBER, DATE, FLAG = Need("x"), Need("x", "date"), Need("x", "flag")
LABEL = Need("x", labels=("3", "a", "true", "2.5"))


def numbers(need: Need, values: object) -> list[float | None]:
    column = typed([need], {"x": values})["x"]
    assert isinstance(column, Numbers)
    assert column.unit == need.unit
    missing = column.missing.tolist()
    return [None if gone else value for value, gone in zip(column.values.tolist(), missing, strict=True)]


def labels(need: Need, values: object) -> list[str | None]:
    column = typed([need], {"x": values})["x"]
    assert isinstance(column, Labels)
    assert list(column.labels) == sorted(set(column.labels))
    assert column.codes.dtype == np.int32
    return column.texts().tolist()  # type: ignore[no-any-return]  # NumPy's lists are untyped


def test_numbers_are_read_from_whatever_holds_them() -> None:
    for values in (
        [1, None, 2.5, "3", "", Decimal("4.25"), True, float("nan"), " 5e2 "],
        pd.Series([1, None, 2.5, "3", "", Decimal("4.25"), True, np.nan, " 5e2 "], dtype=object),
    ):
        assert numbers(NUMBER, values) == [1.0, None, 2.5, 3.0, None, 4.25, 1.0, None, 500.0]
    assert numbers(NUMBER, np.array([1, 2], np.int16)) == [1.0, 2.0]
    assert numbers(NUMBER, np.array([True, False])) == [1.0, 0.0]
    assert numbers(NUMBER, np.array(["1", "2.5"])) == [1.0, 2.5]
    assert numbers(NUMBER, pa.array([Decimal("0.1"), None])) == [0.1, None]
    assert numbers(NUMBER, pa.array(["7", None, "8", "7"]).dictionary_encode()) == [7.0, None, 8.0, 7.0]
    assert numbers(NUMBER, pa.nulls(2)) == [None, None]
    assert numbers(NUMBER, [None, None]) == [None, None]
    assert numbers(NUMBER, pd.Series([1, None], dtype="Int64")) == [1.0, None]
    assert numbers(NUMBER, pd.Series(["1", None], dtype="category")) == [1.0, None]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)))
def test_a_text_of_a_number_is_that_number_to_the_bit(values: list[float]) -> None:
    texts = [repr(value) for value in values]
    wanted = [number("x", text) for text in texts]
    assert numbers(NUMBER, texts) == wanted
    assert numbers(NUMBER, [*texts, " 1 "])[:-1] == wanted  # by the slow way
    assert numbers(NUMBER, [Decimal(text) for text in texts]) == wanted


def test_dates_are_days_however_they_are_held() -> None:
    moment = dt.datetime(2024, 1, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
    days = number("x", naive, "date")
    assert days == 19_724 + 10 / 24
    held = [
        [naive, None],
        [moment, None],
        [naive.isoformat(), ""],
        [moment.isoformat(), float("nan")],
        [days, None],
        pd.Series([naive, None]),
        pd.Series([moment, None]),
        pd.Series([naive.isoformat(), None], dtype="str"),
        np.array([naive, None], "datetime64[s]"),
        pa.array([naive, None], pa.timestamp("ns")),
        pa.array([naive.isoformat(), None]).dictionary_encode(),
    ]
    for values in held:
        assert numbers(DATE, values) == [days, None]
    assert numbers(DATE, [dt.date(2024, 1, 2), naive]) == [19_724.0, days]
    assert numbers(DATE, pa.array([dt.date(2024, 1, 2)])) == [19_724.0]


def test_numbers_and_dates_as_people_write_them_are_read_by_their_column() -> None:
    assert numbers(NUMBER, ["1.200,50", "1.200", "NA", None]) == [1200.5, 1200.0, None, None]
    assert numbers(NUMBER, pa.array(["$1,200.50", "(3)", "7"])) == [1200.5, -3.0, 7.0]
    assert numbers(DATE, ["31/12/2023", "02/01/2024", "unknown"]) == [19_722.0, 19_724.0, None]


def test_flags_are_read_in_words_and_so_are_other_models_numbers() -> None:
    assert numbers(FLAG, ["yes", "No", "TRUE", "0", None]) == [1.0, 0.0, 1.0, 0.0, None]
    assert numbers(FLAG, [True, False, None]) == [1.0, 0.0, None]
    assert numbers(Need("x", truth=True), ["yes", "no"]) == [1.0, 0.0]
    with pytest.raises(BookError, match=r"'yes' is no number"):
        numbers(NUMBER, ["yes", "no"])


def test_labels_are_read_from_whatever_holds_them() -> None:
    assert labels(LABEL, ["3", 3, 3.0, "a", True, 2.5, None, "", float("nan")]) == [
        *("3", "3", "3", "a", "true", "2.5"),
        *(None, None, None),
    ]
    assert labels(LABEL, np.array([3, 3])) == ["3", "3"]
    assert labels(LABEL, np.array([3.0, 2.5, np.nan])) == ["3", "2.5", None]
    assert labels(LABEL, pa.array([3, None], pa.int8())) == ["3", None]
    assert labels(LABEL, pa.array([True, None])) == ["true", None]
    assert labels(LABEL, pa.array([Decimal("2.50"), Decimal("3.00")])) == ["2.5", "3"]
    assert labels(LABEL, pd.Series(["a", "3", None], dtype="category")) == ["a", "3", None]
    assert labels(LABEL, pd.Series([3, None], dtype="category")) == ["3", None]
    assert labels(LABEL, pa.nulls(1)) == [None]


def test_labels_that_are_not_known_stand_as_one() -> None:
    assert labels(LABEL, ["b", "3", "0", "b", None]) == ["b", "3", "b", "b", None]
    assert labels(LABEL, [7.0, 8.0, 3.0]) == ["7", "7", "3"]
    whole = LABEL._replace(whole=True)
    assert labels(whole, ["b", "3", "0", "b", None]) == ["b", "3", "0", "b", None]
    assert labels(whole, [7.0, 8.0, 3.0]) == ["7", "8", "3"]


@given(st.lists(st.floats(allow_infinity=False) | st.booleans() | st.text(max_size=2), min_size=1))
def test_a_value_is_the_label_that_one_person_would_get(values: list[object]) -> None:
    known = ("1", "1.0", "0", "True", "false", "a", "0.5")
    found = labels(Need("x", labels=known), values)
    for value, label in zip(values, found, strict=True):
        wanted = next((way for way in spellings(value) if way in known), None)
        assert label == wanted or (wanted is None and label not in known)


@pytest.mark.parametrize(
    ("need", "values", "message"),
    [
        (NUMBER, [1.0, "a lot"], r"t: row 2, column `x`: 'a lot' is no number; accepted: a finite number"),
        (NUMBER, [1.0, float("inf")], "row 2, column `x`: inf is no number"),
        (NUMBER, ["1", "1e999"], "row 2, column `x`: '1e999' is no number"),
        (NUMBER, ["1", "2", "3", "1,5 or so"], "row 4, column `x`: '1,5 or so' is no number"),
        (NUMBER, ["1", "2", "1e999"] * 100, "row 3, column `x`: '1e999' is no number"),
        (NUMBER, np.array([1.0, -np.inf]), "row 2, column `x`: -inf is no number"),
        (NUMBER, [dt.date(2024, 1, 1)], "row 1, column `x`: .*is no number"),
        (NUMBER, pa.array([None, dt.date(2024, 1, 1)]), "row 2, column `x`: .*is no number"),
        (NUMBER, pa.array([b"1"]), "row 1, column `x`: b'1' is no number"),
        (NUMBER, [[1], [2]], r"row 1, column `x`: \[1\] is no number"),
        (
            DATE,
            ["2024-01-01", "soon"],
            "row 2, column `x`: 'soon' is no date; accepted: a date, its ISO text",
        ),
        (FLAG, ["maybe"], "row 1, column `x`: 'maybe' is no flag; accepted: true or false"),
        (Need("x", "percent"), ["5%", "5 percent"], "row 2, column `x`: '5 percent' is no percent"),
        (
            LABEL,
            [dt.date(2024, 1, 1)],
            "row 1, column `x`: .*no label; accepted: a text; for example one of: 2.5, 3",
        ),
        (LABEL, pa.array([dt.date(2024, 1, 1)]), "row 1, column `x`: .*no label"),
        (LABEL, [{"a": 1}], "row 1, column `x`: .*no label"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(need: Need, values: object, message: str) -> None:
    with pytest.raises(BookError, match=message):
        typed([need], {"x": values}, name="t")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (7, "table: int is no table; accepted: "),
        ("no_such_file.csv", "cannot be read"),
        ([1, 2], "a list of int"),
        ({"x": "text"}, "column `x`: one value where a column is wanted"),
        ({"x": [1], "y": [1, 2]}, r"columns of different lengths: \{'x': 1, 'y': 2\}"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "the column name `x` stands twice"),
        (pa.Table.from_arrays([pa.array([1])] * 2, names=["x", "x"]), "the column name `x` stands twice"),
    ],
)
def test_what_is_no_table_is_refused(source: object, message: str) -> None:
    with pytest.raises(BookError, match=message):
        typed([NUMBER, Need("y")], source)


def test_a_refusal_can_be_handed_back_by_a_worker() -> None:
    with pytest.raises(BookError) as refused:
        typed([NUMBER], {"x": ["a lot"]})
    again = copy.copy(refused.value)
    assert str(again) == str(refused.value)
    assert type(again) is type(refused.value)


def test_columns_that_fit_are_not_copied() -> None:
    values = np.arange(5.0)
    frame = pd.DataFrame({"x": values, "z": ["a"] * 5})
    for source in ({"x": values}, frame, pa.table({"x": values}), Table("t", {"x": Numbers(values)})):
        column = typed([NUMBER, Need("y")], source)["x"]
        assert isinstance(column, Numbers)
        held = np.asarray(frame["x"]) if source is frame else values
        assert np.shares_memory(column.values, held)


def test_a_table_that_was_read_by_look_is_turned_into_what_the_model_says() -> None:
    table = Table(
        "t",
        {
            "x": Numbers(np.array([3.0, np.nan, 4.0])),
            "y": Labels(np.array([1, 0, -1], np.int32), ("10", "7")),
            "z": Numbers(np.array([19_724.0, 0.0, 1.0]), "date"),
        },
    )
    found = typed([LABEL, Need("y"), Need("z", "date")], table)
    column = found["x"]
    assert isinstance(column, Labels)
    assert column.texts().tolist() == ["3", None, "4"]
    y = found["y"]
    assert isinstance(y, Numbers)
    assert y.values.tolist()[:2] == [7.0, 10.0]
    with pytest.raises(BookError, match=re.escape("column `z`: \"19724 of unit 'date'\" is no number")):
        typed([Need("z")], table)


def test_only_what_is_there_is_given_and_only_what_is_needed_is_read() -> None:
    assert list(typed(OWN, {"town": ["3"], "salary": [1], "junk": [object()]})) == ["salary", "town"]


def test_objects_that_are_shared_are_read_once() -> None:
    one, other = "ab", "3"
    values = np.array([one, other, None, one] * 5000, dtype=object)
    assert labels(LABEL, values)[:4] == ["ab", "3", None, "ab"]
    assert labels(LABEL, values[::2])[:4] == ["ab", None, "ab", None]
    apart = np.array([f"{at}" for at in range(5000)], dtype=object)
    assert labels(LABEL, apart)[2:5] == ["0", "3", "0"]
    nothing = np.array([None] * 5000, dtype=object)
    assert set(labels(LABEL, nothing)) == {None}
    assert set(numbers(NUMBER, nothing)) == {None}


def test_a_blend_reads_what_all_its_parts_read() -> None:
    wanted = {need.name: need for need in needs(made("blend"))}
    assert wanted["opened"].unit == "date"
    assert set(wanted["housing"].labels) == {"own", "rent", "family", "other"}
    assert "overdue_count_24m" in wanted
    assert chance(1).random() == chance(1).random()
