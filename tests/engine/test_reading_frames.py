"""Tables that are columns already: Arrow, Parquet, Feather, data frames, mappings and records are read alike."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from engine.reading import read
from engine.table import Labels, Numbers, Table

DAY = float((dt.date(2015, 3, 13) - dt.date(1970, 1, 1)).days)


def test_columns_of_arrow_parquet_feather_pandas_and_records_are_one_table(tmp_path: Path) -> None:
    day = dt.date(2015, 3, 13)
    source = pa.table(
        {
            "n": [1, None, 3],
            "f": [1.5, float("nan"), None],
            "t": ["x", None, "x"],
            "d": [day, None, day],
            "s": pa.array(
                [dt.datetime(2015, 3, 13, 12, tzinfo=dt.UTC), None, None], pa.timestamp("us", "UTC")
            ),
            "b": [True, False, None],
            "c": pa.array(["u", "v", "u"]).dictionary_encode(),
        }
    )
    pyarrow.parquet.write_table(source, tmp_path / "book.parquet")
    pyarrow.feather.write_feather(source, tmp_path / "book.feather")
    records = source.to_pylist()
    for each in (source, tmp_path / "book.parquet", tmp_path / "book.feather", source.to_pydict(), records):
        reading = read(each)
        n, t, d, s, b = (reading.table[name] for name in "ntdsb")
        assert isinstance(n, Numbers)
        np.testing.assert_array_equal(n.values, [1, np.nan, 3])
        assert isinstance(t, Labels)
        assert t.texts().tolist() == ["x", None, "x"]
        assert isinstance(d, Numbers)
        assert d.values[0] == DAY
        assert isinstance(s, Numbers)
        assert s.values[0] == DAY + 0.5
        assert isinstance(b, Numbers)
        np.testing.assert_array_equal(b.values, [1, 0, np.nan])
        assert reading.kinds["b"] == "flag"


def test_a_pandas_frame_is_read_by_its_arrow_stream() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"n": [1.0, None], "t": ["x", "y"], "d": pandas.to_datetime(["2015-03-13", None])}
    )
    table = read(frame, name="frame").table
    assert table.name == "frame"
    assert [type(table[name]).__name__ for name in "ntd"] == ["Numbers", "Labels", "Numbers"]


def test_numpy_arrays_and_an_own_table() -> None:
    table = read({"a": np.array([1, 2]), "b": np.array(["x", "y"])}).table
    assert isinstance(table["b"], Labels)
    assert read(table).table.columns == table.columns
    assert isinstance(read(table).table, Table)
