"""The runs of words in which most of what gave a message away stands: long enough to convince whoever reads them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam.tables import HERE, ScamError

_MOST = 4
_SHARE = 0.25  # of the best run's gain that a further one must have
_WORD = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,24}\b(?:/[a-z0-9/_-]*)?|[a-z][a-z0-9']*|\d[\d.,]*\d|\d|[\u3400-\u9fff]"
)
_BREAK = re.compile(r"[.。,!?;:\n\"()…]| - ")
_LONGEST = 10  # words of a run, or Chinese characters
_LEAST_WORDS, _LEAST_HAN = 3, 5
_CLAUSE_WORDS, _CLAUSE_HAN = 6, 11  # a clause no longer than this is quoted whole
_HAN = "\u3400"


class Told(NamedTuple):
    """A stretch of the normalised text with what it weighed, and the `sign` that it is: a type or a signal."""

    start: int
    end: int
    gain: float
    sign: str


class Stop(msgspec.Struct, forbid_unknown_fields=True):
    """Words that say nothing by themselves, by language; characters in Chinese."""

    en: str
    es: str
    zh: str


class _Word(NamedTuple):
    start: int
    end: int
    gain: float
    tells: bool
    han: bool


def best(text: str, told: Sequence[Told]) -> list[Told]:
    """Give the runs that weighed most, in their order."""
    words = _weighed(text, told)
    usual = sum(word.gain for word in words) / max(len(words), 1)
    found = [run for clause in _clauses(text, words) for run in _of_clause(clause, usual) if _gain(run) > 0]
    runs = [_named(run, told) for run in sorted(found, key=_gain, reverse=True)]
    least = _SHARE * runs[0].gain if runs else 0
    return sorted(run for run in runs[:_MOST] if run.gain >= least)


def tells(words: Iterable[str]) -> bool:
    """Say whether normalised words have one among them that says something; of Chinese characters it takes two."""
    said = [word for word in words if word not in _stop() and not word[0].isdigit()]
    return any(word < _HAN and len(word) > 1 for word in said) or sum(word >= _HAN for word in said) > 1


def words_of(text: str) -> list[str]:
    """Give the words of a normalised text, and its Chinese characters one by one."""
    return _WORD.findall(text)


@cache
def _stop() -> frozenset[str]:
    stop = strict.read(HERE / "stop.toml", Stop, ScamError)
    return frozenset((*stop.en.split(), *stop.es.split(), *"".join(stop.zh.split())))


def _weighed(text: str, told: Sequence[Told]) -> list[_Word]:
    """Share what each stretch weighed out among its characters, and these to the words."""
    gains = [0.0] * len(text)
    for one in told:
        for at in range(one.start, one.end):
            gains[at] += one.gain / (one.end - one.start)
    return [
        _Word(*at.span(), sum(gains[at.start() : at.end()]), tells((at[0], at[0])), at[0] >= _HAN)
        for at in _WORD.finditer(text)
    ]


def _clauses(text: str, words: Sequence[_Word]) -> Iterator[list[_Word]]:
    clause: list[_Word] = []
    for word in words:
        if clause and _BREAK.search(text, clause[-1].end, word.start):
            yield clause
            clause = []
        clause.append(word)
    if clause:
        yield clause


def _of_clause(clause: list[_Word], usual: float) -> Iterator[list[_Word]]:
    """Give a short clause as it stands, and of a longer one the runs that weigh most."""
    if len(clause) > _long(clause, _CLAUSE_WORDS, _CLAUSE_HAN):
        yield from _runs(clause, usual)
    elif _says(clause):
        yield clause


def _runs(clause: list[_Word], usual: float) -> Iterator[list[_Word]]:
    """Give the stretch of a clause that weighs most above what is usual, then the best before and after it."""
    first, last = _grown(clause, *_heaviest([word.gain - usual for word in clause]))
    if _says(clause[first:last]):
        yield clause[first:last]
        for rest in (clause[:first], clause[last:]):
            if len(rest) >= _long(rest, _LEAST_WORDS, _LEAST_HAN):
                yield from _runs(rest, usual)


def _says(run: Sequence[_Word]) -> bool:
    return sum(word.tells for word in run) >= _long(run, 1, 2)


def _long(words: Sequence[_Word], latin: int, han: int) -> int:
    return han if sum(word.han for word in words) * 2 > len(words) else latin


def _heaviest(gains: Sequence[float]) -> tuple[int, int]:
    """Give the stretch whose sum is greatest; no longer than can be read at a glance."""
    found, most = (0, 0), 0.0
    for first in range(len(gains)):
        total = 0.0
        for last in range(first, min(first + _LONGEST, len(gains))):
            total += gains[last]
            if total > most:
                found, most = (first, last + 1), total
    return found


def _grown(clause: Sequence[_Word], first: int, last: int) -> tuple[int, int]:
    """Leave words that say nothing off both ends, then let the rest grow until it is long enough to convince."""
    while first < last and not clause[first].tells:
        first += 1
    while last > first and not clause[last - 1].tells:
        last -= 1
    if first == last:
        telling = [at for at, word in enumerate(clause) if word.tells]
        if not telling:
            return 0, 0
        first = max(telling, key=lambda at: clause[at].gain)
        last = first + 1
    least = _long(clause, _LEAST_WORDS, _LEAST_HAN)
    while last - first < min(least, len(clause)):
        before = clause[first - 1] if first else None
        after = clause[last] if last < len(clause) else None
        if after is None or (before is not None and before.gain > after.gain):
            first -= 1
        else:
            last += 1
    return first, last


def _gain(run: Sequence[_Word]) -> float:
    return sum(word.gain for word in run)


def _named(run: Sequence[_Word], told: Sequence[Told]) -> Told:
    start, end = run[0].start, run[-1].end
    within = [one for one in told if one.start < end and start < one.end]
    return Told(start, end, _gain(run), max(within, key=lambda one: one.gain).sign)
