"""Logs that a stranger may read: no personal data, no token, whatever went wrong.

An exception's text may quote what a person typed, so a traceback is written as its frames and class names only, and of
a library's message its fixed words, never its values. What our own lines say is trusted to name rows and places, and
is scrubbed all the same, in the final string: tokens, long numbers however they are spelt, keys, packed text.
"""

import base64
import binascii
import copy
import io
import logging
import re
import sys
import threading
import traceback
import warnings
from types import TracebackType

TALKATIVE = (
    "httpx",
    "httpcore",
    "telegram",
    "aiohttp",
    "aiosqlite",
    "sqlalchemy",
    "apscheduler",
    "asyncio",
    "alembic",
    "PIL",
)
"""Libraries that log requests, updates or SQL parameters: held at WARNING."""

OURS = frozenset({"bot", "storage", "engine", "__main__"})

CANARIES = (
    *(
        "123456789:AAF-kDq0abcdefghijklmnopqrstuvwxyz",
        "11010519491231002X",
        "536-90-4399",
        "+52 55 1234 5678",
    ),
    *("4111%201111%201111%201111", "%2B12025550177", "BOXW310820HNERXN09", "MTEwMTA1MTk0OTEyMzEwMDJY"),
    *("5f4dcc3b5aa765d61d8327deb882cf99", "q3Jt8ZxP0vLk2WnB7yRd5TgH1mXcE9sA", "Quetzalcoatl Nightingale"),
)
"""What `holds` tries to get out, in texts, values and exceptions."""
_UNKNOWABLE = CANARIES[-1]  # a name, which only the place where it stands gives away: it is tried there alone

_Trouble = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_DIGIT = r"(?:%3[0-9]|\d)"
_BETWEEN = "(?:[ .\\-()/_+\u00a0\u200b\u2010-\u2015]|%(?:2[0-9A-Fa-f]|C2%A0|E2%80%8B)){0,3}"
_HIDDEN = re.compile(
    r"(?P<time>\b[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?\b"
    r"|(?<![0-9])20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[T_-](?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}(?![0-9]))"
    # also where it follows a letter (".../bot123:AAF...") or is percent-encoded
    r"|(?P<token>(?<![0-9])[0-9]{1,20}(?::|%3[Aa])[\w-]{10,100})"
    rf"|(?P<number>{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{8,}}[Xx]?)"
    r"|(?P<id>\b[A-Z]{4}[0-9]{6}(?:[HMX][A-Z]{5}[A-Z0-9][0-9]|[A-Z0-9]{3})\b)"
)
_KEY = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")
_READABLE = re.compile(r"[\w .,:;@+\-/()'\"{}=]{8,}")
_NAMED = re.compile(
    r"(?i)\b(pin|nip|password|secret|income|salary|phone|national_id|(?:first_|last_)?name|text|caption)"
    r"(['\"]?\s*=\s*|['\"]\s*:\s*)('[^']*'?|\"[^\"]*\"?|[^\s,;)}\]]+)"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_VALUES = re.compile(r"[<('\"\[{\n:]")


class LeakError(Exception):
    """A handler writes what no log may hold."""


class SafeFormatter(logging.Formatter):
    """Formats a record without the text of exceptions, and scrubs the final string."""

    def formatException(self, ei: _Trouble) -> str:  # noqa: N802 - logging's own name
        """Give frames and class names, from the first cause to the last consequence."""
        lines: list[str] = []
        seen: set[int] = set()
        trouble = ei[1]
        while trouble is not None and id(trouble) not in seen:
            seen.add(id(trouble))
            frames = traceback.extract_tb(trouble.__traceback__)
            lines += [f"  {frame.name} ({frame.filename}:{frame.lineno})" for frame in frames]
            lines.append(f"  {type(trouble).__name__}")
            trouble = trouble.__cause__ or trouble.__context__
        return "\n".join(lines)

    def format(self, record: logging.LogRecord) -> str:
        """Format and scrub; of a call that does not fit its values, and of a library's, give the fixed words only."""
        record = copy.copy(record)
        record.exc_text = None  # another formatter may have left the whole exception there
        if record.name.partition(".")[0] not in OURS:
            record.msg, record.args = _fixed_words(record), ()
        try:
            record.msg, record.args = record.getMessage(), ()
        except Exception:  # noqa: BLE001 - logging's own answer to such a slip would print the values
            record.msg, record.args = f"{record.msg}, without its values", ()
        record.msg = _CONTROL.sub(" ", record.msg)  # one record is one line, so nobody can write a second
        return scrub(super().format(record))


def scrub(text: str) -> str:
    """Blank what no log may hold: bot tokens, numbers of nine digits and more in any spelling, keys, packed text."""
    text = _HIDDEN.sub(_blank, _NAMED.sub(r"\1\2[value]", text))
    return _KEY.sub(_blank_key, text)


def _blank(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "time" else f"[{match.lastgroup}]"


def _blank_key(match: re.Match[str]) -> str:
    """Blank a key; of what may be a path, the parts that are keys."""
    if _is_key(match[0]):
        return "[key]"
    return "/".join("[key]" if _is_key(part) else part for part in match[0].split("/"))


def _is_key(text: str) -> bool:
    """Whether letters and digits look drawn by lot, or are base64 of something readable."""
    if re.fullmatch("[0-9a-f]{32,}|[0-9A-F]{32,}", text):
        return True
    if len(text) < 12:
        return False
    kinds = [sum(map(kind, text)) for kind in (str.isdigit, str.isupper, str.islower)]
    if len(text) >= 32 and min(kinds) >= 3 and "/" not in text:
        return True
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(
            bare[: len(bare) - (len(bare) % 4 == 1)] + "=" * (-len(bare) % 4), validate=True
        ).decode()
    except (binascii.Error, ValueError):
        return False
    return _READABLE.fullmatch(said) is not None


def _fixed_words(record: logging.LogRecord) -> str:
    """Give what a library always says here: its template, or of a finished sentence what comes before any value."""
    template = str(record.msg)
    return template if record.args else _VALUES.split(template, maxsplit=1)[0]


def set_up(level: str) -> None:
    """Send everything to standard error through the safe formatter: logs, warnings, and whatever nobody caught.

    Raises LeakError when a handler still writes what it must not.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter("{asctime} {levelname:<7} {name}: {message}", style="{"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a handler in trouble prints the values it was given
    for brought in _handlers():  # by a library, when it was loaded
        brought.setFormatter(handler.formatter)
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda said: _uncaught(said.exc_type, said.exc_value, said.exc_traceback)
    threading.excepthook = lambda said: _uncaught(said.exc_type, said.exc_value, said.exc_traceback)
    warnings.showwarning = _warned
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    holds()


def holds() -> None:
    """Try to get a canary out through every handler there is; LeakError names the one that lets it through."""
    for handler in _handlers():
        for record in _canary_records():
            written = _written(handler, record)
            if any(canary in written for canary in CANARIES):
                raise LeakError(f"{type(handler).__name__} writes what no log may hold")


def _handlers() -> set[logging.Handler]:
    known = [logging.getLogger(), *map(logging.getLogger, list(logging.Logger.manager.loggerDict))]
    handlers = {handler for logger in known for handler in logger.handlers}
    return handlers if logging.lastResort is None else {*handlers, logging.lastResort}


def _canary_records() -> list[logging.LogRecord]:
    made = []
    for canary in CANARIES:
        try:
            raise ValueError(canary)  # noqa: TRY301 - a traceback is wanted
        except ValueError:
            trouble = sys.exc_info()
        made.append(logging.LogRecord("telegram", logging.CRITICAL, "", 0, "got %s", (canary,), trouble))
        made.append(logging.LogRecord("asyncio", logging.CRITICAL, "", 0, f"lost <{canary}>", (), trouble))
        if canary != _UNKNOWABLE:
            made.append(logging.LogRecord("bot", logging.CRITICAL, "", 0, f"{canary} %s", (canary,), trouble))
    return made


def _written(handler: logging.Handler, record: logging.LogRecord) -> str:
    if isinstance(handler, logging.NullHandler):
        return ""
    if type(handler) is not logging.StreamHandler:
        return handler.format(record)
    stream = io.StringIO()
    kept = handler.setStream(stream)
    try:
        handler.handle(record)
    finally:
        handler.setStream(kept or sys.stderr)
    return stream.getvalue()


def _uncaught(kind: type[BaseException], trouble: BaseException | None, trace: TracebackType | None) -> None:
    told = (kind, trouble, trace) if trouble is not None else None
    logging.getLogger(__name__).critical("uncaught: %s", kind.__name__, exc_info=told)


def _warned(
    message: Warning | str,  # noqa: ARG001 - it may quote a value
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,  # noqa: ARG001 - part of the signature
    line: str | None = None,  # noqa: ARG001 - part of the signature
) -> None:
    logging.getLogger(__name__).warning("%s (%s:%d)", category.__name__, filename, lineno)
