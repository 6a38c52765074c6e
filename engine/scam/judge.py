"""A message in, a finding out."""

from typing import NamedTuple

from engine.scam import cues, lexicon
from engine.scam.features import Found, features
from engine.scam.finding import Finding, Verdict
from engine.scam.model import Model, Scores, load, score
from engine.scam.normalise import Normal, normalise

_WINDOW, _STEP = 700, 500  # a scam among much else is judged by itself
_MOST_ALSO = 2


class _Read(NamedTuple):
    normal: Normal
    found: Found
    scores: Scores


def check(text: str) -> Finding:
    """Say whether a message is a loan scam, of which type, and which words gave it away. Never raises."""
    model = load()
    read = _worst(model, normalise(text, lexicon.words().__contains__))
    verdict = verdict_of(model, read.scores.chance)
    if verdict == "no_sign":
        return Finding(verdict, "", (), (), ())
    kind, also = types_of(model, read.scores)
    quoted = cues.cues(text, read.normal, read.found, model, kind)
    return Finding(verdict, kind, quoted, cues.signals(read.found, disguised=read.normal.disguised), also)


def verdict_of(model: Model, chance: float) -> Verdict:
    """Give the verdict for the chance that a message is a scam."""
    return "scam" if chance >= model.scam else "suspicious" if chance >= model.suspicious else "no_sign"


def types_of(model: Model, scores: Scores) -> tuple[str, tuple[str, ...]]:
    """Give the likeliest type and those that are nearly as likely."""
    ranked = sorted(scores.types, key=lambda name: -scores.types[name])
    least = model.also * scores.types[ranked[0]]
    return ranked[0], tuple(name for name in ranked[1 : 1 + _MOST_ALSO] if scores.types[name] >= least)


def _worst(model: Model, normal: Normal) -> _Read:
    """Read the message, a long one in overlapping parts, and give the part that looks worst."""
    size = len(normal.text)
    starts = range(0, max(size - _WINDOW + _STEP, 1), _STEP) if size > _WINDOW else range(1)
    parts = [_part(normal, start, start + _WINDOW) if size > _WINDOW else normal for start in starts]
    return max((_read(model, part) for part in parts), key=lambda read: read.scores.chance)


def _part(normal: Normal, start: int, end: int) -> Normal:
    return normal._replace(
        text=normal.text[start:end], starts=normal.starts[start:end], ends=normal.ends[start:end]
    )


def _read(model: Model, normal: Normal) -> _Read:
    found = features(normal.text)
    return _Read(normal, found, score(model, found, normal.text))


def chance(text: str) -> float:
    """Give the chance that a message is a scam."""
    return _worst(load(), normalise(text, lexicon.words().__contains__)).scores.chance


def plain(model: Model, scores: Scores) -> Finding:
    """Give the finding that scores lead to, without the words."""
    verdict = verdict_of(model, scores.chance)
    kind, also = types_of(model, scores)
    return Finding(verdict, "", (), (), ()) if verdict == "no_sign" else Finding(verdict, kind, (), (), also)
