"""The real books, read and screened with nothing but the name of the target."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from engine import BookError
from engine.reading import read
from engine.reading.target import target
from engine.screening import screen
from tests.engine.borrowers import data


class Book(NamedTuple):
    target: str
    rows: int
    bads: int
    refused: Mapping[str, str]
    bad: tuple[str, ...] | None = None


BOOKS = {
    "give_me_some_credit/cs-training.csv": Book(
        "SeriousDlqin2yrs", 150_000, 10_026, {"column 1": "identifier"}
    ),
    "home_credit/application_train_union9916.csv": Book(
        "TARGET",
        9_916,
        793,
        {"SK_ID_CURR": "identifier", "CODE_GENDER": "protected", "FLAG_MOBIL": "constant"},
    ),
    "spanish_credit/credit_data.csv": Book("Status", 4_454, 1_254, {"Marital": "protected"}),
    "lendingclub_modeldata/lending_club.csv": Book("Class", 9_857, 517, {}),
    "taiwan_default/UCI_Credit_Card.csv": Book(
        "default.payment.next.month", 30_000, 6_636, {"ID": "identifier", "SEX": "protected"}
    ),
    "superlender/trainperf.csv": Book(
        "good_bad_flag", 4_368, 952, {"customerid": "identifier", "approveddate": "date"}
    ),
    "south_german_credit/SouthGermanCredit.asc": Book(
        "credit_risk", 1_000, 300, {"foreign_worker": "protected"}
    ),
    "sba_case/SBAcase.11.13.17.csv": Book(
        "Default", 2_101, 686, {"Name": "personal", "MIS_Status": "leak", "ChgOffDate": "missing leak"}
    ),
    "polish_bankruptcy/1year.csv": Book("class", 7_027, 271, {"Attr14": "duplicate"}),
    "berka/loan.asc": Book("status", 682, 76, {"loan_id": "identifier", "date": "date"}, ("B", "D")),
}


@pytest.mark.parametrize("file", BOOKS)
def test_a_real_book_is_read_and_screened_by_itself(file: str) -> None:
    book = BOOKS[file]
    outcome = target(read(data() / file).table, book.target, book.bad)
    assert (outcome.table.rows, int(outcome.bad.sum())) == (book.rows, book.bads)
    refused = {item.column: item.reason for item in screen(outcome.table, outcome.bad).refused}
    assert {name: refused.get(name) for name in book.refused} == book.refused
    assert len(refused) <= len(outcome.table.columns) / 2 or book.rows < 5_000


def test_the_codes_of_the_real_books_are_suspected() -> None:
    credit = read(data() / "give_me_some_credit/cs-training.csv").suspects
    names = [
        f"NumberOfTime{late}"
        for late in ("30-59DaysPastDueNotWorse", "s90DaysLate", "60-89DaysPastDueNotWorse")
    ]
    assert credit == dict.fromkeys(names, (96.0, 98.0))
    home = read(data() / "home_credit/application_train_union9916.csv").suspects
    assert home == {"DAYS_EMPLOYED": (365243.0,)}


def test_the_german_file_without_names_is_refused() -> None:
    with pytest.raises(BookError, match="no line of column names"):
        read(data() / "german_credit/german.data.txt")
