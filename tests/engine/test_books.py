from pathlib import Path

import numpy as np
import pytest

from engine import FACTORS, BookError, books
from engine.table import Labels, Numbers
from tests.engine.borrowers import data

SPANISH = """\
Status,Seniority,Home,Time,Age,Marital,Records,Job,Expenses,Income,Assets,Debt,Amount,Price
good,9,rent,60,30,married,no,freelance,73,129,0,0,800,846
bad,10,owner,36,46,separated,yes,fixed,90,200,3000,1200,2000,2985
unknown,10,owner,36,46,married,yes,fixed,90,200,3000,0,2000,2985
good,0,priv,24,17,widow,no,others,90,NA,3000,0,2000,0
"""
LOANS = """\
customerid,systemloanid,loannumber,approveddate,creationdate,loanamount,totaldue,termdays,referredby,good_bad_flag
a,1,3,2017-07-25 08:22:56.000000,x,1,1,30,,Good
b,2,1,2017-07-25 08:22:56.000000,x,1,1,15,,Bad
"""
EARLIER = """\
customerid,approveddate,firstduedate,firstrepaiddate
a,2016-07-25 00:00:00,2016-08-25 00:00:00,2016-08-30 00:00:00
a,2017-01-25 00:00:00,2017-02-25 00:00:00,2017-02-20 00:00:00
c,2017-01-25 00:00:00,2017-02-25 00:00:00,2017-02-20 00:00:00
"""
PEOPLE = """\
customerid,birthdate,employment_status_clients,level_of_education_clients
a,1987-07-25 00:00:00.000000,Permanent,
a,1997-07-25 00:00:00.000000,Student,
"""


def test_a_book_reads_as_factors(tmp_path: Path) -> None:
    (tmp_path / "spanish_credit").mkdir()
    (tmp_path / "spanish_credit/credit_data.csv").write_text(SPANISH, encoding="utf-8")
    book = books.read("spanish", tmp_path)
    assert book.bad.tolist() == [False, True, False]  # the unknown outcome is left out
    assert _texts(book, "occupation") == ["self_employed", "permanent", None]
    assert _texts(book, "housing") == ["rent", "own", "other"]
    assert _texts(book, "marital_status") == ["married", "divorced", "widowed"]
    assert _numbers(book, "employment_months") == [108.0, 120.0, 0.0]
    assert _numbers(book, "age") == [30.0, 46.0, 18.0]
    np.testing.assert_allclose(_numbers(book, "total_owed_to_income"), [0.0, 0.5, np.nan])
    np.testing.assert_allclose(
        _numbers(book, "instalment_to_income"), [800 / 60 / 129, 2000 / 36 / 200, np.nan]
    )
    np.testing.assert_allclose(_numbers(book, "loan_to_price"), [800 / 846, 2000 / 2985, np.nan])


def test_a_book_of_several_tables_is_joined_by_person(tmp_path: Path) -> None:
    (tmp_path / "superlender").mkdir()
    for name, text in (("trainperf", LOANS), ("trainprevloans", EARLIER), ("traindemographics", PEOPLE)):
        (tmp_path / f"superlender/{name}.csv").write_text(text, encoding="utf-8")
    book = books.read("superlender", tmp_path)
    np.testing.assert_allclose(_numbers(book, "overdue_count_24m"), [1.0, np.nan])
    np.testing.assert_allclose(_numbers(book, "worst_overdue_days"), [5.0, np.nan])
    np.testing.assert_allclose(_numbers(book, "credit_history_months"), [12.0, np.nan], atol=0.05)
    np.testing.assert_allclose(_numbers(book, "age"), [30.0, np.nan], atol=0.01)
    assert _texts(book, "occupation") == ["permanent", None]


def _numbers(book: books.Book, name: str) -> list[float]:
    column = book.table[name]
    assert isinstance(column, Numbers)
    return [float(value) for value in column.values]


def _texts(book: books.Book, name: str) -> list[str | None]:
    column = book.table[name]
    assert isinstance(column, Labels)
    return column.texts().tolist()  # type: ignore[no-any-return]  # NumPy's lists are untyped


@pytest.mark.parametrize("name", books.available())
def test_every_mapping_speaks_of_known_factors_and_classes(name: str) -> None:
    found = books.mapping(name)
    for factor, source in found.factors.items():
        classes = FACTORS[factor].classes
        assert isinstance(source, books.Classes) == bool(classes)
        if isinstance(source, books.Classes):
            assert set(source.classes.values()) <= set(classes)


def test_only_books_whose_licence_permits_it_are_fitted() -> None:
    fitted = {name for name in books.available() if books.mapping(name).use == "fit"}
    assert fitted == {"south_german", "spanish", "taiwan"}
    assert all("no re-hosting" not in books.mapping(name).licence for name in fitted)


def test_a_book_that_is_not_there_or_not_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"credit_data\.csv: cannot be read"):
        books.read("spanish", tmp_path)
    (tmp_path / "spanish_credit").mkdir()
    (tmp_path / "spanish_credit/credit_data.csv").write_text("Status,Age\ngood,30\n", encoding="utf-8")
    with pytest.raises(BookError, match="no column `Seniority`; it has Status, Age"):
        books.read("spanish", tmp_path)


@pytest.mark.parametrize(
    ("name", "loans", "bad_rate"),
    [
        ("south_german", 1000, 0.3),
        ("spanish", 4454, 0.2815),
        ("taiwan", 30_000, 0.2212),
        ("lendingclub", 9857, 0.0525),
        ("superlender", 4368, 0.2179),
    ],
)
def test_a_real_book_has_its_published_size_and_rate(name: str, loans: int, bad_rate: float) -> None:
    book = books.read(name, data())
    assert len(book.bad) == loans
    assert book.bad_rate == pytest.approx(bad_rate, abs=1e-4)
