"""The words that gave a scam away, to be quoted back: as they stand in the message, whatever disguise they wear."""

import math
from collections.abc import Iterator, Mapping

from engine.scam import runs, semantics
from engine.scam.features import Found, Place
from engine.scam.finding import Cue
from engine.scam.kinds import TYPES
from engine.scam.model import Model, meaning, weight
from engine.scam.normalise import Normal
from engine.scam.runs import Told

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

_LONGEST = 60  # characters over which one sign of a scam may stretch to be quoted
_RULE, _OTHER_RULE = 2.0, 0.3  # what a rule counts for beside what the model weighs
_PAIR, _BIT = 0.5, 0.3  # and a pair of notions, and bits of words


def signals(found: Found, *, disguised: bool) -> tuple[str, ...]:
    """Name the signals that a message shows."""
    return tuple(
        name
        for name, features in SIGNALS.items()
        if any(feature in found for feature in features) or (name == "disguise" and disguised)
    )


def cues(original: str, normal: Normal, found: Found, model: Model, kind: str) -> tuple[Cue, ...]:
    """Quote the runs of words that weighed most: rules, notions, and what the model knows of words."""
    head = TYPES.index(kind) + 1
    told = [*_thought(found, model, head, kind), *_learnt(normal.text, found, model, head, kind)]
    quoted: list[Cue] = []
    for run in runs.best(normal.text, told):
        start, end = _whole(original, *normal.span(run.start, run.end))
        if not quoted or start >= quoted[-1].end:  # letters of a disguise can belong to two runs
            quoted.append(Cue(start, end, original[start:end], run.sign))
    return tuple(quoted)


def _thought(found: Found, model: Model, head: int, kind: str) -> Iterator[Told]:
    """Give what the rules and notions found."""
    for name, (start, end) in found.items():
        if name[0] == "r" and name.count(":") == 1:
            yield Told(
                start, min(end, start + _LONGEST), _RULE if name == f"r:{kind}" else _OTHER_RULE, name[2:]
            )
        elif name[0] in "cp":
            gain = weight(model, name, 0) + weight(model, name, head)
            if gain > 0 and end - start < _LONGEST:
                yield Told(start, end, gain * (1 if name[0] == "c" else _PAIR), _sign(name, kind))


def _learnt(text: str, found: Found, model: Model, head: int, kind: str) -> Iterator[Told]:
    """Give what the model knows of bits of words, and of words by their meaning."""
    for name, (start, end) in found.items():
        gain = weight(model, name, 0) + weight(model, name, head) if name[0] in "gwz" else 0
        if gain > 0:
            yield Told(start, end, gain * _BIT, kind)
    words = list(semantics.known(text, model.words))
    for word, start, end in words:
        gain = meaning(model, word, 0) + meaning(model, word, head)
        if gain > 0:
            yield Told(start, end, gain / math.sqrt(len(words)), kind)


def _sign(name: str, kind: str) -> str:
    return next((signal for signal, features in SIGNALS.items() if name in features), kind)


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
