"""What the name of a column says: whom it protects, whom it names, or what is known too late (`names.toml`)."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from engine import strict

_FILE = Path(__file__).with_name("names.toml")
_CUT = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of `names.toml`: by protected ground, and for persons, identifiers and outcomes."""

    protected: dict[str, tuple[str, ...]]
    personal: _Words
    identifier: _Words
    outcome: _Words


@cache
def names() -> Names:
    """Read the words, once."""
    return strict.read(_FILE, Names, strict.BookError)


def protected(column: str) -> tuple[str, ...]:
    """Give the protected grounds that a name speaks of ("sex", "religion" ...), in the order of the file."""
    return tuple(ground for ground, entries in names().protected.items() if _match(column, entries))


def personal(column: str) -> bool:
    """Say whether a name speaks of what names or reaches a person."""
    return _match(column, names().personal.words)


def identifier(column: str) -> bool:
    """Say whether a name speaks of a number that tells rows or people apart."""
    return _match(column, names().identifier.words)


def outcome(column: str) -> bool:
    """Say whether a name speaks of what is known only when a loan has run its course."""
    return _match(column, names().outcome.words)


@cache
def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _CUT.findall(_CAMEL.sub(" ", name)))


def _match(column: str, entries: Iterable[str]) -> bool:
    parts = _parts(column)
    text = f" {' '.join(parts)} "
    for entry in entries:
        if entry.startswith("="):
            found = text.strip() == entry[1:]
        elif entry.isascii() or not _han(entry):
            found = f" {entry} " in text
        else:
            found = entry in column
        if found:
            return True
    return False


def _han(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
