import json
import shlex
import shutil
from pathlib import Path

import pytest

from engine.cli.main import COMMANDS, found, main, parser
from tests.engine.made_loans import write_book

EXAMPLES = [(name, example) for name in COMMANDS for example in found(name).examples if name != "starter"]


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)
    assert main([]) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_two_examples(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--help"]) == 0
    said = capsys.readouterr().out
    command = found(name)
    assert len(command.examples) == 2
    assert all(example in said for example in command.examples)
    assert "--json" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_mistyped_option_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--colour"]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.fixture
def copy(lender: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a copy of the lender's folder whose book is small, for one example trains every kind."""
    for name in (
        "newer.csv",
        "refused.csv",
        "applicants.csv",
        "applicant.json",
        "loans-model",
        "other-model",
    ):
        source = lender / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    write_book(tmp_path / "loans.csv", 300, 1)
    (tmp_path / "messages.jsonl").write_text('{"text": "Pay the fee first", "type": "advance_fee"}\n')
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_the_examples_run(name: str, example: str, capsys: pytest.CaptureFixture[str]) -> None:
    start, *arguments = shlex.split(example)[2:]
    assert (start, arguments[0]) == ("engine", name)
    parser(name, found(name)).parse_args(arguments[1:])
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said
    if "--json" in arguments:
        json.loads(said)
