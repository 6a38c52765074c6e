import csv
import datetime as dt
import io
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sheets import Cell, csv_of, guarded, plain

FIRST = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹢", "﹣", "﹫", "⁺", "₌")
BEFORE = ("", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u202e", "\u2060 ", "\x0b", "\u0301", "\x00")


EAST = dt.timezone(dt.timedelta(hours=8))


def read(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("before", BEFORE)
def test_no_cell_begins_like_a_formula(first: str, before: str) -> None:
    text = f'{before}{first}HYPERLINK("http://x","y")'
    header, row = read(csv_of([text], [[text]]))
    assert header[0].startswith("'")
    assert row[0].startswith("'")
    assert plain(row[0]) == text.replace("\0", "")


@pytest.mark.parametrize(
    "text", ["Maria", "李梅", "a=b", "3-4", "x@y", "", " ", "1.5", "½", "😀 +", "#1", "(=)"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


def test_numbers_stay_numbers_and_dates_are_iso() -> None:
    rows: list[list[Cell]] = [
        [-5, Decimal("-12.50"), Decimal("1E+3"), None, True],
        [dt.date(2026, 2, 28), dt.datetime(2026, 3, 1, 8, 0, 0, 9, EAST), 10**30, "", False],
    ]  # fmt: skip
    assert csv_of(["a", "b", "c", "d", "e"], rows).decode("utf-8-sig") == (
        "a,b,c,d,e\r\n-5,-12.50,1000,,yes\r\n2026-02-28,2026-03-01T00:00:00Z,1000000000000000000000000000000,,no\r\n"
    )


def test_cells_are_quoted_per_rfc_4180() -> None:
    assert csv_of(["a", "b"], [['say "hi"', "one\r\ntwo"], ["x,y", "z"]]).decode("utf-8-sig") == (
        'a,b\r\n"say ""hi""","one\r\ntwo"\r\n"x,y",z\r\n'
    )


@pytest.mark.parametrize("row", [["a"], ["a", "b", "c"], [Decimal("NaN"), 1], [Decimal("-Infinity"), 1]])
def test_what_is_no_table_is_refused(row: list[Cell]) -> None:
    with pytest.raises(ValueError, match=r"a row has|is finite"):
        csv_of(["a", "b"], [row])


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        csv_of(["a"], [[dt.datetime(2026, 1, 1)]])  # noqa: DTZ001 - which is the point


def test_half_a_surrogate_pair_does_not_stop_an_export() -> None:
    assert read(csv_of(["a"], [["\ud800"]])) == [["a"], ["?"]]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
WILD = st.builds("".join, st.lists(st.sampled_from([*FIRST, *BEFORE[:-1], "'", '"', ",", "a"]), max_size=6))
NUMBER = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(TEXT | WILD | NUMBER, min_size=width, max_size=width), min_size=1)
    )
)
def test_what_is_read_back_is_what_was_written(rows: list[list[Cell]]) -> None:
    header, *found = read(csv_of(["x"] * len(rows[0]), rows))
    assert header == ["x"] * len(rows[0])
    assert len(found) == len(rows)
    for row, back in zip(rows, found, strict=True):
        for value, cell in zip(row, back, strict=True):
            if isinstance(value, str):
                assert plain(cell) == value
                assert cell in {value, f"'{value}"}
                assert not begins_a_formula(cell)
            else:
                assert Decimal(cell) == value


def begins_a_formula(cell: str) -> bool:
    """Whether a cell begins with one of the characters, once blanks and what cannot be seen are gone."""
    seen = [c for c in unicodedata.normalize("NFKC", cell) if unicodedata.category(c)[0] != "Z"
            and unicodedata.category(c) not in {"Cf", "Mn"}]  # fmt: skip
    return "".join(seen)[:1] in {*"=+-@\t\r\n"} and bool(seen)
