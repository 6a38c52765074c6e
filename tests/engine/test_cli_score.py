import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine.cli.main import main
from tests.engine.borrowers import CN, MODEL
from tests.engine.made_loans import APPLICANT, ROOT

LIGHT = """
import sys
from engine.cli.main import main
main(["explain", '{"age": 40}'])
print(sorted({"numpy", "sklearn", "pyarrow", "rich"} & set(sys.modules)))
"""


def test_score_says_the_result_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", '{"monthly_income": 6000, "loan_amount": 9000}']) == 0
    said = capsys.readouterr().out
    result = MODEL.score(engine.record({"monthly_income": 6000, "loan_amount": 9000}, CN), CN)
    assert f"{result.score}, band {result.band}" in said
    assert "loan_to_income.good" in said


def test_one_person_is_scored_without_anything_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_score_prints_the_result_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    answers = '{"monthly_income": 6000.5, "loan_amount": 9000, "housing": "own"}'
    assert main(["score", answers, "--country", "us", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["pack_id"] == "us"
    assert printed["score"] == printed["base"] + sum(p["points"] for p in printed["points"]) + printed["clip"]


def test_a_lenders_own_model_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.json"
    MODEL.with_bad_rate(0.3).save(path)
    assert main(["score", "{}", "--model", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score"] == MODEL.with_bad_rate(0.3).score({}, CN).score


@pytest.mark.usefixtures("inside")
def test_one_person_and_a_table_give_the_same_scores(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("applicants.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert main(["score", "applicants.csv", "--model", "loans-model/model.json", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)["rows"]
    assert len(table) == len(rows)
    for row, scored in list(zip(rows, table, strict=True))[:20]:
        assert main(["score", json.dumps(row), "--model", "loans-model/model.json", "--json"]) == 0
        one = json.loads(capsys.readouterr().out)
        assert {name: one[name] for name in ("score", "pd", "band")} == scored


@pytest.mark.usefixtures("inside")
def test_a_table_is_scored_into_a_file_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["score", "applicants.csv", "--model", "loans-model/model.json", "--reasons", "--out", "s.csv"])
        == 0
    )
    assert "120 rows" in capsys.readouterr().out
    with Path("s.csv").open(encoding="utf-8") as file:
        first, *rest = csv.DictReader(file)
    assert len(rest) == 119
    assert {"score", "pd", "band", "reason_1", "points_1"} <= set(first)


@pytest.mark.usefixtures("inside")
def test_a_table_is_summed_up_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "applicants.csv", "--model", "loans-model/model.json"]) == 0
    said = capsys.readouterr().out
    assert "120" in said
    assert "Bands:" in said


@pytest.mark.usefixtures("inside")
def test_explain_adds_up_and_says_what_is_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    record = json.dumps({**APPLICANT, "colour": "red", "debt": None})
    assert main(["explain", record, "--model", "loans-model/model.json"]) == 0
    said = capsys.readouterr().out
    assert "colour: the model does not know these" in said
    model = engine.load("loans-model/model.json")
    known = {name: value for name, value in APPLICANT.items() if name != "debt"}
    assert said.count(str(model.score(known).score)) >= 2
    assert main(["explain", record, "--model", "loans-model/model.json", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["missing"] == ["debt"]
    assert printed["could_matter"]["debt"] > 0


def test_a_record_may_come_from_a_file_or_from_stdin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "me.json"
    path.write_text('{"age": 40}', encoding="utf-8")
    assert main(["score", str(path), "--json"]) == 0
    from_file = capsys.readouterr().out
    with path.open(encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["score", "-", "--json"]) == 0
    assert capsys.readouterr().out == from_file


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "["], "line 1"),
        (["score", "[]"], "accepted: one JSON object"),
        (["score", '{"age": 40, "age": 41}'], "`age` stands twice"),
        (["score", '{"age": NaN}'], "NaN is no JSON"),
        (["score", "[" * 100_000], "accepted: one JSON object"),
        (["score", '{"age": 7}'], "age: 7 is not accepted (low)"),
        (["score", '{"colour": 7}'], "no question `colour`"),
        (["score", "nobody.json"], "nobody.json: cannot be read"),
        (["score", "{}", "--country", "zz"], "available: cn, mx, us"),
        (["score", "{}", "--model", "none.json"], "none.json: cannot be read"),
        (["score", "none.csv"], "none.csv: cannot be read"),
        (["score", "none.csv", "--reasons"], "--out FILE"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert not said.out


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"wage": 1}', "reads none of `wage`; accepted: columns such as"),
        ('{"income": "much"}', "income: 'much' is no number"),
        ('{"income": [1]}', "income: a list"),
        ('{"income": 1e999}', "income"),
    ],
)
def test_what_an_own_model_cannot_read_is_refused(
    record: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", record, "--model", "loans-model/model.json", "--json"]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert json.loads(said.out) == {"error": said.err.strip(), "code": 2}
