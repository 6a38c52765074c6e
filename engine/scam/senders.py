"""Whether a link leads to whom the message names: a well-known name over a foreign domain is dressed up."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam.tables import HERE, ScamError

_HOST = re.compile(r"(?<![@\w.-])(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?![\w@-])")
_STATE = re.compile(r"(?:^|\.)(?:gov|gob|gub)(?:\.[a-z]{2})?$")  # domains that only a state can give
_NOT_ADDRESS = re.compile(r"\.(?:apk|pdf|exe|ipa|jpg|php|html?)$")
_DIGITS = str.maketrans("0134589", "oieasbg")
_SHORTEST = 3  # letters of a name that may stand inside a domain


class Sender(msgspec.Struct, forbid_unknown_fields=True):
    """One that messages are said to be from: the `names` it goes by, and its own `domains`."""

    names: list[str]
    domains: list[str]


class Senders(msgspec.Struct, forbid_unknown_fields=True):
    """The file."""

    sender: list[Sender]


class _Known(NamedTuple):
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    domains: tuple[str, ...]


def signs(text: str) -> Iterator[tuple[str, int, int]]:
    """Give what the links of a normalised text say of its sender, each with the place of the link.

    "own_domain": it is that of somebody well known; "foreign_domain": somebody well known is named, the link is not
    theirs; "dressed_domain": it wears such a name among other words, or in look-alike letters.
    """
    links = [at for at in _HOST.finditer(text) if not _NOT_ADDRESS.search(at[1])]
    named = [known for known in _known() if known.pattern.search(text)] if links else []
    for at in links:
        for sign in _of(at[1], named):
            yield sign, at.start(), at.end()


def _of(host: str, named: Sequence[_Known]) -> Iterator[str]:
    if _STATE.search(host) or any(_belongs(host, known.domains) for known in _known()):
        yield "own_domain"
        return
    if named:
        yield "foreign_domain"
    parts = re.split(r"[.-]", host)
    read = {part.translate(_DIGITS) for part in parts[:-1]} | set(parts[:-1])
    if any(label in read or _within(label, read) for known in _known() for label in known.labels):
        yield "dressed_domain"


def _within(label: str, parts: set[str]) -> bool:
    """Say whether a long name is part of a word of the host."""
    return len(label) > _SHORTEST + 1 and any(label in part for part in parts)


def _belongs(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


@cache
def _known() -> tuple[_Known, ...]:
    raw = strict.read(HERE / "senders.toml", Senders, ScamError)
    return tuple(_one(sender) for sender in raw.sender)


def _one(sender: Sender) -> _Known:
    latin = [name for name in sender.names if name.isascii()]
    han = [re.escape(name) for name in sender.names if not name.isascii()]
    words = [rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9-]|\.[a-z])" for name in latin]
    labels = tuple(name for name in latin if " " not in name and len(name) >= _SHORTEST)
    return _Known(re.compile("|".join([*words, *han])), labels, tuple(sender.domains))
