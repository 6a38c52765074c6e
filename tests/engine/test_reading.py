"""What columns are taken for, by look: numbers, dates, flags and categories as people write them."""

import csv
import datetime as dt
import io
import math
import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading import Reading, read
from engine.table import Labels, Numbers


def _read(tmp_path: Path, text: str | bytes, name: str = "book.csv") -> Reading:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


def _column(texts: list[str]) -> tuple[Reading, Numbers | Labels]:
    reading = read({"x": texts, "y": list(range(len(texts)))})
    return reading, reading.table["x"]


def _numbers(texts: list[str]) -> list[float]:
    column = _column(texts)[1]
    assert isinstance(column, Numbers)
    return list(column.values.tolist())


def _kind(texts: list[str]) -> str:
    return _column(texts)[0].kinds["x"]


def _told(reading: Reading, kind: str) -> list[str]:
    return [str(note) for note in reading.notes if note.kind == kind]


def _day(year: int, month: int, day: int) -> float:
    return float((dt.date(year, month, day) - dt.date(1970, 1, 1)).days)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", " 2.5 ", "-3e2", "+4", ".5"], [1.0, 2.5, -300.0, 4.0, 0.5]),
        (["1,234.50", "999.00", "12,345,678"], [1234.5, 999.0, 12345678.0]),
        (["1.234,50", "999,00", "12.345.678,9"], [1234.5, 999.0, 12345678.9]),
        (["1 234,50", "999,00", "2 000,00"], [1234.5, 999.0, 2000.0]),
        (["1'234.50", "999.00"], [1234.5, 999.0]),
        (["12%", "3.5 %", "100%"], [12.0, 3.5, 100.0]),
        (["¥1,000", "￥20", "¥ 3.5"], [1000.0, 20.0, 3.5]),
        (["$1,000.00", "-$20.00", "$-3.00"], [1000.0, -20.0, -3.0]),
        (["R$ 1.000,00", "R$ 20,50"], [1000.0, 20.5]),
        (["100 EUR", "20 EUR"], [100.0, 20.0]),
        (["(120)", "30", "(1,000.50)"], [-120.0, 30.0, -1000.5]),
        (["120-", "30.5", "7"], [-120.0, 30.5, 7.0]),
        (["１２３", "４５"], [123.0, 45.0]),
        (["1,00,000", "12,34,567", "500"], [100000.0, 1234567.0, 500.0]),
        (["0yrs 11mon", "2yrs 3mon", "1 year, 1 month"], [11.0, 27.0, 13.0]),
    ],
)
def test_numbers_are_read_as_people_write_them(texts: list[str], values: list[float]) -> None:
    assert _numbers(texts) == values


def test_a_word_behind_every_number_is_its_unit() -> None:
    reading, column = _column([f"{days} days" for days in range(2, 40)] + ["1 day"])
    assert isinstance(column, Numbers)
    assert column.values.tolist() == [*map(float, range(2, 40)), 1.0]
    assert "`days` behind" in _told(reading, "number")[0]
    assert _kind([f"{number} {unit}" for number in range(9) for unit in ("days", "months")]) == "category"
    assert _kind(["36 months", "60 months"] * 30) == "category"


def test_one_style_holds_for_the_whole_column() -> None:
    reading, column = _column(["1,5", "2,25", "1.000,5"])
    assert isinstance(column, Numbers)
    assert column.values.tolist() == [1.5, 2.25, 1000.5]
    reading, column = _column(["1,234", "2,345"])
    assert isinstance(column, Numbers)
    assert column.values.tolist() == [1234.0, 2345.0]
    assert "between thousands" in _told(reading, "guess")[0]  # it could have been 1.234 too


@given(st.lists(st.integers(-(10**12), 10**12).map(lambda cents: cents / 100), min_size=3, max_size=30))
@settings(max_examples=60, deadline=None)
def test_every_way_of_writing_gives_the_number_back(values: list[float]) -> None:
    styles = [f"{value:,.2f}" for value in values]
    for texts in (
        [f"{value}" for value in values],
        styles,
        [text.translate(str.maketrans(",.", ".,")) for text in styles],
        [text.replace(",", " ") for text in styles],
        [f"¥{text}" for text in styles],
    ):
        assert _numbers(texts) == values


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        (["2015-03-13", "2016-12-31"], _day(2015, 3, 13)),
        (["2015/3/13", "2016/12/31"], _day(2015, 3, 13)),
        (["2015-03-13T00:00:00Z", "2016-12-31T10:00:00+02:00"], _day(2015, 3, 13)),
        (["13/03/2015", "01/02/2016"], _day(2015, 3, 13)),
        (["03/13/2015", "01/02/2016"], _day(2015, 3, 13)),
        (["13.03.2015", "01.02.2016"], _day(2015, 3, 13)),
        (["13-03-15", "01-02-16"], _day(2015, 3, 13)),
        (["13-Mar-2015", "01-Feb-2016"], _day(2015, 3, 13)),
        (["13-Mar-15", "01-Feb-16"], _day(2015, 3, 13)),
        (["March 13, 2015", "Feb 1, 2016"], _day(2015, 3, 13)),
        (["Mar-2015", "Dec-2016"], _day(2015, 3, 1)),
        (["Mar-15", "Dec-16"], _day(2015, 3, 1)),
        (["2015-03", "2016-12"], _day(2015, 3, 1)),
        (["2015年3月13日", "2016年12月1日"], _day(2015, 3, 13)),
    ],
)
def test_dates_become_days(texts: list[str], day: float) -> None:
    reading, column = _column(texts * 10)
    assert isinstance(column, Numbers)
    assert (column.unit, reading.kinds["x"]) == ("date", "date")
    assert column.values[0] == day
    assert not np.isnan(column.values).any()


@given(st.lists(st.dates(dt.date(1950, 1, 1), dt.date(2030, 12, 31)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_day_above_twelve_settles_the_order_for_all(days: list[dt.date]) -> None:
    days = [*days, dt.date(2001, 1, 31)]
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"):
        column = read({"x": [day.strftime(form) for day in days] * 12, "y": [0] * 12 * len(days)}).table["x"]
        assert isinstance(column, Numbers)
        if len(set(days)) >= 10 or form != "%Y%m%d":  # few whole numbers are numbers
            assert column.values[: len(days)].tolist() == [_day(day.year, day.month, day.day) for day in days]


def test_an_order_of_day_and_month_that_nothing_settles_is_told() -> None:
    reading, _ = _column(["01/02/2015", "03/04/2015"])
    assert "no day above 12" in _told(reading, "guess")[0]


def test_months_written_as_one_number_are_dates_where_the_name_says_so() -> None:
    months = [201501 + month for month in range(12)] * 3
    dated = read({"month": months, "amount": months}).table
    month, amount = dated["month"], dated["amount"]
    assert isinstance(month, Numbers)
    assert isinstance(amount, Numbers)
    assert (month.unit, amount.unit) == ("date", "")
    assert month.values[1] == _day(2015, 2, 1)


def test_births_of_two_digit_years_run_on_over_the_century() -> None:
    reading, column = _column([f"01-01-{year % 100:02d}" for year in range(1949, 2001)])
    assert isinstance(column, Numbers)
    assert column.values[0] == _day(1949, 1, 1)
    assert column.values[-1] == _day(2000, 1, 1)
    assert "1949 to 2000" in _told(reading, "guess")[0]


def test_no_day_is_made_of_the_31st_of_february() -> None:
    values = _numbers(["2015-02-31"] + ["2015-01-01"] * 99)
    assert math.isnan(values[0])


def test_truth_and_flags() -> None:
    assert _numbers(["True", "False", "True"]) == [1.0, 0.0, 1.0]
    assert _numbers(["1", "0", ""])[:2] == [1.0, 0.0]
    assert [
        _kind(texts) for texts in (["yes", "no"], ["Y", "N"], ["0", "1"], ["true", "false"], ["是", "否"])
    ] == ["flag"] * 5
    assert isinstance(_column(["yes", "no"])[1], Labels)


def test_texts_that_mean_missing_are_told() -> None:
    reading, column = _column(["1", "NA", "3", "NA", "?", "", "unknown"])
    assert isinstance(column, Numbers)
    assert column.missing.tolist() == [False, True, False, True, True, True, True]
    assert "`NA` (2), `?` (1)" in _told(reading, "missing")[0]


def test_none_and_unknown_are_answers_where_answers_are_words() -> None:
    column = _column(["none", "guarantor", "unknown", "N/A"])[1]
    assert isinstance(column, Labels)
    assert column.labels == ("guarantor", "none", "unknown")


def test_rare_words_among_numbers_are_missing_and_told_with_their_lines(tmp_path: Path) -> None:
    rows = [f"{row}.5,{row}" for row in range(200)]
    rows[70] = "n.n.,70"
    reading = _read(tmp_path, "a,b\n" + "\n".join(rows) + "\n")
    assert reading.kinds["a"] == "number"
    assert _told(reading, "words") == ["a: no number, taken as missing: `n.n.` (1, first on line 72)"]


def test_numbers_and_words_in_equal_parts_are_a_category_and_told(tmp_path: Path) -> None:
    rows = [f"{row if row % 2 else f'x{row}'},{row}" for row in range(100)]
    reading = _read(tmp_path, "a,b\n" + "\n".join(rows) + "\n")
    assert reading.kinds["a"] == "category"
    assert "numbers (50) and words (50" in _told(reading, "mixed")[0]


def test_words_that_come_late_send_the_column_back_to_be_read_as_text(tmp_path: Path) -> None:
    rows = [f"0{row % 9},{row}" for row in range(600_000)] + [f"k{row % 9},{row}" for row in range(600_000)]
    column = _read(tmp_path, "a,b\n" + "\n".join(rows) + "\n").table["a"]
    assert isinstance(column, Labels)
    assert column.labels[:2] == ("00", "01")  # as they were written, not as numbers
    assert column.labels[-1] == "k8"
    assert len(column) == 1_200_000


def test_a_column_that_begins_empty_is_read_whole(tmp_path: Path) -> None:
    rows = [f",{row}," for row in range(600_000)] + [f"{row},{row},w{row % 3}" for row in range(600_000)]
    table = _read(tmp_path, "a,b,c\n" + "\n".join(rows) + "\n").table
    a, c = table["a"], table["c"]
    assert isinstance(a, Numbers)
    assert isinstance(c, Labels)
    assert np.isnan(a.values[:600_000]).all()
    assert a.values[600_000:].tolist() == list(range(600_000))
    assert (c.codes[:600_000] == -1).all()
    assert c.labels == ("w0", "w1", "w2")


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-1e15, 1e15, allow_nan=False),
            st.none() | st.sampled_from(["a b", 'say "no"', "x,y", "two\nlines", "é中", "b;c"]),
        ),
        min_size=30,
        max_size=60,
    )
)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(rows: list[tuple[float | None, str | None]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["number", "word", "row"])
    writer.writerows([*row, at + 0.5] for at, row in enumerate(rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.csv")
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        table = read(path).table
    numbers, words = table["number"], table["word"]
    assert isinstance(numbers, Numbers)
    np.testing.assert_array_equal(numbers.values, [math.nan if n is None else n for n, _ in rows])
    if isinstance(words, Labels):
        assert words.texts().tolist() == [word for _, word in rows]
    else:
        assert all(word is None for _, word in rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = ["年龄,职业,违约"] + [
        f"{20 + row % 50},{['工人', '教师'][row % 2]},{row % 5 == 0:d}" for row in range(300)
    ]
    reading = _read(tmp_path, "\n".join(rows).replace(",", delimiter).encode(encoding))
    assert list(reading.table) == ["年龄", "职业", "违约"]
    job = reading.table["职业"]
    assert isinstance(job, Labels)
    assert job.labels == ("工人", "教师")
    assert encoding in _told(reading, "encoding")[0]


def test_latin_letters_and_a_late_change_of_encoding(tmp_path: Path) -> None:
    rows = "name;a\n" + "Muñoz;1\nJosé;2\n" * 50
    name = _read(tmp_path, rows.encode("latin-1")).table["name"]
    assert isinstance(name, Labels)
    assert name.labels == ("José", "Muñoz")
    late = "a,b\n" + "plain,1\n" * 300_000 + "工人,2\n"
    word = _read(tmp_path, late.encode("gb18030")).table["a"]
    assert isinstance(word, Labels)
    assert word.labels == ("plain", "工人")


def test_what_spreadsheets_put_around_a_table_is_left_out(tmp_path: Path) -> None:
    reading = _read(tmp_path, "sep=;\na;b\n1;2\n3;4\n")
    assert list(reading.table) == ["a", "b"]
    reading = _read(tmp_path, "Loans of 2015\n\na,b,c\n" + "1,2,3\n" * 30)
    assert list(reading.table) == ["a", "b", "c"]
    assert "first 2 lines" in _told(reading, "preface")[0]
    assert list(_read(tmp_path, "a,b\n1,2,\n3,4,\n").table) == ["a", "b", "column 3"]
    assert list(_read(tmp_path, "a,b\nr1,1,2\nr2,3,4\n").table) == ["column 1", "a", "b"]


def test_line_ends_of_all_systems(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        table = _read(tmp_path, end.join(["a,b", *[f"{row},x" for row in range(50)], ""])).table
        assert table.rows == 50
        a = table["a"]
        assert isinstance(a, Numbers)
        assert a.values[-1] == 49.0


def test_special_codes_are_suspected_and_stay() -> None:
    chance = np.random.default_rng(0)
    amounts = chance.integers(0, 90, 2000).astype(float)
    for codes in ((-9.0, -7.0), (999.0,), (365243.0,), (96.0 * 10, 98.0 * 10)):
        values = amounts.copy()
        for place, code in enumerate(codes):
            values[place :: 20 + place] = code
        reading = read({"x": values})
        assert reading.suspects["x"] == codes
        column = reading.table["x"]
        assert isinstance(column, Numbers)
        assert set(codes) <= set(column.values.tolist())
    for honest in (amounts, chance.lognormal(8, 2, 2000), chance.normal(0, 1, 2000), amounts % 4 - 2):
        assert "x" not in read({"x": honest}).suspects


def test_infinite_and_absurd_numbers_are_missing_and_told(tmp_path: Path) -> None:
    reading = _read(tmp_path, "a,b\n1,1\ninf,2\n-inf,3\n1e308,4\n1e400,5\n2,6\n")
    a = reading.table["a"]
    assert isinstance(a, Numbers)
    assert np.isnan(a.values[1:5]).all()
    assert reading.notes[-1].count == 4 or "line 3" in _told(reading, "infinite")[0]
    assert np.isfinite(a.values[[0, 5]]).all()


def test_a_model_can_settle_what_a_column_is(tmp_path: Path) -> None:
    path = tmp_path / "next.csv"
    path.write_text("zip,amount,job,flag\n007,x,,\n012,5,,\n")
    kinds: dict[str, Literal["number", "category"]] = {
        "zip": "category",
        "amount": "number",
        "job": "category",
    }
    for source in (path, {"zip": ["007", "012"], "amount": ["x", "5"], "job": [None, None]}):
        zips, amount, job = (read(source, kinds=kinds).table[name] for name in ("zip", "amount", "job"))
        assert isinstance(zips, Labels)
        assert zips.labels == ("007", "012")
        assert isinstance(amount, Numbers)
        np.testing.assert_array_equal(amount.values, [np.nan, 5])
        assert isinstance(job, Labels)
        assert job.missing.all()
    zips = read({"zip": [7, None, 12]}, kinds=kinds).table["zip"]
    assert isinstance(zips, Labels)
    assert zips.texts().tolist() == ["7", None, "12"]


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("a,b\n" + "1,2\n" * 5000)
    shares: list[float] = []
    read(path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
