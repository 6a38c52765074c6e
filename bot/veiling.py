"""Veiling: support never reads a borrower's phone or identity number whole, not even where the borrower writes it.

The last four stay, so that two can be told apart. What is one's own is known however it is parted and without the
country's prefix; somebody else's identity number by its form.
"""

import re
from collections.abc import Collection

from bot.quoting import PARTED

KEPT = 4
SURE = 8
"""Characters at the end of a number that nobody writes by chance."""
_DIGIT = "[0-9\uff10-\uff19]"
_BORN = "(?:1[89]|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_CHINESE = re.compile(rf"[1-8][0-9]{{5}}{_BORN}[0-9]{{3}}[0-9Xx]")
_LONG = re.compile(
    rf"(?<!{_DIGIT}){_DIGIT}(?:{PARTED}{_DIGIT}){{16}}{PARTED}[0-9Xx\uff10-\uff19](?![0-9A-Za-z])"
)
_FORMS = (
    re.compile(
        rf"(?<!{_DIGIT}){_DIGIT}{{3}}[ ./\u2010-\u2015-]{_DIGIT}{{2}}[ ./\u2010-\u2015-]{_DIGIT}{{4}}(?!{_DIGIT})"
    ),
    re.compile(r"(?i)(?<![a-z0-9])[a-z\u00f1&]{4}[0-9]{6}[hmx][a-z]{5}[a-z0-9][0-9](?![a-z0-9])"),
    re.compile(r"(?i)(?<![a-z0-9])[a-z\u00f1&]{3,4}[0-9]{6}[a-z0-9]{3}(?![a-z0-9])"),
)
"""Social Security number, CURP, RFC."""


def veiled(words: str, own: Collection[str]) -> str:
    """Give words without the whole of the numbers that are the writer's `own`, or have an identity number's form."""
    for number in own:
        words = _own(number).sub(_end, words)
    words = _LONG.sub(lambda found: _end(found) if _CHINESE.fullmatch(_bare(found)) else found[0], words)
    for form in _FORMS:
        words = form.sub(_end, words)
    return words


def _own(number: str) -> re.Pattern[str]:
    """Give how a number is found that ends like one's own; what stands before its end goes with it."""
    letters = [one for one in number if one.isalnum()]
    kind = _DIGIT if all(one.isdigit() for one in letters) else f"(?:{_DIGIT}|[A-Za-z])"
    before = f"(?:{kind}{PARTED}){{0,{max(len(letters) - SURE, 0)}}}"
    return re.compile(before + PARTED.join(map(_like, letters[-SURE:])), re.IGNORECASE)


def _like(letter: str) -> str:
    return f"[{letter}{chr(0xFF10 + int(letter))}]" if letter.isdigit() else re.escape(letter)


def _bare(found: re.Match[str]) -> str:
    return "".join(str(int(one)) if one.isdigit() else one for one in found[0] if one.isalnum())


def _end(found: re.Match[str]) -> str:
    return f"••••{_bare(found)[-KEPT:]}"
