"""Sums of money as banks write them; whether the comma or the point comes before the cents holds for the whole file."""

import re
from collections.abc import Iterable
from decimal import Decimal

from engine.statements.faults import refuse
from engine.statements.words import plain

Cell = tuple[int, str, str]
"""A line, the name of its column, and what stands there."""

_LONGEST = 30
_MOST = Decimal(10) ** 12
_DRESS = re.compile(
    r"(?:us|mx|r)?[$€£¥元]|(?:usd|cny|rmb|mxn|eur)(?![a-z])|[\s\u00a0\u2009\u202f]|(?<=\d)'(?=\d)"
)
_PLAIN = re.compile(r"\d{1,15}")
_POINT = re.compile(r"(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,2})?")
_COMMA = re.compile(r"(?:\d{1,15}|\d{1,3}(?:\.\d{3}){1,4})(?:,\d{1,2})?")
_SURE = re.compile(r"[.,]\d{1,2}$|[.,]\d{3}[.,]\d{3}")
_NOTHING = frozenset(("", "-", "--", "—", "/"))
_EXAMPLE = "1234.56"


def numbers(cells: Iterable[Cell]) -> dict[tuple[int, str], Decimal]:
    """Give the sum at each line and column that has one; raises Refused at the first that is none.

    At most two digits stand behind the sign of the cents. Where a file has only sums such as "1,234" or "1.234",
    nothing shows whether that is a thousand or one and a bit, and it is refused rather than guessed.
    """
    bare = {
        (line, column): (_undressed(line, column, text), text)
        for line, column, text in cells
        if text.strip() not in _NOTHING
    }
    point = [key for key, ((_, digits), _) in bare.items() if _POINT.fullmatch(digits)]
    comma = [key for key, ((_, digits), _) in bare.items() if _COMMA.fullmatch(digits)]
    chosen = point if len(point) >= len(comma) else comma
    if len(chosen) < len(bare):
        fits = set(chosen)
        (line, column), (_, text) = next((key, value) for key, value in bare.items() if key not in fits)
        raise refuse("amount", line, column=column, found=text, example=_EXAMPLE)
    marked = [key for key, ((_, digits), _) in bare.items() if not _PLAIN.fullmatch(digits)]
    if marked and not any(_SURE.search(bare[key][0][1]) for key in marked):
        line, column = marked[0]
        raise refuse("amount_style", line, column=column, found=bare[marked[0]][1], example="1,234.00")
    away, cents = (",", ".") if chosen is point else (".", ",")
    found = {}
    for key, ((negative, digits), text) in bare.items():
        value = Decimal(digits.replace(away, "").replace(cents, "."))
        if value > _MOST:
            raise refuse("amount", key[0], column=key[1], found=text, example=_EXAMPLE)
        found[key] = -value if negative else value
    return found


def _undressed(line: int, column: str, text: str) -> tuple[bool, str]:
    """Take off what is put around a number; gives whether it is negative, and its digits with their signs."""
    if len(text) > _LONGEST:
        raise refuse("amount", line, column=column, found=text, example=_EXAMPLE)
    bare = _DRESS.sub("", plain(text).replace("\u2212", "-").replace("–", "-"))
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1]
    for sign, down in (("+", False), ("-", True)):
        if bare.startswith(sign):
            negative, bare = negative or down, bare[1:]
        elif bare.endswith(sign):
            negative, bare = negative or down, bare[:-1]
    if not bare.isascii():
        raise refuse("amount", line, column=column, found=text, example=_EXAMPLE)
    return negative, bare
