"""Words that the model knows by their meaning, found in a message.

Words of like meaning weigh alike, in whichever of the languages: the fitting knows each word's place among all others
(`fit_words`), so that the model has weights for words that no message of the corpus has.
"""

import re
from collections.abc import Container, Iterator

_RUN = re.compile(r"[a-z]+|[\u4e00-\u9fff]+")
_LONGEST = 4  # characters of a Chinese word
_STEM = 4  # letters of a word that must be known for it to be taken for its stem


def known(text: str, words: Container[str]) -> Iterator[tuple[str, int, int]]:
    """Give each known word of a normalised message with its start and end; of an unknown one its stem."""
    for run in _RUN.finditer(text):
        if run[0].isascii():
            word = _latin(run[0], words)
            if word:
                yield word, run.start(), run.end()
        else:
            yield from _chinese(run[0], run.start(), words)


def _latin(word: str, words: Container[str]) -> str:
    if word in words:
        return word
    return next((word[:size] for size in range(len(word) - 1, _STEM - 1, -1) if word[:size] in words), "")


def _chinese(run: str, start: int, words: Container[str]) -> Iterator[tuple[str, int, int]]:
    at = 0
    while at < len(run):
        most = min(_LONGEST, len(run) - at)
        size = next((size for size in range(most, 0, -1) if run[at : at + size] in words), 0)
        if size:
            yield run[at : at + size], start + at, start + at + size
        at += max(size, 1)
