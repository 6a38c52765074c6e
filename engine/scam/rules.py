"""Patterns that give a scam away in so many words, and those that speak for good faith."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam.tables import HERE, ScamError

_GAP = {"zh": "[^。!?\n]{0,12}", "en": "[^.!?\n]{0,36}", "es": "[^.!?\n]{0,36}"}
_LONG_GAP = {"zh": "[^\n]{0,30}", "en": "[^\n]{0,80}", "es": "[^\n]{0,80}"}


class Patterns(msgspec.Struct, forbid_unknown_fields=True):
    """Regular expressions by language."""

    zh: list[str]
    en: list[str]
    es: list[str]


class Match(NamedTuple):
    """A rule that fits, from `start` to `end`.

    "r:advance_fee:en0" is the first English one of its type, "f:otp:zh1" the second Chinese one of its frame.
    """

    name: str
    start: int
    end: int


@cache
def types() -> tuple[str, ...]:
    """Name the types of scam, in the order of the file."""
    return tuple(_read("rules.toml"))


def find(text: str, languages: tuple[str, ...]) -> Iterator[Match]:
    """Give each rule that fits, with its first place."""
    for language in languages:
        for name, pattern in _compiled(language):
            at = pattern.search(text)
            if at is not None and at.end() > at.start():
                yield Match(name, at.start(), at.end())


@cache
def _read(file: str) -> dict[str, Patterns]:
    return strict.read(HERE / file, dict[str, Patterns], ScamError)


@cache
def _compiled(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for letter, group in (("r", _read("rules.toml")), ("f", _read("frames.toml"))):
        for name, patterns in group.items():
            for number, raw in enumerate(getattr(patterns, language)):
                text = raw.replace("~~", _LONG_GAP[language]).replace("~", _GAP[language])
                found.append(
                    (f"{letter}:{name}:{language}{number}", re.compile(f"{_before(raw, language)}(?:{text})"))
                )
    return tuple(found)


def _before(raw: str, language: str) -> str:
    """Give what must not stand before a match: words begin at their beginning."""
    if raw.startswith("[a-z0-9-]"):
        return "(?<![a-z0-9-])"  # an address, which would be tried again from each of its letters
    return "" if language == "zh" or raw.startswith(("^", "\\b", "\\d")) else "(?<![a-z0-9])"
