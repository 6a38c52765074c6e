import json
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.cli.main import main

MODEL = ["--model", "loans-model/model.json"]
ANSWERS = '{"monthly_income": 6000, "loan_amount": 30000, "loan_term_months": 12, "card_utilisation": 90}'

pytestmark = pytest.mark.usefixtures("inside")


def told(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_whatif_scores_answers_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["whatif", ANSWERS, "--change", "loan_amount=9000"], capsys)
    assert data["after"]["score"] > data["before"]["score"]
    assert main(["whatif", ANSWERS, "--change", "loan_amount=9000"]) == 0
    assert str(data["after"]["score"]) in capsys.readouterr().out


def test_whatif_scores_a_record_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["whatif", "applicant.json", "--change", "debt=500", *MODEL], capsys)
    model, applicant = (
        engine.load("loans-model/model.json"),
        json.loads(Path("applicant.json").read_text("utf-8")),
    )
    assert data["before"]["score"] == model.score(applicant).score
    assert data["after"]["score"] == model.score({**applicant, "debt": 500}).score
    assert data["margin"]["low"] <= data["after"]["score"] <= data["margin"]["high"]


def test_plan_reaches_a_band_and_is_checked_later(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["plan", ANSWERS, "--target", "C", "--save", "promise.json"], capsys)
    assert data["reachable"]
    assert data["guarantee"] == "exact"
    assert data["after"]["score"] >= 600
    assert data["file"] == "promise.json"
    later = told(["plan", ANSWERS, "--check", "promise.json"], capsys)
    assert later["holds"]
    assert later["why"] == "open"
    assert main(["plan", ANSWERS, "--target", "C"]) == 0
    assert "What to change:" in capsys.readouterr().out


def test_plan_changes_the_columns_it_may(capsys: pytest.CaptureFixture[str]) -> None:
    now = told(["score", "applicant.json", *MODEL], capsys)["score"]
    data = told(
        ["plan", "applicant.json", "--target", str(now + 15), "--change", "debt:down:1000", *MODEL], capsys
    )
    assert data["reachable"]
    assert [step["question"] for step in data["steps"]] == ["debt"]
    assert data["steps"][0]["after"] >= 1000
    far = told(["plan", "applicant.json", "--target", "800", "--change", "debt:down", *MODEL], capsys)
    assert not far["reachable"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["whatif", ANSWERS], "nothing is changed"),
        (["whatif", ANSWERS, "--change", "loan_amount"], "accepted: COL=VALUE"),
        (["whatif", ANSWERS, "--change", "age=30"], "age is not for anybody to change"),
        (["whatif", "applicant.json", "--change", "wage=1", *MODEL], "the model does not read `wage`"),
        (["whatif", "applicant.json", "--change", "debt=1", "--months", "3", *MODEL], "leave --months out"),
        (["plan", ANSWERS], "--target SCORE, or a band: A, B, C, D, E"),
        (["plan", ANSWERS, "--target", "Z"], "a score from 300 to 850"),
        (["plan", ANSWERS, "--target", "900"], "off the scale"),
        (["plan", ANSWERS, "--target", "C", "--money", "much"], "accepted: a sum of 0 or more"),
        (["plan", ANSWERS, "--target", "C", "--change", "loan_amount:down"], "leave --change out"),
        (["plan", "applicant.json", "--target", "C", *MODEL], "which columns can the person change?"),
        (
            ["plan", "applicant.json", "--target", "C", "--change", "debt:sideways", *MODEL],
            "accepted: COL:down",
        ),
        (
            ["plan", "applicant.json", "--target", "C", "--change", "debt:down:x", *MODEL],
            "accepted: COL:down",
        ),
        (["plan", ANSWERS, "--check", "none.json"], "none.json"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert not said.out
