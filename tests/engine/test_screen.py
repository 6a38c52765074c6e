"""What is refused of a book and why: each rule with a column that breaks it and one that only looks so."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import BookError, countries
from engine.reading import read
from engine.screening import Refusal, Screening, screen
from engine.screening.figures import area
from engine.screening.names import identifier, outcome, personal, protected

ROWS = 2000
CHANCE = np.random.default_rng(7)
BAD: NDArray[np.bool_] = CHANCE.random(ROWS) < 0.2


def _screen(columns: dict[str, Any], **how: Any) -> Screening:
    return screen(read(columns, name="book").table, BAD, **how)


def _reason(name: str, values: Any, **how: Any) -> str:
    found = _screen({name: values}, **how).refused
    return found[0].reason if found else ""


def _refusal(name: str, values: Any, **how: Any) -> Refusal:
    return _screen({name: values}, **how).refused[0]


def _strange(size: int) -> list[str]:
    return [f"{value:032x}" for value in CHANCE.integers(1 << 60, 1 << 62, size).tolist()]


IDENTIFIERS = {
    "row_id": list(range(ROWS)),
    "LoanNr": CHANCE.permutation(10 * ROWS)[:ROWS].tolist(),
    "x1": list(range(ROWS)),
    "x2": CHANCE.permutation(ROWS).tolist(),
    "x3": (10**9 + CHANCE.integers(0, 10**8, ROWS)).tolist(),
    "x4": _strange(ROWS),
    "x5": _strange(ROWS // 4) * 4,
    "x6": [f"Company {row} Ltd" for row in range(ROWS)],
}
PERSONAL = {
    "x1": [f"someone{row}@example.org" for row in range(ROWS)],
    "x2": [f"+44 20 {7000 + row // 100:04d} {row % 10000:04d}" for row in range(ROWS)],
    "full_name": [f"Given{row} Family{row % 97}" for row in range(ROWS)],
    "姓名": [f"{'王李张'[row % 3]}{'伟芳娜强'[row % 4]}{'明华丽秀英'[row % 5]}" for row in range(ROWS)],
    "身份证": [f"{11010119900101 * 1000 + row * 7:017d}X" for row in range(ROWS)],
}
HONEST = {
    "income": (CHANCE.lognormal(10, 1, ROWS) // 1).tolist(),
    "score": CHANCE.normal(0, 1, ROWS).tolist(),
    "days_birth": (-CHANCE.integers(7000, 25000, ROWS)).tolist(),
    "number_of_loans": CHANCE.integers(0, 12, ROWS).tolist(),
    "city": [f"city {value}" for value in CHANCE.integers(0, 60, ROWS)],
    "account_age": CHANCE.integers(0, 300, ROWS).tolist(),
    "loan_to_value": CHANCE.random(ROWS).tolist(),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers_are_refused(name: str) -> None:
    assert _reason(name, IDENTIFIERS[name]) == "identifier"


@pytest.mark.parametrize("name", PERSONAL)
def test_what_names_or_reaches_a_person_is_refused(name: str) -> None:
    assert _reason(name, PERSONAL[name]) == "personal"


@pytest.mark.parametrize("name", HONEST)
def test_honest_columns_are_kept(name: str) -> None:
    assert _screen({name: HONEST[name]}).kept == (name,)


def test_constants_are_refused_and_rare_flags_are_kept() -> None:
    assert _reason("x", [3.0] * ROWS) == "constant"
    assert _reason("x", ["a"] * ROWS) == "constant"
    assert "differs from its usual value in 7 rows only" in str(_refusal("x", [1] * 7 + [0] * (ROWS - 7)))
    assert _reason("x", [None] * ROWS) == "empty"
    assert _reason("x", [1] * 20 + [0] * (ROWS - 20)) == ""
    assert _reason("x", [None] * (ROWS - 100) + ["yes"] * 100) == ""  # what is missing tells something too
    rare = screen(read({"x": [1.0] * 30 + [0.0] * 99_970}).table, np.arange(100_000) % 10 == 0)
    assert rare.kept == ("x",)  # 0.03 % of the rows, but thirty of them


def test_leaks_are_refused_with_their_figure() -> None:
    leak = np.where(BAD, 5.0, 1.0) + CHANCE.normal(0, 0.1, ROWS)
    refusal = _refusal("x", leak)
    assert refusal.reason == "leak"
    assert refusal.figure > 0.99
    assert "--keep 'x'" in str(refusal)
    turned = np.abs(np.where(BAD, 0.0, CHANCE.choice([-1, 1], ROWS)) * 3 + CHANCE.normal(0, 0.1, ROWS))
    assert _reason("x", turned) == "leak"  # whatever the shape
    assert _reason("x", np.where(BAD, "lost", "fine").tolist()) == "leak"
    dates = np.where(BAD, "2015-03-13", "").tolist()
    assert _reason("x", dates) == "missing leak"
    recovered = np.where(BAD & (CHANCE.random(ROWS) < 0.4), CHANCE.integers(1, 900, ROWS), 0)
    assert _reason("recoveries", recovered) == "leak"  # only some of the bad ones, but no good one


def test_an_identifier_cannot_fake_a_leak_nor_a_strong_column_be_one() -> None:
    words = [f"w{value}" for value in CHANCE.integers(0, 90, ROWS)]
    assert _reason("x", words) == ""
    strong = _screen({"x": np.where(BAD, 2.5, 0.0) + CHANCE.normal(0, 1, ROWS)})
    assert strong.kept == ("x",)
    assert [note.kind for note in strong.warnings] == ["strong"]


def test_names_of_outcomes_are_warned_of() -> None:
    found = _screen({"total_rec_prncp": HONEST["income"]})
    assert [note.kind for note in found.warnings] == ["late"]
    assert "--drop 'total_rec_prncp'" in str(found.warnings[0])


def test_a_copy_is_refused_and_names_the_first() -> None:
    income = np.array(HONEST["income"])
    found = _screen(
        {"income": income, "x": income, "y": income + 1, "job": ["a", "b"] * 1000, "z": ["a", "b"] * 1000}
    )
    assert [(item.column, item.reason) for item in found.refused] == [("x", "duplicate"), ("z", "duplicate")]
    assert "the same as `income`" in str(found.refused[0])


def test_a_date_is_refused_and_too_many_categories() -> None:
    assert _reason("x", [f"2015-{1 + row % 12:02d}-01" for row in range(ROWS)]) == "date"
    many = _refusal("x", [f"street {value}" for value in CHANCE.integers(0, 700, ROWS)])
    assert many.reason == "categories"
    hundred_thousand = screen(
        read({"x": [f"c{row % 100_000}" for row in range(200_000)]}).table, np.arange(200_000) % 5 == 0
    )
    assert hundred_thousand.refused[0].reason == "categories"
    assert "100,000 categories" in hundred_thousand.refused[0].text


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("CODE_GENDER", ["F", "M"]),
        ("sexo", ["H", "M"]),
        ("性别", [1, 2]),
        ("x7", ["male", "female"]),
        ("x8", ["f", "m"]),
        ("personal_status_sex", [1, 2]),
        ("MaritalStatus", ["a", "b"]),
        ("x9", ["married", "single"]),
        ("NAME_EDUCATION_TYPE", ["a", "b"]),
        ("Religion", ["a", "b"]),
        ("ethnic group", ["a", "b"]),
        ("foreign_worker", [1, 2]),
        ("民族", ["a", "b"]),
    ],
)
def test_protected_grounds_are_refused_by_name_and_by_value(name: str, values: list[object]) -> None:
    mixed = [values[row] for row in CHANCE.integers(0, 2, ROWS)]
    assert _reason(name, mixed) == "protected"
    assert _screen({name: mixed}, keep=(name,)).kept == (name,)


def test_the_law_of_a_country_decides_and_is_final() -> None:
    sex = [["male", "female"][row] for row in CHANCE.integers(0, 2, ROWS)]
    age = CHANCE.integers(18, 90, ROWS)
    us, cn = countries.load("us"), countries.load("cn")
    assert _screen({"age": age}).kept == ("age",)
    assert _screen({"age": age}, pack=cn).kept == ("age",)
    refusal = _refusal("age", age, pack=us, keep=("age",))
    assert (refusal.reason, refusal.final) == ("forbidden", True)
    assert "the pack of US forbids it" in str(refusal)
    assert "--keep" not in str(refusal)
    assert _reason("sex", sex, pack=us, keep=("sex",)) == "forbidden"
    assert _reason("race", sex, pack=us, keep=("race",)) == "forbidden"  # may not even be stored
    assert _reason("account_age", age, pack=us) == ""


def test_what_the_lender_asks_for() -> None:
    found = _screen({"a": HONEST["income"], "b": HONEST["score"]}, forbidden=("a",))
    assert (found.kept, found.refused[0].reason) == (("b",), "asked")
    found = _screen({"row_id": list(range(ROWS))}, keep=("row_id",))
    assert found.kept == ("row_id",)
    assert "kept because you asked for it, though it numbers the rows" in str(found.warnings[0])
    with pytest.raises(BookError, match=r"no column `incme`; did you mean income\?"):
        _screen({"income": HONEST["income"]}, keep=("incme",))


def test_screening_is_the_same_every_time() -> None:
    assert _screen(HONEST, seed=3) == _screen(HONEST, seed=3)


@pytest.mark.parametrize(
    ("name", "grounds"),
    [
        ("OWN_CAR_AGE", ()),
        ("months_since_oldest_account", ()),
        ("AGE", ("age",)),
        ("CustomerAge", ("age",)),
        ("single_premium", ()),
        ("essex_branch", ()),
        ("trace", ()),
        ("personal_status_sex", ("sex", "marital_status")),
    ],
)
def test_names_are_matched_word_by_word(name: str, grounds: tuple[str, ...]) -> None:
    assert protected(name) == grounds


def test_names_of_identifiers_people_and_outcomes() -> None:
    assert all(map(identifier, ("SK_ID_CURR", "ID", "loanId", "LoanNr_ChkDgt", "customerid", "客户编号")))
    assert not any(map(identifier, ("income", "idle_days", "notes")))
    assert all(map(personal, ("FirstName", "e-mail", "phone_number", "手机号码")))
    assert all(map(outcome, ("recoveries", "ChgOffDate", "loan_status", "last_pymnt_d", "MIS_Status")))
    assert not any(map(outcome, ("loan_amount", "credit_history", "delinq_2yrs")))


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    bads, goods = CHANCE.integers(0, 20, 12), CHANCE.integers(1, 20, 12)
    rate = CHANCE.integers(0, 6, 12) / 6
    right = sum(
        b * g * (1.0 if r > q else 0.5 if r == q else 0.0)
        for r, b in zip(rate, bads, strict=True)
        for q, g in zip(rate, goods, strict=True)
    )
    assert area(rate, bads, goods) == pytest.approx(right / (bads.sum() * goods.sum()))
