"""`python -m bot scam`: messages checked at the shell as the bot does it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from engine.scam import TYPES
from tests.drills.kill import ROOT


def run(given: str, *arguments: str) -> tuple[list[dict[str, Any]], str, int]:
    """Run the command; gives its lines, what it complained of, and its exit code."""
    command = (sys.executable, "-m", "bot", "scam", *arguments)
    done = subprocess.run(
        command, cwd=ROOT, input=given.encode(), capture_output=True, check=False, timeout=60
    )
    return (
        [json.loads(line) for line in done.stdout.decode().splitlines()],
        done.stderr.decode(),
        done.returncode,
    )


def test_messages_are_answered_line_by_line() -> None:
    scam = "Pay the 300 processing fee first and we release your approved loan to you"
    given = [{"id": "a", "text": scam}, {"id": 2, "text": "See you at seven for dinner"}]
    lines, wrong, code = run("\n".join(map(json.dumps, given)))
    assert (code, wrong) == (0, "")
    first, second = lines
    assert (first["id"], first["verdict"], first["type"]) == ("a", "scam", "advance_fee")
    assert first["cues"]
    assert all(words in scam for words in first["cues"])
    assert second == {"id": 2, "verdict": "no sign found", "type": "", "cues": []}


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on() -> None:
    lines, wrong, code = run(
        'nonsense\n{"id": 1}\n{"id": 2, "text": 5}\n\n{"id": 3, "text": "\\ud83d hello"}\n'
    )
    assert code == 1
    assert [line["id"] for line in lines] == [3]
    assert [line.partition(":")[0] for line in wrong.splitlines()] == ["line 1", "line 2", "line 3"]
    assert "accepted is a JSON object such as" in wrong


@pytest.mark.parametrize("language", ["en", "es", "zh_CN"])
def test_the_types_are_listed_by_name(language: str) -> None:
    lines, _, code = run("", "--types", "--lang", language)
    assert code == 0
    assert [line["type"] for line in lines] == list(TYPES)
    assert len({line["name"] for line in lines}) == len(TYPES)


def test_a_language_that_nobody_speaks_is_refused() -> None:
    lines, wrong, code = run("", "--types", "--lang", "xx")
    assert (lines, code) == ([], 1)
    assert "accepted: zh_CN, en, es" in wrong
