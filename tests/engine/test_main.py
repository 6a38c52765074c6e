import json
from pathlib import Path

import pytest

import engine
from engine.__main__ import main
from engine.report import markdown
from tests.engine.borrowers import CN, MODEL


def test_score_prints_the_result_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    answers = '{"monthly_income": 6000.5, "loan_amount": 9000, "housing": "own"}'
    assert main(["score", answers, "--country", "us", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["pack_id"] == "us"
    assert printed["score"] == printed["base"] + sum(p["points"] for p in printed["points"]) + printed["clip"]


def test_a_lenders_own_model_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.json"
    engine.save(MODEL.with_bad_rate(0.3), path)
    assert main(["score", "{}", "--model", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score"] == MODEL.with_bad_rate(0.3).score({}, CN).score


def test_card_prints_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card"]) == 0
    assert capsys.readouterr().out == markdown.render(MODEL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "["], "line 1"),
        (["score", "[]"], "accepted: one JSON object"),
        (["score", '{"age": 7}'], "age: 7 is not accepted (low)"),
        (["score", '{"colour": 7}'], "no question `colour`"),
        (["score", "{}", "--country", "zz"], "available: cn, mx, us"),
        (["card", "--model", "none.json"], "cannot be read"),
        (["starter", "none"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
