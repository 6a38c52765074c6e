import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.cli.main import main

MODEL = ["--model", "loans-model/model.json"]
TARGET = ["--target", "defaulted"]
PROMOTE = ["compare", "champion.json", "other-model/model.json", "newer.csv", *TARGET, "--promote"]

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def champion() -> Path:
    shutil.copy("loans-model/model.json", "champion.json")
    return Path("champion.json")


def told(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> tuple[str, Any]:
    """Run a command twice; give what it says, and its JSON."""
    assert main(arguments) == code
    said = capsys.readouterr().out
    assert main([*arguments, "--json"]) == code
    return said, json.loads(capsys.readouterr().out)


def test_evaluate_measures_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    said, data = told(["evaluate", "loans-model/model.json", "newer.csv", *TARGET], capsys)
    found = data["performance"]
    assert found["rows"] == 900
    assert 0.55 < found["auc"]["low"] < found["auc"]["value"] < found["auc"]["high"]
    assert f"{found['auc']['value']:.3f}" in said


def test_evaluate_takes_the_model_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    _, first = told(["evaluate", "loans-model/model.json", "newer.csv", *TARGET], capsys)
    _, second = told(["evaluate", "newer.csv", *TARGET, *MODEL], capsys)
    assert first == second


def test_drift_sees_that_incomes_rose_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    said, data = told(["drift", "newer.csv", *MODEL], capsys)
    moved = {one["name"]: one["psi"] for one in data["columns"]}
    assert max(moved, key=lambda name: moved[name]) == "income"
    assert data["performance"] is None
    assert "income" in said


def test_drift_with_outcomes_and_time_goes_month_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    said, data = told(["drift", "newer.csv", *MODEL, *TARGET, "--time", "granted"], capsys)
    assert [one["period"] for one in data["over_time"]] == [f"2024-{month:02d}" for month in range(1, 13)]
    assert data["calibration"]["whole"]["rows"] == 900
    assert "2024-07" in said


def test_drift_without_outcomes_still_goes_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    _, data = told(["drift", "applicants.csv", *MODEL, "--time", "granted"], capsys)
    assert sum(one["current_rows"] for one in data["by_period"]) == 120


def test_a_book_has_not_moved_against_itself(capsys: pytest.CaptureFixture[str]) -> None:
    _, data = told(["drift", "loans.csv", *MODEL], capsys)
    assert all(one["psi"] == pytest.approx(0.0, abs=1e-9) for one in data["columns"])


def test_rejects_says_first_that_it_is_an_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    said, data = told(["rejects", "newer.csv", "refused.csv", *TARGET, *MODEL], capsys)
    assert said.startswith("ASSUMPTION")
    assert data["refused"] == 300


def test_fairness_compares_groups_and_asks_for_proxies(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "fairness",
        "newer.csv",
        *MODEL,
        *TARGET,
        "--group",
        "sex",
        "--group",
        "age",
        "--approve",
        "0.7",
    ]
    said, data = told(arguments, capsys)
    assert data["approved"] == pytest.approx(0.7, abs=0.02)
    assert [one["attribute"] for one in data["attributes"]] == ["sex", "age"]
    assert data["proxies"][0]["reading"] in ("none", "trace")
    assert "fairness gate" in said


def test_a_signed_reason_opens_the_fairness_gate(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fairness", "newer.csv", *MODEL, "--group", "home", "--cutoff", "0.2"]
    _, data = told(arguments, capsys)
    assert not data["gate"]["open"]
    reason = ["--sign", "home is an input and measured as such", "--by", "A. Officer"]
    said, data = told([*arguments, *reason], capsys)
    assert data["gate"]["open"]
    assert "signed by A. Officer" in said


def test_compare_lists_differences_and_gates(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "compare",
        "loans-model/model.json",
        "other-model/model.json",
        "newer.csv",
        *TARGET,
        "--group",
        "sex",
    ]
    said, data = told(arguments, capsys)
    assert [gate["name"] for gate in data["promotion"]["gates"]] == [
        "ranking",
        "probabilities",
        "fairness",
        "fidelity",
    ]
    assert sum(map(sum, data["comparison"]["migration"])) == 900
    assert "may take over" in said
    assert not data["promoted"]


def test_a_closed_gate_keeps_the_champion(champion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = champion.read_bytes()
    arguments = ["compare", "champion.json", "other-model/model.json", "applicants.csv", "--promote"]
    said, data = told(arguments, capsys, code=2)
    assert "not promoted: closed gates: ranking, probabilities" in said
    assert not data["allowed"]
    assert champion.read_bytes() == before


def test_a_signed_reason_promotes_and_keeps_the_former(
    champion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    former, challenger = engine.load(champion), engine.load("other-model/model.json")
    reason = ["--sign", "the column home is no longer asked of anybody", "--by", "A. Officer"]
    assert main([*PROMOTE, *reason, "--group", "sex", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["promoted"]
    assert engine.load(champion).hash == challenger.hash
    assert engine.load(data["kept"]).hash == former.hash
    assert list(Path().glob("champion.*.promotion.json"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "a", "b", "c", *TARGET], "accepted: evaluate [MODEL] BOOK"),
        (["evaluate", "newer.csv", "--target", "defaultd", *MODEL], "did you mean `defaulted`"),
        (["drift", "newer.csv"], "it does not say what its book looked like"),
        (["drift", "newer.csv", *MODEL, "--time", "home"], "no column of dates"),
        (["drift", "newer.csv", *MODEL, "--time", "when"], "there is no column `when`"),
        (["rejects", "newer.csv", "none.csv", *TARGET, *MODEL], "none.csv: cannot be read"),
        (["fairness", "newer.csv", *MODEL, "--group", "colour"], "there is no column `colour`"),
        (["fairness", "newer.csv", *MODEL, "--group", "sex", "--approve", "70"], "up to 1, not 70"),
        (["fairness", "newer.csv", *MODEL, "--group", "sex", "--cutoff", "2"], "between 0 and 1"),
        (["fairness", "newer.csv", *MODEL, "--group", "age", "--bands", "age=a"], "accepted: COL=FLOOR"),
        (["fairness", "newer.csv", *MODEL, "--group", "sex", "--by", "me"], "both --sign TEXT and --by NAME"),
        (["compare", "loans.csv", "loans.csv", "newer.csv"], "loans.csv"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert not said.out
