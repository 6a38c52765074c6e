import asyncio
import base64
import contextlib
import gc
import io
import logging
import os
import re
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    for place in ("sys.excepthook", "sys.unraisablehook", "threading.excepthook", "warnings.showwarning"):
        monkeypatch.setattr(place, None)  # set back by pytest afterwards
    monkeypatch.setattr("logging.raiseExceptions", True)
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


# --- whatever nobody caught --------------------------------------------------------------------------------------


def test_what_a_thread_does_not_catch(written: io.StringIO) -> None:
    thread = threading.Thread(target=fail, args=(CANARIES[0],))
    thread.start()
    thread.join()
    assert "ValueError" in written.getvalue()
    assert CANARIES[0] not in written.getvalue()


class Dies:
    def __init__(self, text: str) -> None:
        self.text = text

    def __del__(self) -> None:
        raise ValueError(self.text)

    def __repr__(self) -> str:
        return self.text


def test_what_a_destructor_does_not_catch(written: io.StringIO) -> None:
    Dies(CANARIES[1])
    gc.collect()
    assert "ValueError" in written.getvalue()
    assert CANARIES[1] not in written.getvalue()


def test_a_warning_names_its_kind_and_place(written: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = logs._warned
        warnings.warn(f"bad {CANARIES[1]}", UserWarning, stacklevel=1)
    assert "UserWarning" in written.getvalue()
    assert "test_logs.py" in written.getvalue()
    assert CANARIES[1] not in written.getvalue()


async def later(text: str) -> None:
    raise ValueError(text)


def test_what_asyncio_finds_left_over(written: io.StringIO) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.create_task(later(CANARIES[1]), name=CANARIES[1])  # noqa: RUF006 - it is to be lost
        loop.call_soon(fail, CANARIES[0])
        loop.call_exception_handler({"message": f"odd <{CANARIES[3]}>", "protocol": CANARIES[2]})
        await asyncio.sleep(0.01)
        gc.collect()

    asyncio.run(main(), debug=True)
    text = written.getvalue()
    assert text.count("ValueError") >= 2
    assert "Task exception was never retrieved" in text
    assert not any(canary in text for canary in CANARIES)


def test_a_library_keeps_its_values_and_ours_do_not(written: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.pool").error("Exception during reset of %r", CANARIES[1])
    logging.getLogger("telegram.ext").error(f"An error: {CANARIES[1]}")  # noqa: G004 - as libraries do
    logging.getLogger("storage.backups").error("kept %d of %s", 3, "2026-11-23")
    assert "Exception during reset of %r" in written.getvalue()
    assert "An error" in written.getvalue()
    assert "kept 3 of 2026-11-23" in written.getvalue()
    assert CANARIES[1] not in written.getvalue()


def test_a_text_that_another_formatter_left_on_the_record_is_not_used() -> None:
    try:
        fail(CANARIES[1])
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, "", 0, "wrong", (), sys.exc_info())
    assert CANARIES[1] in logging.Formatter().format(record)
    assert CANARIES[1] not in logs.SafeFormatter().format(record)


def test_causes_that_go_in_a_circle_end() -> None:
    one, other = ValueError("a"), KeyError("b")
    one.__cause__, other.__cause__ = other, one
    assert logs.SafeFormatter().formatException((ValueError, one, None)) == "  ValueError\n  KeyError"


# --- the final string -----------------------------------------------------------------------------------------------

NUMBERS = (
    "11010519491231002X",
    "110105194912310021",
    "536904399",
    "12025550177",
    "525512345678",
    "4111111111111111",
)


def spellings(number: str) -> Iterator[str]:
    yield number
    for apart in (" ", "-", ".", "\u00a0", " - ", "%20", "%2D", "+", "\u200b", "/"):
        yield apart.join(number[at : at + 4] for at in range(0, len(number), 4))
        yield apart.join(number[at : at + 3] for at in range(0, len(number), 3))
    yield "".join(f"%{ord(c):02X}" for c in number if c.isdigit())
    yield base64.b64encode(number.encode()).decode()
    yield base64.urlsafe_b64encode(number.encode()).decode().rstrip("=")
    yield repr(number)
    yield number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


@pytest.mark.parametrize("number", NUMBERS)
def test_long_numbers_in_every_spelling(written: io.StringIO, number: str) -> None:
    for spelt in spellings(number):
        for before, after in (("id ", ""), ("?id=", "&x=1"), ("/bot/", "/x"), ("(", ")")):
            logging.getLogger("bot").warning(f"{before}{spelt}{after}")  # noqa: G004 - the final string counts
            line = written.getvalue().splitlines()[-1]
            if len(spelt) >= 16 or not spelt.isalnum() or spelt.isdigit():
                assert spelt not in line, line


@pytest.mark.parametrize(
    "line",
    ["item 7: ValueError", "tidied: 12 conversations, 345678 rows", "message 12345678 waits", "port 65535",
     "http://127.0.0.1:8080/", "took 0.123456 s", "revision 0003_triggers", "200 OK, 1024 bytes",
     "/work/.venv/lib/python3.11/site-packages/sqlalchemy/ext/asyncio/engine.py:1234",
     "candor-20261123-152447.backup",
     "2026-03-01T12:30:45.123456+00:00",
     "at 2026-03-01 12:30:45,123", "python-telegram-bot 22.8"],
)  # fmt: skip
def test_ordinary_numbers_are_left_alone(written: io.StringIO, line: str) -> None:
    logging.getLogger("bot").warning(line)
    assert written.getvalue().rstrip("\n").endswith(line)


@pytest.mark.parametrize(
    "line",
    ["BOXW310820HNERXN09", "LOPM900307AB1", "pin=482915", "{'income': 8642013}", '"name": "Maria Lopez"',
     "phone = 12345",
     "5f4dcc3b5aa765d61d8327deb882cf99", "q3Jt8ZxP0vLk2WnB7yRd5TgH1mXcE9sA", "TWFyaWEgTG9wZXogZGUgbGEgQ3J1eg=="],
)  # fmt: skip
def test_keys_and_named_values_are_blanked(written: io.StringIO, line: str) -> None:
    logging.getLogger("bot").warning(line)
    assert "[" in written.getvalue()
    secret = re.findall(r"[\w=]{5,}", line)[-1]
    assert secret not in written.getvalue()


def test_nobody_writes_a_second_line(written: io.StringIO) -> None:
    logging.getLogger("bot").warning("got %s", "x\n2026-01-01 00:00:00,000 ERROR   bot: forged\x1b[2J")
    assert len(written.getvalue().splitlines()) == 1
    assert "\x1b" not in written.getvalue()


@given(st.text(max_size=200))
@settings(max_examples=500, deadline=None)
def test_scrubbing_never_fails_and_twice_is_once(text: str) -> None:
    logs.scrub(text)
    assert not re.search(r"[0-9]{20}", logs.scrub(text + "1" * 25))


@pytest.mark.parametrize(
    "part", ["1", "1 ", "a", "A1", "%3", "%31", "=", "pin=", "-", "1-", "'", "pin='", "ab1C"]
)
def test_long_lines_cost_little(part: str) -> None:
    began = time.process_time()
    logs.scrub((part * 100_000)[:100_000])
    assert time.process_time() - began < 0.5


# --- the self-test ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def without_pytest() -> Iterator[None]:
    """Take pytest's own handlers away, which write everything."""
    root = logging.getLogger()
    kept = root.handlers[:]
    root.handlers[:] = [handler for handler in kept if type(handler) is logging.StreamHandler]
    yield
    root.handlers[:] = kept


def test_the_self_test_finds_a_handler_that_lets_everything_through(written: io.StringIO) -> None:
    leaky = logging.StreamHandler(io.StringIO())
    with without_pytest():
        logs.holds()
        logging.getLogger("bot.somewhere").addHandler(leaky)
        try:
            with pytest.raises(logs.LeakError, match="StreamHandler"):
                logs.holds()
            leaky.setFormatter(logs.SafeFormatter())
            logs.holds()
        finally:
            logging.getLogger("bot.somewhere").removeHandler(leaky)


def test_the_self_test_writes_nothing(written: io.StringIO) -> None:
    with without_pytest():
        logs.holds()
    assert written.getvalue() == ""


def test_nothing_else_writes_what_went_wrong() -> None:
    program = (
        "from bot import logs; import faulthandler; logs.set_up('DEBUG'); print(faulthandler.is_enabled())"
    )
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONFAULTHANDLER"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


async def test_nothing_that_is_said_is_found_wherever_the_program_writes(tmp_path: Path) -> None:
    """T18 in short; `python -m tests.drills.logs` is the whole."""
    from tests.drills.logs import Drill  # noqa: PLC0415 - loads the whole program

    report = await Drill(tmp_path, people=1).run()
    assert report.clean, str(report)
    assert report.canaries >= 20


def test_a_handler_that_a_library_brought_along_is_held_too(written: io.StringIO) -> None:
    brought = logging.StreamHandler(written)
    library = logging.getLogger("a.talkative.library")
    library.addHandler(brought)
    try:
        logs.set_up("DEBUG")
        library.warning("got 536-90-4399")
    finally:
        library.removeHandler(brought)
    assert "4399" not in written.getvalue()
