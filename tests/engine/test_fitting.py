import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import FACTORS, load
from engine.batch import score_many
from engine.fitting import additive, scorecard
from engine.fitting.coding import coding
from engine.fitting.scorecard import Plan
from engine.judge.evaluate import auc
from engine.scorecard import Scorecard
from engine.table import Labels, Numbers, Table

STARTER = load()
ROWS = 3_000


def book(seed: int = 0, rows: int = ROWS) -> tuple[Table, np.ndarray]:
    """Make a book whose truth is known: income helps, age turns at 45, a code of 999 is bad, towns differ."""
    random = np.random.default_rng(seed)
    income, age = random.lognormal(8, 0.5, rows), random.uniform(18, 80, rows)
    late = random.poisson(0.5, rows).astype(float)
    late[random.random(rows) < 0.03] = 999
    town = random.integers(0, 6, rows).astype(np.int32)
    income[random.random(rows) < 0.1] = np.nan
    odds = 1.5 + np.where(
        np.isnan(income), -0.5, 1.2 * (np.log(np.where(np.isnan(income), 3000, income)) - 8)
    )
    odds = odds - 0.002 * (age - 45) ** 2 + np.where(late == 999, -2.0, -0.7 * np.minimum(late, 4))
    odds = odds + np.array([0, 0, 0.8, 0.8, -0.8, -0.8])[town]
    bad = random.random(rows) > 1 / (1 + np.exp(-odds))
    columns: dict[str, Numbers | Labels] = {
        "income": Numbers(income),
        "age": Numbers(age),
        "late": Numbers(late),
        "town": Labels(town, tuple("abcdef")),
        "noise": Numbers(random.normal(size=rows)),
    }
    return Table("made up", columns), bad


def bins(model: Scorecard, name: str) -> tuple[int, ...]:
    entry = model.points_at(name)
    assert entry is not None
    return entry.points


def test_the_shapes_of_the_truth_are_found() -> None:
    table, bad = book()
    model = scorecard.fit(table, bad, plan=Plan(specials={"late": [999.0]}))
    assert list(bins(model, "income")) == sorted(bins(model, "income"))
    ages = bins(model, "age")
    assert ages.index(max(ages)) not in (0, len(ages) - 1)  # a peak in the middle
    late = model.points_at("late")
    assert late is not None
    assert [code for code, _ in late.specials] == [999.0]
    assert late.specials[0][1] < min(late.points[:2])
    towns = model.points_at("town")
    assert towns is not None
    assert list(towns.points) == sorted(towns.points)
    order = [label for group in towns.classes for label in group]
    assert (set(order[:2]), set(order[-2:])) == (set("ef"), set("cd"))
    noise = model.points_at("noise")
    assert noise is None or noise.effect < 25


def test_it_ranks_and_its_level_is_true() -> None:
    table, bad = book(1)
    fresh, truth = book(2)
    model = scorecard.fit(table, bad)
    said = score_many(model, fresh)
    assert auc(said.pd, truth) > 0.72
    assert said.pd.mean() == pytest.approx(truth.mean(), abs=0.02)
    assert score_many(model, table).pd.mean() == pytest.approx(
        bad.mean(), abs=0.003
    )  # whole points round a little


def test_a_trend_that_is_asked_for_is_kept() -> None:
    table, bad = book()
    model = scorecard.fit(table, bad, plan=Plan(trends={"age": "down"}))
    assert list(bins(model, "age")) == sorted(bins(model, "age"), reverse=True)


def test_calibration_stretches_the_points() -> None:
    table, bad = book()
    one, two = (scorecard.fit(table, bad, slope=slope) for slope in (1.0, 2.0))
    assert one.points_at("income").effect * 1.8 < two.points_at("income").effect  # type: ignore[union-attr]  # a factor of this model


def mapped(rows: int, seed: int) -> tuple[Table, np.ndarray]:
    """Make loans of people who repay as the starter expects."""
    random = np.random.default_rng(seed)
    columns: dict[str, Numbers | Labels] = {
        "overdue_count_24m": Numbers(random.poisson(0.6, rows).astype(float)),
        "card_utilisation": Numbers(random.uniform(0, 1.2, rows)),
        "housing": Labels(random.integers(-1, 4, rows).astype(np.int32), ("family", "other", "own", "rent")),
    }
    table = Table("mapped", columns)
    return table, random.random(rows) < score_many(STARTER, table).pd


def test_without_loans_to_speak_of_the_card_is_the_starter() -> None:
    table, bad = mapped(60, 3)
    model = scorecard.fit(table, bad, plan=Plan(catalogue=frozenset(table)), prior=STARTER)
    fresh, _ = mapped(2_000, 4)
    near = np.corrcoef(score_many(model, fresh).unclipped, score_many(STARTER, fresh).unclipped)[0, 1]
    assert near > 0.8
    kept = {entry.name for entry in model.factors}
    assert {
        "employment_months",
        "enquiries_6m",
    } <= kept  # what the book does not have keeps the starter's points


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_catalogue_s_directions_hold_whatever_the_book_says(seed: int) -> None:
    table, _ = mapped(300, seed)
    random = np.random.default_rng(seed)
    bad = random.random(300) < 0.3  # pure chance
    model = scorecard.fit(table, bad, plan=Plan(catalogue=frozenset(table)), prior=STARTER)
    for (
        entry
    ) in model.factors:  # the struct itself refuses a wrong direction; what is missing is worth nothing
        assert entry.missing == 0
        assert entry.name in FACTORS


def test_the_smallest_book_and_the_emptiest_columns_fit() -> None:
    bad = np.array([True, False] * 10)
    columns: dict[str, Numbers | Labels] = {
        "empty": Numbers(np.full(20, np.nan)),
        "same": Numbers(np.ones(20)),
        "x": Numbers(np.arange(20.0)),
    }
    model = scorecard.fit(Table("small", columns), bad)
    assert 300 <= model.score({"x": 3.0}).score <= 850


def test_one_outcome_is_refused() -> None:
    table, bad = book(rows=100)
    with pytest.raises(ValueError, match="both good and bad"):
        scorecard.fit(table, np.zeros_like(bad))


def test_curves_do_not_depend_on_how_rows_are_ordered() -> None:
    table, bad = book(5)
    order = np.random.default_rng(0).permutation(len(bad))
    one = scorecard.fit(table, bad)
    two = scorecard.fit(table.take(order), bad[order])
    near = np.corrcoef(score_many(one, table).unclipped, score_many(two, table).unclipped)[0, 1]
    assert near > 0.999


def test_calibration_finds_the_line() -> None:
    random = np.random.default_rng(0)
    odds = random.normal(7, 1.5, 20_000)
    good = random.random(20_000) < 1 / (1 + np.exp(-(0.5 * odds - 2)))
    assert additive.calibration(odds, good) == pytest.approx((-2, 0.5), abs=0.15)


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=50))
def test_every_label_has_a_level(texts: list[str]) -> None:
    labels = tuple(sorted({text for text in texts if text}))
    column = Labels(np.array([labels.index(text) if text else -1 for text in texts], dtype=np.int32), labels)
    laid = coding(column)
    codes = laid.codes(column)
    if labels:
        assert ((codes >= 0) & (codes < laid.size)).all()
