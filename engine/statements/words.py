"""The words of statements (`words.toml`): names of columns, and what a description speaks of."""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from engine import strict

_FILE = Path(__file__).with_name("words.toml")
_HANZI = re.compile("[\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-z][a-z.&']*")
_FORMS = re.compile("[\u00a0-\u036f\u1e00-\u206f\u3000\uf900-\uffef]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LOOKED_AT = 48
"""Characters of a description that decide; banks put what matters first."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is."""

    columns: dict[str, tuple[str, ...]]
    records: dict[str, tuple[str, ...]]
    signs: dict[str, tuple[str, ...]]
    void: dict[str, tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]


@cache
def words() -> Words:
    """Read the words, once."""
    return strict.read(_FILE, Words, strict.BookError)


def plain(text: str) -> str:
    """Give a text in lower case, full-width forms made narrow, without accents, with single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    lower = text.lower()
    if _FORMS.search(lower):  # most Chinese texts have none, and are long
        lower = _ACCENTS.sub("", unicodedata.normalize("NFKD", lower))
    return " ".join(lower.split())


@cache
def columns() -> dict[str, str]:
    """Give the field that each known name of a column means."""
    return {plain(name): field for field, names in words().columns.items() for name in names}


@cache
def meanings(table: str) -> dict[str, str]:
    """Give what each word of the `records` or `signs` means."""
    found: dict[str, tuple[str, ...]] = getattr(words(), table)
    return {plain(word): meaning for meaning, known in found.items() for word in known}


class _Groups(msgspec.Struct, frozen=True):
    """Each word's rank, the names of the ranks; how Chinese words begin, with the lengths of those that begin so."""

    ranks: dict[str, int]
    names: tuple[str, ...]
    starts: dict[str, tuple[int, ...]]


@cache
def _groups() -> _Groups:
    ranks: dict[str, int] = {}
    for rank, group in enumerate(words().groups.values()):
        for word in group:
            ranks.setdefault(plain(word), rank)
    starts: dict[str, set[int]] = {}
    for word in ranks:
        if _HANZI.match(word):
            starts.setdefault(word[:2], set()).add(len(word))
    lengths = {start: tuple(sorted(found)) for start, found in starts.items()}
    return _Groups(ranks, tuple(words().groups), lengths)


def group(text: str) -> str:
    """Name the group that a description speaks of; "" for none."""
    known = _groups()
    bare = plain(text[:_LOOKED_AT])
    tokens = _WORD.findall(bare)
    pairs = [f"{first} {second}" for first, second in pairwise(tokens)]
    said = [*tokens, *pairs, *(f"{pair} {third}" for pair, third in zip(pairs, tokens[2:], strict=False))]
    if not bare.isascii():
        for run in _HANZI.findall(bare):
            for at in range(len(run) - 1):
                if sizes := known.starts.get(run[at : at + 2]):
                    said += [run[at : at + size] for size in sizes]
    ranks = [known.ranks[one] for one in said if one in known.ranks]
    return known.names[min(ranks)] if ranks else ""
