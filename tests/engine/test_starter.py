from pathlib import Path

import pytest

import engine
from engine import expert
from engine.cli.main import main
from engine.report import markdown
from engine.scorecard import Scorecard
from tests.engine.borrowers import MODEL, data

# What the same card ranked in the study that chose it, on its own reading of the same books.
STUDY = {
    "spanish": 0.799,
    "taiwan": 0.726,
    "south_german": 0.591,
    "give_me_some_credit": 0.844,
    "home_credit": 0.651,
    "superlender": 0.650,
    "lendingclub": 0.591,
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the command wrote the model and its card."""
    folder = tmp_path_factory.mktemp("models")
    assert main(["starter", str(data()), "--out", str(folder)]) == 0
    return folder


def test_the_books_give_the_model_that_ships(out: Path) -> None:
    built = engine.load(out / "starter.json")
    assert isinstance(built, Scorecard)
    assert (out / "starter.md").read_text(encoding="utf-8") == markdown.render(built)
    assert (built.base, built.gap, built.factors) == (MODEL.base, MODEL.gap, MODEL.factors)
    for name, row in built.figures.items():
        assert row == pytest.approx(MODEL.figures[name], abs=2e-3)


def test_the_card_that_ships_is_the_model_that_ships() -> None:
    assert (engine.STARTER.with_suffix(".md")).read_text(encoding="utf-8") == markdown.render(MODEL)


@pytest.mark.parametrize("book", STUDY)
def test_it_ranks_as_the_study_found(book: str) -> None:
    row = MODEL.figures[f"book {book}"]
    assert row["auc"] == pytest.approx(STUDY[book], abs=0.02)
    assert isinstance(row["auc_skipped"], float)
    assert row["auc_skipped"] < float(row["auc"] or 0)


def test_every_factor_of_the_catalogue_is_in_it_with_a_written_reason() -> None:
    assert {factor.name for factor in MODEL.factors} == set(engine.FACTORS)
    assert all(len(factor.why) > 20 for factor in MODEL.factors)


def test_its_points_are_the_experts_shrunk_by_one_slope() -> None:
    slope = float(MODEL.figures["fit"]["slope"] or 0)
    assert 0.6 < slope < 0.8
    shrunk = expert.scorecard(
        expert.read(), model_id=MODEL.id, slope=slope, bad_rate=MODEL.bad_rate, gap=MODEL.gap
    )
    assert shrunk.factors == MODEL.factors


def test_the_card_says_what_forbidding_costs_and_where_the_model_ends() -> None:
    text = markdown.render(MODEL)
    assert "| us | age, education, marital_status, sex, social_circle_defaults |" in text
    assert "## Limits" in text
    for factor in MODEL.factors:
        assert factor.why in text


def test_a_model_without_figures_has_a_card_without_tables() -> None:
    bare = expert.scorecard(expert.read(), model_id="bare", slope=1.0, bad_rate=0.1, gap=0.0)
    text = markdown.render(bare)
    assert "books it never saw" not in text
    assert "forbidden" not in text
    assert f"Base {bare.base}" in text
