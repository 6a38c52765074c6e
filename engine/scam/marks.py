"""What a message can be known by again: its numbers, its links, and its words without either."""

import re
import unicodedata
from collections.abc import Iterator

KINDS = ("link", "number", "text")

LEAST_DIGITS = 7
"""Shorter numbers are sums and dates, which many messages share."""
LEAST_WORDS = 12
"""Letters that words must have to be anybody's: "hello" is nobody's."""

_CHINESE = "\u2e80-\u9fff\uf900-\ufaff"  # stands beside an address without a blank
_NAME = rf"(?:(?![{_CHINESE}])[\w-])"
_LINK = re.compile(
    rf"(?<!{_NAME})(?<!{_NAME}\.)(?:https?://)?((?:{_NAME}++\.)+[a-z]{{2,24}})(/[^\s<>\"'，。；）){_CHINESE}]*)?"
)
_NUMBER = re.compile(r"\+?\d(?:[\s().·-]?\d)+")


def marks(text: str) -> Iterator[tuple[str, str]]:
    """Give the marks of a message: ("link", domain and path), ("number", digits), ("text", bare words)."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(map(_plain, plain)).casefold()
    for found in _LINK.finditer(plain):
        yield "link", found[1].removeprefix("www.") + (found[2] or "").rstrip("/.,")
    rest = _LINK.sub(" ", plain)
    for found in _NUMBER.finditer(rest):
        digits = re.sub(r"\D", "", found[0]).lstrip("0")
        if len(digits) >= LEAST_DIGITS:
            yield "number", digits
    words = "".join(c for c in rest if c.isalpha())
    if len(words) >= LEAST_WORDS:
        yield "text", words


def same(one: tuple[str, str], known: tuple[str, str]) -> bool:
    """Say whether a mark is what is `known` already: a number with or without its country, any page of a site.

    Of an address with a path only that page is, and the site's front door: others may have pages there, too.
    """
    (kind, value), (like, true) = one, known
    if kind != like or kind == "text":
        return one == known
    if kind == "number":
        return value.endswith(true) or true.endswith(value)
    host, _, path = true.partition("/")
    site = value.partition("/")[0]
    return value in (true, host) or (not path and (site == host or site.endswith(f".{host}")))


def _plain(letter: str) -> str:
    """Give digits of whatever script as ours, and what cannot be seen as nothing."""
    kind = unicodedata.category(letter)
    return "" if kind == "Cf" else str(unicodedata.decimal(letter)) if kind == "Nd" else letter
