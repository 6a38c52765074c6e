"""The words that gave a scam away, to be quoted back: as they stand in the message, whatever disguise they wear."""

import math
from collections.abc import Iterable, Mapping

from engine.scam import semantics
from engine.scam.features import Found, Place
from engine.scam.finding import Cue
from engine.scam.kinds import TYPES
from engine.scam.model import Model, meaning, weight
from engine.scam.normalise import Normal

SIGNALS: Mapping[str, tuple[str, ...]] = {
    "pays_first": ("r:advance_fee", "r:unfreeze"),
    "personal_payee": ("c:payee",),
    "untraceable_payment": ("c:token_payment",),
    "urgency": ("c:urgent",),
    "secrecy": ("c:secret", "c:obey"),
    "credentials": ("r:code_theft", "c:card_data"),
    "install": ("c:outside_store", "c:remote_app", "s:apk"),
    "channel_switch": ("c:channel",),
    "threat": ("c:legal_threat", "c:shame"),
    "authority": ("c:authority",),
    "certainty": ("c:certain", "c:everyone"),
    "odd_address": ("s:odd_address",),
    "disguise": (),
}
"""The signals that cut across types, with the features that show each; `disguise` is known from the normalising."""

_MOST = 4
_LONGEST = 60  # characters of one quotation
_LEAST = 0.15  # what a further quotation must have weighed
_SHORT = 4  # letters of a word that says something by itself


def signals(found: Found, *, disguised: bool) -> tuple[str, ...]:
    """Name the signals that a message shows."""
    return tuple(
        name
        for name, features in SIGNALS.items()
        if any(feature in found for feature in features) or (name == "disguise" and disguised)
    )


def cues(original: str, normal: Normal, found: Found, model: Model, kind: str) -> tuple[Cue, ...]:
    """Quote what weighed most: the rule of the type if one fits, its notions, then what the model knows."""
    head = TYPES.index(kind) + 1
    ranked: list[tuple[float, Place, str]] = []
    for name, place in found.items():
        letter = name[0]
        if letter == "r" and name.count(":") == 1:
            ranked.append((3.0 if name == f"r:{kind}" else 0.1, place, name[2:]))
        elif letter in "cgwzp":
            gain = weight(model, name, 0) + weight(model, name, head)
            if gain > 0 and (place[1] - place[0] >= _SHORT or letter in "zp"):
                ranked.append((gain * (1.0 if letter == "c" else 0.6), place, _sign(name, kind)))
    ranked += _meant(normal.text, model, head, kind)
    ranked.sort(key=lambda one: (-one[0], one[1]))
    return _quoted(original, normal, ranked)


def _sign(name: str, kind: str) -> str:
    return next((signal for signal, features in SIGNALS.items() if name in features), kind)


def _meant(text: str, model: Model, head: int, kind: str) -> Iterable[tuple[float, Place, str]]:
    words = list(semantics.known(text, model.words))
    for word, start, end in words:
        gain = meaning(model, word, 0) + meaning(model, word, head)
        if gain > 0 and (end - start >= _SHORT or not word.isascii()):
            yield gain / math.sqrt(len(words)), (start, end), kind


def _quoted(original: str, normal: Normal, ranked: list[tuple[float, Place, str]]) -> tuple[Cue, ...]:
    taken: list[Cue] = []
    for gain, (start, end), sign in ranked:
        if len(taken) == 2 * _MOST or (taken and gain < _LEAST):
            break
        first, last = _whole(original, *normal.span(start, min(end, start + _LONGEST)))
        words = original[first:last]
        if len(words.strip()) > 1 and not any(first < cue.end and cue.start < last for cue in taken):
            taken.append(Cue(first, last, words, sign))
    # a single word tells a reader little; where several in a row gave the message away, these are quoted
    telling = [cue for cue in taken if not all(map(_latin, cue.words))] or taken
    return tuple(sorted(telling[:_MOST], key=lambda cue: cue.start))


def _whole(original: str, start: int, end: int) -> Place:
    """Let a quotation begin and end with whole words, and without blanks."""
    while start > 0 and _latin(original[start]) and _latin(original[start - 1]):
        start -= 1
    while end < len(original) and _latin(original[end - 1]) and _latin(original[end]):
        end += 1
    while start < end and original[start].isspace():
        start += 1
    while end > start and original[end - 1].isspace():
        end -= 1
    return start, end


def _latin(letter: str) -> bool:
    return letter.isalnum() and letter < "\u3000"
