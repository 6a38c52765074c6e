"""Wording: what the search of /faq sees in words. Pure; the same for a phrasing and for what somebody asks."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from bot.dialogs.clean import clean
from engine.scam.tables import hant

LONGEST = 300
"""Characters that are read of a question."""

_BEGINS = 5  # letters
_PAIRED = 120
"""Letters of a question whose words are paired; in a longer text pairs say little, and they are many."""
_KEPT = {chr(0x4E48): chr(0x4E48), chr(0x9EBC): chr(0x4E48), chr(0x9EBD): chr(0x4E48)}
"""The character of "what" and "how", which the table takes for the traditional form of another."""
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_HAN_IN = re.compile(f"[{_HAN}]")
_WORD = re.compile(rf"[^\W{_HAN}]+")
_REST = re.compile(rf"[{_HAN}]{{1,2}}|[^\W{_HAN}]+")

Notions = Mapping[str, Sequence[str]]
"""Words of one meaning, by its name; a word that ends in * stands for all that begin so."""

Hit = tuple[int, int, list[str]]


@cache
def _plain(character: str) -> str:
    base = "".join(
        one for one in unicodedata.normalize("NFD", character) if unicodedata.category(one) != "Mn"
    )
    return _KEPT.get(base) or hant().get(base, base)


def fold(words: str) -> str:
    """Make words comparable: cleaned, small, without accents and punctuation, Chinese in simplified characters."""
    plain = "".join(map(_plain, clean(words, LONGEST).casefold()))
    return " ".join(re.sub(r"[^\w]|_", " ", plain).split())


def stems(folded: str) -> list[str]:
    """Cut words to how they begin, which their endings do not change; each alone, and each with the next."""
    words = _cut(folded)
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def pairs(folded: str) -> list[str]:
    """Give each two words of a question, in whatever order and however far apart they stand."""
    words = sorted(set(_cut(folded))) if len(folded) <= _PAIRED else []
    return [f"{one}|{other}" for at, one in enumerate(words) for other in words[at + 1 :]]


def _cut(folded: str) -> list[str]:
    return [word[:_BEGINS] for word in _apart(folded).split()]


def _apart(folded: str) -> str:
    """Set each Chinese character apart: it is written without blanks, and a character or two are a word."""
    return re.sub(f"([{_HAN}])", r" \1 ", folded)


class Reader:
    """Finds the notions in folded words."""

    def __init__(self, notions: Notions) -> None:
        self._words: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._han: dict[str, list[str]] = {}
        for name, words in notions.items():
            for word in words:
                bare = fold(word)
                kind = (
                    self._han if _HAN_IN.search(bare) else self._stems if word.endswith("*") else self._words
                )
                kind.setdefault(bare, []).append(name)
        self._most = max((len(one.split()) for one in (*self._words, *self._stems)), default=0)
        self._longest = max(map(len, self._han), default=0)

    def read(self, folded: str) -> list[str]:
        """List what the words speak of: each notion, alone and with each other one, and the words left over."""
        hits = [*self._in_letters(folded), *(self._in_han(folded) if _HAN_IN.search(folded) else ())]
        found = sorted({name for _, _, names in hits for name in names})
        rest = list(folded)
        for start, end, _ in hits:
            rest[start:end] = " " * (end - start)
        together = [f"{one}+{other}" for at, one in enumerate(found) for other in found[at + 1 :]]
        return found + together + [f"={one}" for one in _REST.findall("".join(rest))]

    def _in_letters(self, folded: str) -> Iterator[Hit]:
        words = list(_WORD.finditer(folded))
        for at, first in enumerate(words):
            for last in words[at : at + self._most]:
                start, end = first.start(), last.end()
                if names := self._words.get(folded[start:end]):
                    yield start, end, names
                for stem in range(last.start() + 2, end + 1):
                    if names := self._stems.get(folded[start:stem]):
                        yield start, end, names

    def _in_han(self, folded: str) -> Iterator[Hit]:
        for start in range(len(folded)):
            for end in range(start + 1, min(start + self._longest, len(folded)) + 1):
                if names := self._han.get(folded[start:end]):
                    yield start, end, names
