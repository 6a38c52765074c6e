"""The notions of the lexicon files, found in a normalised message: who asks whom for what, and in what frame."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam.normalise import normalise
from engine.scam.tables import HERE, ScamError

FILES = ("lexicon_asks.toml", "lexicon_frames.toml", "lexicon_genuine.toml")
_WORD = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_COMMON = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the to you your is are and of for my in it we i me a at from on this that be will with have has can po "
        "ur u na dey am sa ang",
        "es": "de la el que su y en para por los un una con se mi tu le lo es del al las nos si como te pa ya mas mis",
    }.items()
}


class Notion(msgspec.Struct, forbid_unknown_fields=True):
    """One notion's words, separated by commas, in each language."""

    zh: str
    en: str
    es: str


class Hit(NamedTuple):
    """A notion found from `start` to `end` of the normalised text."""

    start: int
    end: int
    notion: str


class _Phrase(NamedTuple):
    words: str
    open: bool  # any ending will do
    notion: str


_Index = dict[str, list[_Phrase]]


@cache
def notions() -> tuple[str, ...]:
    """Name every notion, in the order of the files."""
    return tuple(name for file in FILES for name in _read(file))


@cache
def asks() -> frozenset[str]:
    """Name the notions of what a scam asks for."""
    return frozenset(_read(FILES[0]))


def languages(text: str) -> tuple[str, ...]:
    """Say in which languages' words a message is to be read; more than one where they are mixed."""
    if len(_HAN.findall(text)) > 1:
        return ("zh",)
    words = _WORD.findall(text)
    counts = {language: sum(word in common for word in words) for language, common in _COMMON.items()}
    most = max(counts.values())
    return tuple(language for language, count in counts.items() if count == most or count > 3)


def find(text: str) -> list[Hit]:
    """Find every notion, in the order of their places; of one notion at one place the longest words."""
    best: dict[tuple[int, str], int] = {}
    for language in languages(text):
        index = _index(language)
        for at in _places(text, language):
            for key in (text[at : at + 3], text[at : at + 2], text[at : at + 1]):
                for phrase in index.get(key, ()):
                    end = at + len(phrase.words)
                    if not text.startswith(phrase.words, at) or not (phrase.open or _ends(text, end)):
                        continue
                    if phrase.open:
                        end = _to_end(text, end)
                    spot = (at, phrase.notion)
                    best[spot] = max(end, best.get(spot, 0))
    return sorted(Hit(start, end, notion) for (start, notion), end in best.items())


@cache
def words() -> frozenset[str]:
    """Every single Latin word of five letters and more that the lexicon knows, for putting broken words together."""
    return frozenset(
        phrase.words
        for language in ("en", "es")
        for group in _index(language).values()
        for phrase in group
        if phrase.words.isalpha() and len(phrase.words) > 3
    )


def _places(text: str, language: str) -> Iterator[int]:
    if language == "zh":
        yield from range(len(text))
    else:
        for word in re.finditer(r"(?<![a-z0-9])[^\s\u3400-\u9fff]|(?<=[^a-z0-9\s])[a-z0-9]", text):
            yield word.start()


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or not (_plain(text[end - 1]) and _plain(text[end]))


def _plain(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _to_end(text: str, end: int) -> int:
    while end < len(text) and _plain(text[end]):
        end += 1
    return end


@cache
def _read(file: str) -> dict[str, Notion]:
    return strict.read(HERE / file, dict[str, Notion], ScamError)


@cache
def _index(language: str) -> _Index:
    index: _Index = {}
    for file in FILES:
        for name, notion in _read(file).items():
            for raw in getattr(notion, language).split(","):
                phrase = normalise(raw.strip().rstrip("*")).text.strip()
                if phrase:
                    index.setdefault(phrase[:3], []).append(_Phrase(phrase, raw.rstrip().endswith("*"), name))
    return index
