"""Training messages made of the cores in templates/, the same ones for the same seed."""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam.tables import HERE, ScamError

LANGUAGES = ("zh", "en", "es")
_SLOT = re.compile(r"\{(\w+)\}")


class Made(NamedTuple):
    """A message that was made: its language, its type ("genuine" too), and for a genuine one its kind."""

    text: str
    language: str
    type: str
    kind: str


class More(msgspec.Struct, forbid_unknown_fields=True):
    """The second file of a language: cores by type and by kind, a line each."""

    scam: dict[str, str]
    genuine: dict[str, str]


class Cores(msgspec.Struct, forbid_unknown_fields=True):
    """The file of one language."""

    openers: list[str]
    closers: list[str]
    slots: dict[str, list[str]]
    scam: dict[str, list[str]]
    genuine: dict[str, list[str]]


def made(each: int, seed: int) -> Iterator[Made]:
    """Make `each` messages of every core of every language."""
    for language in LANGUAGES:
        cores = strict.read(HERE / "templates" / f"{language}.toml", Cores, ScamError)
        more = strict.read(HERE / "templates" / f"more_{language}.toml", More, ScamError)
        # random numbers that choose words, nothing secret
        dice = random.Random(f"{seed} {language}")  # noqa: S311 - not for secrets  # nosec B311
        for type_, kind, core in _all(cores, more):
            for _ in range(each):
                parts = (dice.choice(cores.openers), core, dice.choice(cores.closers))
                text = ("" if language == "zh" else " ").join(parts).strip()
                yield Made(_SLOT.sub(lambda at: dice.choice(cores.slots[at[1]]), text), language, type_, kind)  # noqa: B023 - used at once


def _all(cores: Cores, more: More) -> Iterator[tuple[str, str, str]]:
    for type_, lines in cores.scam.items():
        for core in (*lines, *more.scam[type_].split("\n")):
            if core:
                yield type_, "", core
    for kind, lines in cores.genuine.items():
        for core in (*lines, *more.genuine[kind].split("\n")):
            if core:
                yield "genuine", kind, core
