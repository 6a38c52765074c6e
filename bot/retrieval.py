"""Retrieval: which topic of /faq a question in plain words is nearest to. Pure; no database, no messenger.

Every way a topic is asked in, in every language, is a row of features: parts of words (character n-grams, which forgive
typing errors and need no words in Chinese), whole words, and notions, which are words of one meaning whatever the
language. All are weighed by TF-IDF, what no row knows included, so that it speaks against every topic. A ridge
regression on the rows gives each topic its likeness, from about 0 to about 1; "elsewhere", what no topic is about, is
one more to be likened to.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from bot.likeness import Features, Regression, alike
from bot.wording import Notions, fold

SHOWN = 3
"""Topics that are offered when it is not certain which one is meant."""

ELSEWHERE = ""
"""Stands for no topic."""

NEAR, SURE, AHEAD = 0.10, 0.32, 0.14
"""Likeness from which a topic is offered; from which it is the answer; and by how much more than the next one is.
Chosen by leaving out each phrasing in turn (`python -m bot faq --tune`)."""
DOUBT = 0.02
"""By so much a topic may be less like a question than what no topic is about, and still be offered."""
CHAT = 0.25
"""Likeness to what no topic is about from which words are surely that: less may be anything."""

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


class Index:
    """What questions are held against. Made of thousands of phrasings in a second or two; asked in milliseconds."""

    def __init__(self, phrasings: Sequence[Phrasing], notions: Notions) -> None:
        import numpy as np  # noqa: PLC0415 - heavy; nobody who asks nothing waits for it

        self.topics = tuple(dict.fromkeys(one.topic for one in phrasings))
        self._features = Features(notions)
        rows = self._features.fit([fold(one.words) for one in phrasings])
        place = {topic: at for at, topic in enumerate(self.topics)}
        wanted = np.full((len(phrasings), len(self.topics)), -1 / max(len(self.topics) - 1, 1), np.float32)
        wanted[np.arange(len(phrasings)), [place[one.topic] for one in phrasings]] = 1
        self._regression = Regression(rows, [one.weight for one in phrasings], wanted)
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
        likeness = dict(zip(self.topics, map(float, self._regression.of(asked)), strict=True))
        said = max(likeness, key=lambda topic: likeness[topic])
        voices = self._heard(asked)
        for topic, net in voices.items():
            likeness[topic] += (UP if net > 0 else DOWN) * net / (abs(net) + HALF)
        return _decided(likeness, said, voices)

    def likest(self, words: str) -> str:
        """Give the topic likest to words, however far it is."""
        ranked = zip(self._regression.of(self._features.of([fold(words)])), self.topics, strict=True)
        return max((one for one in ranked if one[1] != ELSEWHERE), default=(0, ""))[1]

    def together(self, words: Sequence[str]) -> list[list[int]]:
        """Bring together questions that are alike, by their places: largest group first, its middle one in front."""
        rows = self._features.of([fold(one) for one in words])
        close = alike(rows, rows) >= ALIKE
        left, groups = set(range(len(words))), []
        for at in map(int, (-close.sum(axis=1)).argsort(kind="stable")):
            if at in left:
                near = [one for one in map(int, close[at].nonzero()[0]) if one in left and one != at]
                groups.append([at, *near])
                left -= {at, *near}
        return sorted(groups, key=len, reverse=True)

    def _heard(self, asked: Any) -> dict[str, float]:
        """Sum up the voices on questions like this one, for each topic."""
        net: dict[str, float] = {}
        if self._voices is not None:
            rows, voices = self._voices
            for one, how in zip(voices, map(float, alike(asked, rows)[0]), strict=True):
                if how > ALIKE:
                    heard = (how - ALIKE) / (1 - ALIKE)
                    net[one.topic] = net.get(one.topic, 0.0) + (heard if one.good else -heard)
        return net


def _decided(likeness: dict[str, float], said: str, voices: Mapping[str, float]) -> Found:
    elsewhere = likeness.pop(ELSEWHERE, 0.0)
    order = sorted(likeness, key=lambda topic: -likeness[topic])
    first, second = likeness[order[0]], likeness[order[1]]
    if first < max(NEAR, elsewhere - DOUBT):
        return Found((), likeness=first, elsewhere=elsewhere >= max(CHAT, first))
    near = order[:SHOWN]
    if said != ELSEWHERE and said not in near:
        near = [*near[:-1], said]
    moved = near[0] != said and voices.get(near[0], 0.0) < ENOUGH
    sure = first >= SURE and first - second >= AHEAD and not moved
    return Found(tuple(near), sure=sure, likeness=first)
