import io
import logging
from collections.abc import Iterator

import pytest

from bot import logs

TOKEN = "123456789:AAF-kDq0abcdefghijklmnopqrstuvwxyz"
CANARIES = ("11010519491231002X", "Quetzalcoatl Nightingale", "+12025550177", "8642013.57")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that the program would write to standard error, at DEBUG."""
    root = logging.getLogger()
    kept = (root.level, root.handlers[:])
    levels = {name: logging.getLogger(name).level for name in logs.TALKATIVE}
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.set_up("DEBUG")
    yield stream
    root.setLevel(kept[0])
    root.handlers[:] = kept[1]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def fail(text: str) -> None:
    raise ValueError(text)


def fail_together() -> None:
    raise ExceptionGroup(CANARIES[0], [ValueError(CANARIES[1]), KeyError(CANARIES[2])])


@pytest.mark.parametrize("canary", CANARIES)
def test_a_traceback_names_the_place_and_not_what_was_typed(written: io.StringIO, canary: str) -> None:
    try:
        try:
            fail(f"bad: {canary}")
        except ValueError as first:
            raise RuntimeError(f"because of {canary}") from first
    except RuntimeError:
        logging.getLogger("bot").exception("it went wrong")
    text = written.getvalue()
    assert canary not in text
    assert "ValueError" in text
    assert "RuntimeError" in text
    assert "fail (" in text
    assert "test_logs.py" in text


def test_groups_of_exceptions_keep_silent_too(written: io.StringIO) -> None:
    try:
        fail_together()
    except ExceptionGroup:
        logging.getLogger("bot").exception("several")
    assert not any(canary in written.getvalue() for canary in CANARIES)


@pytest.mark.parametrize(
    "line",
    [
        TOKEN,
        f"POST https://api.telegram.org/bot{TOKEN}/getMe",
        f"https://api.telegram.org/file/bot{TOKEN}/photos/1.png",
        f"token={TOKEN!r}",
        f"bot{TOKEN.replace(':', '%3A')}/x",
        f"bot{TOKEN.replace(':', '%3a')}/x",
        f"a{TOKEN}b, {TOKEN}",
    ],
)
def test_a_token_is_blanked(written: io.StringIO, line: str) -> None:
    logging.getLogger("bot").warning("sent %s", line)
    assert "[token]" in written.getvalue()
    assert "kDq0" not in written.getvalue()


@pytest.mark.parametrize(
    "line", ["at 12:30:45", "2026-03-01T12:30:45", "item 7: ValueError", "127.0.0.1:8080", "a:b"]
)
def test_ordinary_lines_are_left_alone(written: io.StringIO, line: str) -> None:
    logging.getLogger("bot").warning(line)
    assert line in written.getvalue()


@pytest.mark.parametrize("name", logs.TALKATIVE)
def test_libraries_that_talk_too_much_are_held_back(written: io.StringIO, name: str) -> None:
    for level in (logging.DEBUG, logging.INFO):
        logging.getLogger(name).log(level, CANARIES[0])
        logging.getLogger(f"{name}.part").log(level, CANARIES[0])
    assert CANARIES[0] not in written.getvalue()


@pytest.mark.parametrize("message", ["%d items", "%s and %s", "%(name)s", "%"])
def test_a_log_call_that_is_wrong_itself_shows_its_words_only(message: str) -> None:
    record = logging.LogRecord("bot", logging.INFO, "file.py", 1, message, (CANARIES[0],), None)
    assert logs.SafeFormatter().format(record) == f"{message}, without its values"
