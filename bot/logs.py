"""Logs that a stranger may read: no personal data, no token, whatever went wrong.

An exception's text may quote what a person typed, so a traceback is written as its frames and class names only.
Libraries that log requests, updates or SQL parameters are held at WARNING.
"""

import logging
import re
import sys
import traceback
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

# also where it follows a letter (".../bot123:AAF...") or is percent-encoded
_TOKEN = re.compile(r"(?<![0-9])[0-9]{1,20}(?::|%3[Aa])[\w-]{10,100}")
_Trouble = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class SafeFormatter(logging.Formatter):
    """Formats a record without the text of exceptions, and blanks bot tokens in the final line."""

    def formatException(self, ei: _Trouble) -> str:  # noqa: N802 - logging's own name
        """Give frames and class names, from the first cause to the last consequence."""
        lines: list[str] = []
        trouble = ei[1]
        while trouble is not None:
            frames = traceback.extract_tb(trouble.__traceback__)
            lines += [f"  {frame.name} ({frame.filename}:{frame.lineno})" for frame in frames]
            lines.append(f"  {type(trouble).__name__}")
            trouble = trouble.__cause__ or trouble.__context__
        return "\n".join(lines)

    def format(self, record: logging.LogRecord) -> str:
        """Format and blank bot tokens; of a call that does not fit its values, give the words only."""
        try:
            return _TOKEN.sub("[token]", super().format(record))
        except (TypeError, ValueError, KeyError):
            # logging's own answer to such a slip would print the values
            record.msg, record.args = "%s, without its values", (str(record.msg),)
            return _TOKEN.sub("[token]", super().format(record))


def _uncaught(kind: type[BaseException], trouble: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, trouble, trace))


def set_up(level: str) -> None:
    """Send everything to standard error through the safe formatter."""
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter("{asctime} {levelname:<7} {name}: {message}", style="{"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    sys.excepthook = _uncaught
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
