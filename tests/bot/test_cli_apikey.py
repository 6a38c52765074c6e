"""The shell makes, lists and ends keys, under the name "shell"."""

import argparse
from pathlib import Path

import pytest

from bot import settings, wire
from bot.cli import apikey, staff
from bot.settings import Settings


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    made = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    wire.prepare(made)
    return made


def call(told: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for family in (apikey, staff):
        family.add(commands)
    chosen = parser.parse_args(words)
    return int(chosen.call(told, chosen))


def test_a_key_is_printed_once_listed_without_itself_and_ended(
    told: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(told, "lender", "add", "First Bank", "us") == 0
    capsys.readouterr()
    assert call(told, "apikey", "add", "first bank", "core", "--for", "reading", "--days", "30") == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("candor_")
    assert call(told, "apikey", "list") == 0
    listed = capsys.readouterr().out
    assert key not in listed
    assert key[7:15] in listed
    assert "loans:read alerts:read" in listed
    assert "never" in listed
    assert call(told, "apikey", "end", "1") == 0
    assert call(told, "apikey", "end", "1") == 2
    capsys.readouterr()
    assert call(told, "apikey", "list") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "words",
    [("No Bank", "x"), ("First Bank", " "), ("First Bank", "x" * 41), ("First Bank", "x", "--days", "-1")],
)
def test_what_cannot_be_is_refused(
    told: Settings, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    call(told, "lender", "add", "First Bank", "us")
    assert call(told, "apikey", "add", *words) == 2
    assert "Nothing was changed" in capsys.readouterr().err
