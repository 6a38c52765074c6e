"""`python -m bot faq`: a support lead's own check, by the same decision as the bot's, without a database or a key."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings
from tests.faq.folder import write

SUBJECTS = {"I forgot my PIN": "pin", "does checking hurt my score?": "checks", "qqq zzz": None}


def ask(*words: str, said: str = "", config: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **({"CANDOR_CONFIG": str(config)} if config else {})}
    command = [sys.executable, "-m", "bot", "faq", *words]
    return subprocess.run(
        command, cwd=settings.ROOT, capture_output=True, text=True, check=False, env=environ, input=said
    )


def test_questions_get_their_nearest_topics_or_none() -> None:
    lines = [json.dumps({"id": text, "text": text}) for text in SUBJECTS]
    done = ask("--lang", "en", said="\n".join([*lines, ""]))
    assert (done.returncode, done.stderr) == (0, "")
    answers = {one["id"]: one["topics"] for one in map(json.loads, done.stdout.splitlines())}
    assert {text: (found or [None])[0] for text, found in answers.items()} == SUBJECTS
    assert all(len(found) in {0, 3} for found in answers.values())


def test_bad_lines_are_named_and_the_others_answered() -> None:
    bad = ["{", "[]", '{"id": 1}', '{"text": "x"}', '{"id": 2, "text": 3}', "null"]
    done = ask(said="\n".join([*bad, "", json.dumps({"id": 7, "text": "is it free?"})]))
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [f"line {n}" for n in range(1, 7)]
    (answer,) = map(json.loads, done.stdout.splitlines())
    assert (answer["id"], answer["topics"][0]) == (7, "cost")


@pytest.mark.parametrize("language", ["en", "es", "zh_CN"])
def test_the_keys_are_listed_with_their_questions(language: str) -> None:
    done = ask("--topics", "--lang", language)
    listed = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {"pin", "scam", "fell"} <= {one["topic"] for one in listed}
    assert all(one["question"] for one in listed)


def test_a_language_there_is_not_is_answered_with_those_there_are() -> None:
    done = ask("--lang", "xx")
    assert done.returncode == 1
    assert done.stderr == "--lang xx: accepted: zh_CN, en, es\n"


def test_a_folder_of_ones_own_is_checked(tmp_path: Path) -> None:
    folder = write(tmp_path / "topics", {"en/faq.toml": ("{days}", "{dayz}")})
    text = (settings.ROOT / "config.toml").read_text(encoding="utf-8")
    config = tmp_path / "config.toml"
    assert '\nfaq = ""' in text
    text = text.replace('\nfaq = ""', f'\nfaq = "{folder}"').replace('["zh_CN", "en", "es"]', '["en", "es"]')
    config.write_text(text, encoding="utf-8")
    done = ask("--check", config=config)
    assert done.returncode == 1
    assert done.stderr.startswith("en/faq.toml: [pin] answer holds {dayz}; accepted: {answer_hours}")
    write(tmp_path / "topics")
    done = ask("--check", config=config)
    assert (done.returncode, done.stdout) == (0, "2 topics in en, es: nothing wrong\n")


def test_what_ships_has_nothing_wrong() -> None:
    assert ask("--check").returncode == 0
