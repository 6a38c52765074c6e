"""Bodies: JSON and NDJSON as their specifications have them, and nothing beside.

Python's own reader takes NaN, lets the last of two equal keys win and dies of deep nesting; a number of a million
digits keeps it busy for a minute. None of this gets past here.
"""

import json
import re
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

MOST_DIGITS = 19
_LONGEST_NUMBER = 40
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Malformed(Exception):
    """The body is not what its type says; the message tells why, without quoting it. `line` is 0 for the whole."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class TooLarge(Exception):
    """Unpacked, the body is larger than it may be."""


def unpacked(body: bytes, most: int) -> bytes:
    """Unpack gzip, and no further than `most` bytes. Raises TooLarge and Malformed."""
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error:
        raise Malformed("not gzip, as its Content-Encoding says") from None
    if len(found) > most:
        raise TooLarge
    if not unpacking.eof or unpacking.unused_data:
        raise Malformed("gzip that is cut off, or followed by something")
    return found


def read_json(body: bytes) -> Any:
    """Read one JSON value. Raises Malformed."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as mistake:
        raise Malformed(f"not UTF-8 at byte {mistake.start}") from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as mistake:
        raise Malformed(f"{mistake.msg}, line {mistake.lineno}, column {mistake.colno}") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    if _SURROGATE.search(text) and not _whole_letters(found):
        raise Malformed("half of a surrogate pair is not a letter")
    return found


def read_lines(body: bytes) -> Iterator[tuple[int, Any]]:
    """Read NDJSON: one value a line, with its number; empty lines are passed over. Raises Malformed."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            try:
                yield number, read_json(line)
            except Malformed as mistake:
                raise Malformed(mistake.why, number) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key comes twice in one object")
    return found


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > MOST_DIGITS:
        raise Malformed(f"a number of more than {MOST_DIGITS} digits")
    return int(digits)


def _number(digits: str) -> int | Decimal:
    """Read a number with a point or an exponent: one that is whole is a whole number, as JSON Schema has it."""
    if len(digits) > _LONGEST_NUMBER:
        raise Malformed(f"a number of more than {_LONGEST_NUMBER} letters")
    found = Decimal(digits)
    if not -MOST_DIGITS < found.adjusted() < MOST_DIGITS:
        raise Malformed(f"a number of more than {MOST_DIGITS} digits")
    return int(found) if found == found.to_integral_value() else found


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _whole_letters(found: Any) -> bool:
    if isinstance(found, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in found)
    if isinstance(found, dict):
        return all(map(_whole_letters, found)) and all(map(_whole_letters, found.values()))
    return all(map(_whole_letters, found)) if isinstance(found, list) else True
