import json
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.books import available
from engine.cli.main import main
from engine.report import markdown

pytestmark = pytest.mark.usefixtures("inside")


def told(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_model_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["import-check", "loans-model/model.json"], capsys)
    model = engine.load("loans-model/model.json")
    assert (data["valid"], data["is"], data["hash"]) == (True, "a model", model.hash)


def test_a_book_is_recognised_and_what_it_may_not_teach(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["import-check", "loans.csv", "--target", "defaulted"], capsys)
    assert data["columns"]["income"] == "number"
    assert {item["column"] for item in data["refused"]} == {"loan_id", "granted", "sex"}
    assert main(["import-check", "loans.csv", "--target", "defaulted"]) == 0
    assert "What training would refuse" in capsys.readouterr().out


def test_mappings_and_packs_are_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(engine.__file__).parent
    assert told(["import-check", str(folder / "books" / f"{available()[0]}.toml")], capsys)["factors"]
    assert told(["import-check", str(folder / "countries" / "us.toml")], capsys)["id"] == "us"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.pkl", b"\x80\x04\x95" + b"\0" * 50, "pickle"),
        ("model.skops", b"PK\x03\x04" + b"\0" * 50, "zip"),
        ("model.json", b'{"hash": "0", "model": {}}', "model.json"),
        ("map.toml", b'title = "x"\ncolour = 1\n', "map.toml"),
        ("book.csv", b"", "book.csv"),
        ("book.parquet", b"PAR1 and no more", "book.parquet"),
    ],
)
def test_what_is_no_good_is_refused_with_a_reason(
    name: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    data = told(["import-check", str(tmp_path / name)], capsys, code=2)
    assert not data["valid"]
    assert message in data["why"]
    assert len(data["sha256"]) == 64


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-check", "none.csv"]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_card_prints_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card"]) == 0
    assert capsys.readouterr().out == markdown.render(engine.load())


def test_card_as_json_page_and_paper(capsys: pytest.CaptureFixture[str]) -> None:
    model = ["--model", "loans-model/model.json"]
    assert told(["card", *model], capsys)["figures"]["book"]["rows"] == 1500
    assert main(["card", *model, "--html", "page.html"]) == 0
    assert Path("page.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert main(["card", *model, "--paper", "--html", "paper.html"]) == 0
    capsys.readouterr()
    assert main(["card", *model, "--paper"]) == 0
    assert (
        capsys.readouterr().out.rstrip() == Path("loans-model/paper.txt").read_text(encoding="utf-8").rstrip()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["card", "--html", "none/page.html"], "there is no folder"),
        (["card", "--html", "loans-model"], "this is a folder"),
        (["card", "--model", "loans.csv"], "loans.csv"),
        (["starter", "none"], "cannot be read"),
        (["crad"], "did you mean card?"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
