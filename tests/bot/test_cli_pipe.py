"""Commands whose reader goes away before the end, as `head` does."""

import json
import subprocess
import sys

import pytest

from bot import settings

QUESTIONS = "\n".join(json.dumps({"id": n, "text": "Does checking hurt my score?"}) for n in range(200))


@pytest.mark.parametrize(
    ("command", "read"), [("faq", True), ("scam", True), ("faq --topics", False), ("scam --types", False)]
)
def test_a_reader_who_has_seen_enough_ends_it_quietly(command: str, read: bool) -> None:
    """Whether the reader leaves in the middle or before the first line is out."""
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", *command.split()],
        cwd=settings.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None
    with running:
        if not read:
            running.stdout.close()
        running.stdin.write(QUESTIONS.encode())
        running.stdin.close()
        if read:
            assert running.stdout.readline()
            running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
