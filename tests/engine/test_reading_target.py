"""Which loans are bad: the obvious value, the one that was named, or a refusal that says how to name it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import BookError
from engine.reading import read
from engine.reading.target import Outcome, target


def _target(
    values: Sequence[object],
    bad: str | Sequence[str] | None = None,
    good: str | Sequence[str] | None = None,
    name: str = "end",
) -> Outcome:
    table = read({"x": list(range(len(values))), name: list(values)}, name="book").table
    return target(table, name, bad, good)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (0, 1),
        ("no", "yes"),
        ("No", "YES"),
        ("good", "bad"),
        ("Good", "Bad"),
        ("Fully Paid", "Charged Off"),
        ("P I F", "CHGOFF"),
        (False, True),
        ("N", "Y"),
        ("paid", "xyz"),
        ("xyz", "default"),
        ("正常", "逾期"),
        ("bueno", "malo"),
        (1, 2),
        ("apple", "pear"),
    ],
)
def test_the_obvious_or_the_rarer_value_is_bad(good: object, bad: object) -> None:
    outcome = _target([good] * 150 + [bad] * 120)
    assert outcome.bad.tolist() == [False] * 150 + [True] * 120
    assert list(outcome.table) == ["x"]
    assert "was taken as bad" in str(outcome.notes[0])


def test_words_settle_it_even_where_bad_is_the_larger_half() -> None:
    assert _target(["good"] * 30 + ["bad"] * 170).bad.sum() == 170
    assert _target([0] * 110 + [1] * 120).bad.sum() == 120


def test_a_one_that_most_loans_have_is_good_and_that_is_said() -> None:
    outcome = _target([1] * 700 + [0] * 300)
    assert outcome.bad.sum() == 300
    assert "`0` (30.0%) was taken as bad, because `1` is 70%" in str(outcome.notes[0])
    assert "say --bad '1'" in str(outcome.notes[0])


def test_a_column_called_repaid_is_the_other_way_round() -> None:
    assert _target([1] * 110 + [0] * 120, name="loan_repaid").bad.sum() == 120
    assert _target([1] * 110 + [0] * 120, name="not_fully_paid").bad.sum() == 110
    assert _target(["sí"] * 410 + ["no"] * 120, name="pagó").bad.sum() == 120
    assert _target([1] * 110 + [0] * 120, name="good_bad").bad.sum() == 110


def test_what_was_named_holds() -> None:
    values = ["A"] * 200 + ["B"] * 20 + ["C"] * 300 + ["D"] * 30
    outcome = _target(values, bad=["B", "d"])
    assert outcome.bad.sum() == 50
    assert outcome.meaning == ("B", "D")
    assert "`A`, `C`" in str(outcome.notes[0])
    outcome = _target(values, bad=["B", "D"], good="A")
    assert len(outcome.bad) == outcome.table.rows == 250
    assert "300 of 550 loans have no outcome" in str(outcome.notes[0])
    assert _target([1] * 700 + [0] * 300, bad="1").bad.sum() == 700
    assert _target([1] * 700 + [0] * 300, bad="1.0").bad.sum() == 700
    assert _target([True] * 70 + [False] * 300, bad="true").bad.sum() == 70
    assert _target([1] * 70 + [0] * 300, good="0").bad.sum() == 70


def test_loans_that_run_on_are_neither_where_others_have_ended() -> None:
    values = ["Fully Paid"] * 200 + ["Charged Off"] * 120 + ["Current"] * 300
    outcome = _target(values, bad="Charged Off")
    assert (outcome.table.rows, int(outcome.bad.sum())) == (320, 120)
    assert "`Current` run on and are left out" in str(outcome.notes[0])
    assert _target(values, bad="Charged Off", good=["Fully Paid", "Current"]).table.rows == 620
    assert _target(["Current"] * 200 + ["Late"] * 120).table.rows == 320


def test_loans_without_an_outcome_are_left_out_and_told() -> None:
    outcome = _target([None, "good", "NA", *["good"] * 120, *["bad"] * 110])
    assert outcome.table.rows == len(outcome.bad) == 231
    assert outcome.rows.tolist()[:2] == [1, 3]
    assert "2 of 233 loans have no outcome and were left out; the first is row 1" in "".join(
        map(str, outcome.notes)
    )


@pytest.mark.parametrize(
    ("values", "bad", "said"),
    [
        ([0] * 300, None, ("every loan has the same outcome, `0` (300)",)),
        (["good"] * 300, None, ("same outcome", "good")),
        ([None] * 300, None, ("no value in any row",)),
        (
            [0, 1, 2] * 100,
            None,
            ("3 values where two are wanted", "`0` (100), `1` (100), `2` (100)", "--bad '"),
        ),
        (["good", "bad", "unknown"] * 100, None, ("3 values", "--bad 'bad'")),
        (list(range(300)), None, ("300 values", "and 288 more")),
        ([0] * 300 + [1] * 3, None, ("3 bad loans (`1`) and 300 good ones", "at least 10")),
        ([1] * 300 + [0] * 3, "1", ("300 bad loans", "3 good", "--bad VALUE")),
        (["a", "b"] * 300, "c", ("no loan has the value `c`", "`a` (300), `b` (300)")),
    ],
)
def test_a_target_that_settles_nothing_is_refused(
    values: list[object], bad: str | None, said: tuple[str, ...]
) -> None:
    with pytest.raises(BookError) as refusal:
        _target(values, bad)
    assert str(refusal.value).startswith("book: column `end`: ")
    assert [part for part in said if part not in str(refusal.value)] == []


def test_a_column_that_is_not_there_is_named_with_its_neighbours() -> None:
    table = read({"TARGET": [0, 1] * 50, "income": range(100)}, name="book").table
    with pytest.raises(BookError, match=r"there is no column `target`; did you mean `TARGET`\?"):
        target(table, "target")
    with pytest.raises(BookError, match="accepted: TARGET, income"):
        target(table, "zzz")


def test_few_bad_loans_are_told() -> None:
    assert _target([0] * 300 + [1] * 30).notes[-1].kind == "few"
    assert all(note.kind != "few" for note in _target([0] * 300 + [1] * 130).notes)


@given(st.lists(st.sampled_from(["ok", "lost", None]), min_size=60, max_size=90))
def test_rows_and_truth_always_belong_together(values: list[str | None]) -> None:
    if min(values.count("ok"), values.count("lost")) < 10:
        return
    outcome = _target(values, bad="lost")
    assert [values[row] for row in outcome.rows] == ["lost" if bad else "ok" for bad in outcome.bad]
    x = outcome.table["x"]
    np.testing.assert_array_equal(getattr(x, "values", None), outcome.rows)
