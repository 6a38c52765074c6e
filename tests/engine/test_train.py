from typing import Any

import numpy as np
import pytest

from engine import training
from engine.batch import score_many
from engine.judge.evaluate import auc
from engine.strict import BookError
from engine.training import Options

ROWS = 1_200


def book(seed: int = 0, rows: int = ROWS) -> dict[str, Any]:
    """Make a lender's export: five honest columns, an id, a leak, the law's business, a date and a customer."""
    random = np.random.default_rng(seed)
    income, late = random.lognormal(8, 0.5, rows).round(2), random.poisson(0.7, rows)
    town = random.choice(["north", "south", "east"], rows)
    odds = 1.2 * (np.log(income) - 8) - 0.8 * late + np.where(town == "east", -0.8, 0.3) + 1.6
    bad = random.random(rows) > 1 / (1 + np.exp(-odds))
    return {
        "loan_id": np.arange(rows) + 500_000,
        "granted": np.datetime64("2024-01-01") + random.integers(0, 700, rows).astype("timedelta64[D]"),
        "customer": random.integers(0, 800, rows),
        "income": income,
        "late": late,
        "town": town,
        "age": random.integers(18, 80, rows),
        "sex": random.choice(["f", "m"], rows),
        "collected_after_default": np.where(bad, random.uniform(1, 900, rows), 0.0),
        "result": np.where(bad, "bad", "good"),
    }


@pytest.fixture(scope="module")
def trained() -> training.Trained:
    return training.train(book(), "result", options=Options(name="Made Up.csv", group="customer"))


def test_what_may_not_be_learnt_from_is_refused_and_said(trained: training.Trained) -> None:
    refused = {item.column: item.reason for item in trained.book.refused}
    assert refused["loan_id"] == "identifier"
    assert refused["sex"] == "protected"
    assert refused["collected_after_default"] in ("leak", "missing leak")
    assert set(trained.book.table) == {"income", "late", "town", "age"}


def test_every_kind_was_measured_on_loans_it_had_not_seen(trained: training.Trained) -> None:
    figures = trained.model.figures
    for kind in ("scorecard", "tree", "boosting", "network", "blend"):
        row = figures[f"kind {kind}"]
        assert 0.65 < float(row["auc"]) < 0.9  # type: ignore[arg-type]  # these cells are numbers
        assert float(row["auc_low"]) < float(row["auc"]) < float(row["auc_high"])  # type: ignore[arg-type]  # these cells are numbers
    split = figures["split"]
    assert split["train_rows"] + split["test_rows"] == ROWS  # type: ignore[operator]  # these cells are numbers
    assert len(trained.evidence.bad) == split["test_rows"]
    assert figures["choice"]["kind"] == trained.evidence.chosen == trained.model.kind
    assert figures["road"]["loans"] == ROWS


def test_the_model_is_fitted_on_all_loans_and_ranks_new_ones(trained: training.Trained) -> None:
    fresh = book(seed=7)
    said = score_many(trained.model, fresh)
    assert auc(said.pd, fresh["result"] == "bad") > 0.68
    assert said.pd.mean() == pytest.approx((fresh["result"] == "bad").mean(), abs=0.04)


def test_groups_the_law_protects_are_measured_though_not_used(trained: training.Trained) -> None:
    rows = {name: row for name, row in trained.model.figures.items() if name.startswith("fairness")}
    assert {"fairness sex=f", "fairness sex=m"} <= set(rows)
    assert any(name.startswith("fairness age=") for name in rows)
    assert all(0 <= float(row["approval"]) <= 1 for row in rows.values())  # type: ignore[arg-type]  # these cells are numbers
    assert "proxy sex" in trained.model.figures


def test_the_profile_counts_the_book(trained: training.Trained) -> None:
    profile = trained.model.profile
    assert profile is not None
    for column in profile.columns:
        assert sum(column.good) + sum(column.bad) == ROWS
    assert sum(profile.counts) == trained.model.figures["split"]["test_rows"]


def test_the_same_seed_gives_the_same_model() -> None:
    options = Options(kind="scorecard", name="same")
    one, two = (training.train(book(rows=400), "result", options=options).model for _ in range(2))
    assert one.hash == two.hash
    other = training.train(
        book(rows=400), "result", options=Options(kind="scorecard", name="same", seed=1)
    ).model
    assert one.hash != other.hash  # what is held out is drawn anew, and the calibration with it


def test_the_latest_loans_are_held_out_where_a_date_is_named() -> None:
    made = training.train(book(), "result", options=Options(kind="scorecard", time="granted"))
    assert made.model.figures["split"]["rule"] == "the latest by granted"
    assert made.evidence.periods is not None
    months = made.evidence.periods[1]
    assert months[0] >= "2025-07"
    assert made.model.figures["book"]["last_date"] == str(max(book()["granted"]))


def test_the_loans_of_one_customer_are_never_on_both_sides() -> None:
    options = Options(kind="scorecard", group="customer")
    ready = training.look(book(), "result", options)
    customer = book()["customer"]
    known, asked = training.split(
        ready, options, np.unique(customer, return_inverse=True)[1].astype(np.int32)
    )
    assert not set(customer[known]) & set(customer[asked])


def test_a_column_kept_out_is_not_used() -> None:
    made = training.train(book(), "result", options=Options(kind="scorecard", drop=["town"]))
    assert "town" not in made.book.table


def test_a_small_card_has_the_weightiest_columns_only() -> None:
    made = training.train(book(), "result", options=Options(kind="scorecard", most=2))
    assert set(made.book.table) == {"income", "late"}
    assert made.model.figures["book"]["kept"] == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(time="when"), "no column `when`"),
        (Options(time="town"), "no date"),
        (Options(drop=["income", "late", "town", "age", "customer", "granted"]), "no column is left"),
    ],
)
def test_what_cannot_be_done_is_said(options: Options, said: str) -> None:
    with pytest.raises(BookError, match=said):
        training.train(book(rows=400), "result", options=options)


def test_progress_is_told_and_ends_at_the_end() -> None:
    heard: list[tuple[str, float]] = []
    training.train(
        book(rows=300),
        "result",
        options=Options(kind="scorecard"),
        progress=lambda text, share: heard.append((text, share)),
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert heard[-1] == ("done", 1.0)


@pytest.mark.parametrize("name", ["Loans 2024.csv", "贷款.csv", "..", "A" * 99])
def test_a_model_s_id_can_be_made_of_any_name(name: str) -> None:
    assert 0 < len(training.model_id(name)) <= 20
