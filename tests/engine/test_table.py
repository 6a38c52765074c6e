import numpy as np
import pytest

from engine.table import Labels, Numbers, Table, read


def _table() -> Table:
    numbers = Numbers(np.array([1.0, np.nan, 3.0]))
    return Table("book", {"a": numbers, "b": Labels(np.array([1, -1, 0], np.int32), ("no", "yes"))})


def test_rows_are_taken_by_mask_by_place_and_by_slice() -> None:
    table = _table()
    for index in (np.array([True, False, True]), np.array([0, 2]), slice(0, 3, 2)):
        taken = table.take(index)
        assert taken.rows == 2
        a, b = taken["a"], taken["b"]
        assert isinstance(a, Numbers)
        assert a.values.tolist() == [1.0, 3.0]
        assert isinstance(b, Labels)
        assert b.texts().tolist() == ["yes", "no"]
    assert table.rows == len(table) == 3


def test_columns_are_dropped_and_kept_by_name() -> None:
    table = _table()
    assert list(table.drop(("a", "no such"))) == ["b"]
    assert list(table.keep(("b", "a"))) == ["b", "a"]
    assert "a" in table
    assert table["a"].missing.tolist() == [False, True, False]
    assert table["b"].missing.tolist() == [False, True, False]


def test_columns_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="accepted: one length"):
        Table("book", {"a": Numbers(np.zeros(2)), "b": Numbers(np.zeros(3))})


def test_a_table_is_frozen() -> None:
    table = _table()
    with pytest.raises(TypeError):
        table.columns["c"] = table["a"]  # type: ignore[index]  # wrong on purpose


def test_read_gives_the_table_itself() -> None:
    assert read({"a": [1, 2], "b": ["x", None]}, name="mine").name == "mine"
