"""The guide, followed word by word: every file it says to save is saved, every example run, in its order."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.cli.main import COMMANDS, main

GUIDE = Path(__file__).parents[2] / "docs" / "engine.md"
_BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<kind>\w+)\n(?P<text>.*?)\n```", re.DOTALL)
_SAVE = re.compile(r"[Ss]ave this as `(?P<name>[^`]+)`:$")


class Block(NamedTuple):
    """An example: its kind, its text, and the file it is to be saved as ("" for none)."""

    kind: str
    text: str
    name: str


def blocks() -> Iterator[Block]:
    for found in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        saved = _SAVE.search(found["before"])
        yield Block(found["kind"], found["text"], saved["name"] if saved else "")


def commands(text: str) -> Iterator[list[str]]:
    for line in text.replace("\\\n", " ").splitlines():
        yield shlex.split(line)


def run(words: list[str]) -> None:
    """Run `python FILE` or `python -m engine ...`; nothing else stands in a block of commands."""
    assert words[0] == "python"
    if words[1:3] == ["-m", "engine"]:
        assert main(words[3:]) == 0, words
    else:
        runpy.run_path(words[1])


def loosely(text: str) -> list[str]:
    """Give lines without what may change: figures, and how columns are filled up."""
    return [re.sub(r"\s+", " ", re.sub(r"\d[\d.,]*", "#", line)).strip() for line in text.splitlines()]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pandas")
def test_the_guide_can_be_followed_word_by_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    said = ""
    for kind, text, name in blocks():
        if name:
            Path(name).write_text(text + "\n", encoding="utf-8")
        elif kind == "sh":
            for words in commands(text):
                run(words)
            said = capsys.readouterr().out
        elif kind == "python":
            exec(compile(text, str(GUIDE), "exec"), space)  # noqa: S102 - our own page
        elif kind == "text":
            shown = iter(loosely(said))
            for line in loosely(text):
                assert any(one.startswith(line) for one in shown), f"{line!r} is not in order in:\n{said}"
        else:
            assert kind == "console"  # installing, which a test leaves alone


def test_the_guide_tells_of_every_command() -> None:
    run_ones = {
        words[3]
        for block in blocks()
        if block.kind == "sh"
        for words in commands(block.text)
        if "-m" in words
    }
    assert set(COMMANDS) - run_ones == {"starter"}  # which needs the open books
    assert "python -m engine starter DATA" in GUIDE.read_text(encoding="utf-8")


def test_the_guide_tells_of_every_file_it_names() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    table = text[text.index("## How it is built") :]
    named = re.findall(r"`([a-z_*/]+(?:\.py|\.toml|/))`", table)
    assert len(named) > 15
    for name in named:
        assert list((GUIDE.parents[1] / "engine").glob(name.rstrip("/"))), name
