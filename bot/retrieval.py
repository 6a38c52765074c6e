"""Retrieval: which topic of /faq a question in plain words is nearest to. Pure; no database, no messenger.

Every way a topic is asked in, in every language, is a row of features: parts of words (character n-grams, which forgive
typing errors and need no words in Chinese), whole words, and notions, which are words of one meaning whatever the
language. All are weighed by TF-IDF, what no row knows included, so that it speaks against every topic. A ridge
regression on the rows gives each topic its likeness, from about 0 to about 1; "elsewhere", what no topic is about, is
one more to be likened to.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.dialogs.clean import clean
from engine.scam.tables import hant

LONGEST = 300
"""Characters that are read of a question."""

SHOWN = 3
"""Topics that are offered when it is not certain which one is meant."""

ELSEWHERE = ""
"""Stands for no topic."""

NEAR, SURE, AHEAD = 0.08, 0.32, 0.10
"""Likeness from which a topic is offered; from which it is the answer; and by how much more than the next one is.
Chosen by leaving out each phrasing in turn (`python -m bot faq --tune`)."""
CHAT = 0.25
"""Likeness to what no topic is about from which words are surely that: less may be anything."""

_PARTS, _WORDS, _PAIRS, _NOTIONS = 0.6, 0.4, 0.2, 0.4  # what each kind of feature weighs
_RIDGE = 1.0
_ROUNDS = 15  # more change no answer
_WIDTH = 2**18
_BEGINS = 5  # letters
_PAIRED = 120
"""Letters of a question whose words are paired; in a longer text pairs say little, and they are many."""
_KEPT = {chr(0x4E48): chr(0x4E48), chr(0x9EBC): chr(0x4E48), chr(0x9EBD): chr(0x4E48)}
"""The character of "what" and "how", which the table takes for the traditional form of another."""
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_HAN_IN = re.compile(f"[{_HAN}]")
_LETTERS = r"\w+"
_WORD = re.compile(rf"[^\W{_HAN}]+")
_REST = re.compile(rf"[{_HAN}]{{1,2}}|[^\W{_HAN}]+")

UP, DOWN = 1.0, 0.5
"""By so much voices lift or sink a topic at most. Down is less: what the words say stays among what is offered."""
HALF = 3.0
"""Voices that bring half of it."""
ALIKE = 0.4
"""Likeness of two questions below which a voice on the one says nothing about the other."""
ENOUGH = 5.0
"""Voices it takes until another topic than the words say is the answer, and not only offered first."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A way a topic is asked in; `weight` is 1 for a question, less for what only speaks of it."""

    topic: str
    words: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person said of an answer: the topic did, or did not, answer those words."""

    topic: str
    words: str
    good: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The topics nearest to a question, the nearest first; none of them is near when there are none.

    `sure` says that the first is its answer; `elsewhere` that it is likest to what no topic is about. `likeness` is
    that of the first topic, offered or not.
    """

    topics: tuple[str, ...]
    sure: bool = False
    likeness: float = 0.0
    elsewhere: bool = False


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
        pairs = [f"{one}+{other}" for at, one in enumerate(found) for other in found[at + 1 :]]
        return found + pairs + [f"={one}" for one in _REST.findall("".join(rest))]

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


class Index:
    """What questions are held against. Made of thousands of phrasings in a second or two; asked in milliseconds."""

    def __init__(self, phrasings: Sequence[Phrasing], notions: Notions) -> None:
        import numpy as np  # noqa: PLC0415 - heavy; nobody who asks nothing waits for it

        self.topics = tuple(dict.fromkeys(one.topic for one in phrasings))
        self._features = _Features(Reader(notions), [fold(one.words) for one in phrasings])
        rows = self._features.fitted
        self._columns = rows.T.tocsr()
        wanted = np.full((len(phrasings), len(self.topics)), -1 / max(len(self.topics) - 1, 1), np.float32)
        wanted[np.arange(len(phrasings)), [self.topics.index(one.topic) for one in phrasings]] = 1
        damping = _RIDGE / np.array([[one.weight] for one in phrasings], np.float32)
        self._pull = _solved(rows[:, np.unique(rows.indices)], damping, wanted)
        self._voices: tuple[Any, list[Voice]] | None = None

    def hear(self, voices: Sequence[Voice]) -> "Index":
        """Give the same index as people's voices lean it; the voices given before count no more."""
        other = copy(self)
        known = [one for one in voices if one.topic in self.topics]
        other._voices = (self._features.of([fold(one.words) for one in known]), known) if known else None  # noqa: SLF001 - it is one of us
        return other

    def find(self, words: str) -> Found:
        """Give the topics nearest to a question."""
        folded = fold(words)
        if not folded:
            return Found((), elsewhere=True)
        asked = self._features.of([folded])
        likeness = dict(zip(self.topics, map(float, self._likeness(asked)), strict=True))
        said = max(likeness, key=lambda topic: likeness[topic])
        voices = self._heard(asked)
        for topic, net in voices.items():
            likeness[topic] += (UP if net > 0 else DOWN) * net / (abs(net) + HALF)
        return _decided(likeness, said, voices)

    def likest(self, words: str) -> str:
        """Give the topic likest to words, however far it is."""
        ranked = zip(self._likeness(self._features.of([fold(words)])), self.topics, strict=True)
        return max((one for one in ranked if one[1] != ELSEWHERE), default=(0, ""))[1]

    def together(self, words: Sequence[str]) -> list[list[int]]:
        """Bring together questions that are alike, by their places: largest group first, its middle one in front."""
        rows = self._features.of([fold(one) for one in words])
        norms = _norms(rows)
        alike = (rows @ rows.T).toarray() / norms[:, None] / norms >= ALIKE
        left, groups = set(range(len(words))), []
        for at in map(int, (-alike.sum(axis=1)).argsort(kind="stable")):
            if at in left:
                near = [one for one in map(int, alike[at].nonzero()[0]) if one in left and one != at]
                groups.append([at, *near])
                left -= {at, *near}
        return sorted(groups, key=len, reverse=True)

    def _likeness(self, asked: Any) -> Any:
        return ((asked @ self._columns).toarray() @ self._pull)[0]

    def _heard(self, asked: Any) -> dict[str, float]:
        """Sum up the voices on questions like this one, for each topic."""
        net: dict[str, float] = {}
        if self._voices is not None:
            rows, voices = self._voices
            alike = (asked @ rows.T).toarray()[0] / (_norms(asked)[0] * _norms(rows))
            for one, how in zip(voices, map(float, alike), strict=True):
                if how > ALIKE:
                    heard = (how - ALIKE) / (1 - ALIKE)
                    net[one.topic] = net.get(one.topic, 0.0) + (heard if one.good else -heard)
        return net


def _decided(likeness: dict[str, float], said: str, voices: Mapping[str, float]) -> Found:
    elsewhere = likeness.pop(ELSEWHERE, 0.0)
    order = sorted(likeness, key=lambda topic: -likeness[topic])
    first, second = likeness[order[0]], likeness[order[1]]
    if first < max(NEAR, elsewhere):
        return Found((), likeness=first, elsewhere=elsewhere >= max(CHAT, first))
    near = order[:SHOWN]
    if said != ELSEWHERE and said not in near:
        near = [*near[:-1], said]
    moved = near[0] != said and voices.get(near[0], 0.0) < ENOUGH
    sure = first >= SURE and first - second >= AHEAD and not moved
    return Found(tuple(near), sure=sure, likeness=first)


def _solved(rows: Any, damping: Any, wanted: Any) -> Any:
    """Give x of (rows rowsᵀ + damping) x = wanted, by conjugate gradients: all topics at once, and no large matrix."""
    columns = rows.T.tocsr()
    found, left = wanted * 0, wanted.copy()
    ahead, size = left.copy(), (left * left).sum(axis=0)
    for _ in range(_ROUNDS):
        moved = rows @ (columns @ ahead) + damping * ahead
        step = size / (ahead * moved).sum(axis=0)
        found += step * ahead
        left -= step * moved
        size, before = (left * left).sum(axis=0), size
        ahead = left + (size / before) * ahead
    return found


def _norms(rows: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - heavy

    return np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()) + 1e-9


class _Features:
    """Makes rows of features; how much each weighs is fitted on the rows it is made with, given as `fitted`."""

    def __init__(self, reader: Reader, folded: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer  # noqa: PLC0415 - heavy

        def kind(**how: Any) -> Any:
            return HashingVectorizer(
                n_features=_WIDTH, norm=None, alternate_sign=False, dtype="float32", **how
            )

        self._kinds = [
            (_PARTS, kind(analyzer="char_wb", ngram_range=(1, 5), lowercase=False)),
            (_WORDS, kind(preprocessor=_stems, ngram_range=(1, 2), token_pattern=_LETTERS)),
            (_PAIRS, kind(analyzer=_pairs)),
            (_NOTIONS, kind(analyzer=reader.read)),
        ]
        counted = [vectors.transform(folded) for _, vectors in self._kinds]
        self._weights = [TfidfTransformer(sublinear_tf=True).fit(rows) for rows in counted]
        self.fitted = self._weighed(counted)

    def of(self, folded: Sequence[str]) -> Any:
        """Give a row of features for each text."""
        return self._weighed([vectors.transform(folded) for _, vectors in self._kinds])

    def _weighed(self, counted: list[Any]) -> Any:
        from scipy.sparse import hstack  # noqa: PLC0415 - heavy

        made = [weights.transform(rows) for weights, rows in zip(self._weights, counted, strict=True)]
        scaled = [rows * weight**0.5 for (weight, _), rows in zip(self._kinds, made, strict=True)]
        return hstack(scaled).tocsr().astype("float32")


def _pairs(folded: str) -> list[str]:
    """Give each two words of a question, in whatever order and however far apart they stand."""
    words = sorted(set(_stems(folded).split())) if len(folded) <= _PAIRED else []
    return [f"{one}|{other}" for at, one in enumerate(words) for other in words[at + 1 :]]


def _stems(folded: str) -> str:
    """Cut words to how they begin, which their endings do not change."""
    return " ".join(word[:_BEGINS] for word in _apart(folded).split())


def _apart(folded: str) -> str:
    """Set each Chinese character apart: it is written without blanks, and a character or two are a word."""
    return re.sub(f"([{_HAN}])", r" \1 ", folded)
