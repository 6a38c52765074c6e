import csv
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import engine
from engine.bins import FactorPoints
from engine.kinds import Blend, Nonlinear
from engine.scale import Scale
from engine.scorecard import Scorecard, base_points
from tests.engine import made_models
from tests.engine.borrowers import MODEL
from tests.engine.made_loans import APPLICANT, ROOT

LIGHT = """
import sys, engine
missing = [name for name in engine.__all__ if name not in dir(engine)]
engine.load().score({"age": 30.0})
print(missing, sorted({"numpy", "sklearn", "pyarrow", "rich", "matplotlib"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def card(lender: Path) -> engine.Scorecard:
    model = engine.train(lender / "loans.csv", "defaulted", kind="scorecard")
    assert isinstance(model, engine.Scorecard)
    return model


def test_importing_the_engine_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


def test_every_public_name_is_there_and_documented() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    for name in ("train", "refit", "drift", "fairness", "compare", "Classifier", "OptimalBinning"):
        assert getattr(engine, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        engine.colour  # noqa: B018 - the name alone must raise


def test_train_is_the_function_whatever_was_imported_before() -> None:
    probe = "import engine.training, engine.api.fit, engine; print(callable(engine.train))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_same_book_from_a_file_and_a_frame_gives_the_same_model(
    card: engine.Scorecard, lender: Path
) -> None:
    steps: list[float] = []
    frame = pd.read_csv(lender / "loans.csv")
    again = engine.train(
        frame, "defaulted", kind="scorecard", name="loans", progress=lambda _, share: steps.append(share)
    )
    assert again.score(APPLICANT).score == card.score(APPLICANT).score
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_a_model_scores_many_as_one_and_saves_itself(
    card: engine.Scorecard, lender: Path, tmp_path: Path
) -> None:
    with (lender / "applicants.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    many = card.score_many(people)
    assert many.score.tolist() == [card.score(person).score for person in people]
    card.save(tmp_path / "own.json")
    assert engine.load(tmp_path / "own.json").hash == card.hash


def test_every_kind_saves_itself(tmp_path: Path) -> None:
    draw = made_models.chance(0)
    bodies = (made_models.single(draw), made_models.boosting(draw), made_models.network(draw))
    every: list[Scorecard | Nonlinear | Blend] = [MODEL, made_models.blend(draw)]
    every += [made_models.model(body) for body in bodies]
    for model in every:
        model.save(tmp_path / "own.json")
        assert engine.load(tmp_path / "own.json").hash == model.hash


def test_refit_gives_edited_bins_their_points(card: engine.Scorecard, lender: Path) -> None:
    debt = FactorPoints(name="debt", own=True, why="", cuts=(3000.0, 9000.0), points=(0, 0, 0))
    rest = [entry for entry in card.factors if entry.name != "debt"]
    edited = msgspec.structs.replace(card, factors=(debt, *rest))
    made = engine.refit(edited, lender / "loans.csv", "defaulted")
    found = made.points_at("debt")
    assert found is not None
    assert found.cuts == debt.cuts
    assert list(found.points) == sorted(found.points, reverse=True)  # more debt is riskier in this book
    pd_now = made.score_many(lender / "loans.csv").pd.mean()
    assert pd_now == pytest.approx(made.bad_rate, abs=0.005)
    assert made.figures == {}
    assert made.profile is not None


def test_refit_keeps_what_the_table_cannot_say(card: engine.Scorecard, lender: Path) -> None:
    frame = pd.read_csv(lender / "loans.csv").drop(columns=["home"])
    made = engine.refit(card, frame, "defaulted")
    assert made.points_at("home") == card.points_at("home")
    dropped = engine.refit(card, frame, "defaulted", drop=["home"])
    assert dropped.points_at("home") is None


def test_refit_holds_factors_of_the_catalogue_to_their_direction() -> None:
    draw = np.random.default_rng(0)
    months = draw.uniform(0, 240, 800)
    bad = draw.random(800) < np.where(months > 120, 0.6, 0.1)  # the wrong way round
    frame = {"employment_months": months, "end": np.where(bad, "bad", "good").tolist()}
    before = FactorPoints(name="employment_months", why="", cuts=(12.0, 120.0), points=(-10, 0, 10))
    model = engine.Scorecard(id="m", bad_rate=0.1, base=base_points(Scale(), 0.1, 0.0), factors=(before,))
    found = engine.refit(model, frame, "end").points_at("employment_months")
    assert found is not None
    assert list(found.points) == sorted(found.points)


def test_the_classifier_keeps_to_scikit_learns_conventions() -> None:
    for check in check_estimator(engine.Classifier(), on_skip=None, on_fail=None):
        assert check["status"] == "passed" or check["check_name"] == "check_array_api_input", check


@pytest.mark.parametrize("kind", ["scorecard", "tree", "network"])
def test_the_classifier_reads_frames_in_a_pipeline(kind: str, lender: Path) -> None:
    frame = pd.read_csv(lender / "loans.csv")
    columns, bad = frame[["income", "debt", "months_employed", "home"]], frame["defaulted"]
    pipe = make_pipeline(FunctionTransformer(), clone(engine.Classifier(kind=kind, folds=3)))  # type: ignore[arg-type]  # a parametrised text is no Literal
    pipe.fit(columns, bad)
    made = pipe[-1]
    assert made.classes_.tolist() == ["no", "yes"]
    chances = pipe.predict_proba(columns)
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert chances[(bad == "yes").to_numpy(), 1].mean() > chances[(bad == "no").to_numpy(), 1].mean()
    assert made.model_.score(APPLICANT).pd > 0


@pytest.mark.parametrize(
    ("kind", "bad", "message"),
    [
        ("forest", [0, 1] * 20, "accepted: all, scorecard"),
        ("scorecard", [0, 1, 2, 1] * 10, "Only binary classification"),
        ("scorecard", [1] + [0] * 39, "2 of each"),
        ("scorecard", [0] * 40, "one class"),
    ],
)
def test_the_classifier_refuses_what_cannot_be_learnt(kind: str, bad: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engine.Classifier(kind=kind).fit(np.arange(40.0).reshape(-1, 1), bad)  # type: ignore[arg-type]  # a parametrised text is no Literal
