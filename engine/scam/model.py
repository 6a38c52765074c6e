"""The fitted model: a weight of each feature for "is this a scam", for each type and each kind of good faith."""

import base64
import math
import struct
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec

from engine import strict
from engine.scam import semantics
from engine.scam.kinds import KINDS, TYPES
from engine.scam.tables import HERE, ScamError

FILE = "model.json"
_LIMIT = 6_000_000
HEADS = 1 + len(TYPES) + len(KINDS)
_PACKED = struct.Struct(f"{HEADS}b")
_LENGTH = -(-HEADS * 5 // 4)


class Model(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Weights in steps of `step`: the first of each is "scam", the others follow TYPES and KINDS.

    `weights` packs them by feature (base85 of signed bytes), `words` by word, in steps of `word_step`. `slope` and
    `shift` turn their sum into a chance. `scam` and `suspicious` are the chances from which a message is called so,
    `also` the share of its best type from which a further type is named.
    """

    types: tuple[str, ...]
    step: float
    bias: list[float]
    weights: dict[str, str]
    word_step: float
    words: dict[str, str]
    slope: float
    shift: float
    scam: float
    suspicious: float
    also: float

    def __post_init__(self) -> None:
        """Refuse a model of other types or another shape."""
        if self.types != TYPES or len(self.bias) != HEADS:
            raise ValueError("the model is not one of these types")
        for packed in (*self.weights.values(), *self.words.values()):
            if len(packed) != _LENGTH:
                raise ValueError(
                    f"weights of {len(packed)} characters; accepted: {_LENGTH} for {HEADS} weights"
                )


class Scores(NamedTuple):
    """The chance that a message is a scam, and each type's chance if it is one."""

    chance: float
    types: dict[str, float]


def score(model: Model, names: Iterable[str], text: str) -> Scores:
    """Score a message by its features' names and the words of its normalised text.

    What speaks for a scam is what the first weights say of scams as a whole, and how much better the message fits the
    types of scam than the kinds of good faith: a warning and a reminder have little in common, nor have two types.
    """
    words = [model.words[word] for word, _, _ in semantics.known(text, model.words)]
    plain = _summed([model.weights[name] for name in names if name in model.weights], model.step)
    meant = _summed(words, model.word_step / math.sqrt(max(len(words), 1)))
    sums = [sum(three) for three in zip(plain, meant, model.bias, strict=True)]
    types, kinds = sums[1 : len(TYPES) + 1], sums[len(TYPES) + 1 :]
    most = _soft_most(types)
    margin = model.slope * (sums[0] + most - _soft_most(kinds)) + model.shift
    return Scores(
        1 / (1 + math.exp(-max(min(margin, 30.0), -30.0))),
        {name: math.exp(one - most) for name, one in zip(model.types, types, strict=True)},
    )


def _soft_most(sums: Sequence[float]) -> float:
    top = max(sums)
    return top + math.log(sum(math.exp(one - top) for one in sums))


def _summed(packed: Sequence[str], step: float) -> list[float]:
    if not packed:
        return [0.0] * HEADS
    return [sum(column) * step for column in zip(*map(unpack, packed), strict=True)]


def weight(model: Model, name: str, head: int) -> float:
    """Give what one feature adds to one head: 0 is "scam", the types follow."""
    return unpack(model.weights[name])[head] * model.step if name in model.weights else 0.0


def meaning(model: Model, word: str, head: int) -> float:
    """Give what one word adds to one head by its meaning, were it the only one."""
    return unpack(model.words[word])[head] * model.word_step


@lru_cache(maxsize=16_384)
def unpack(packed: str) -> tuple[int, ...]:
    """Give the whole numbers of one feature."""
    return _PACKED.unpack(base64.b85decode(packed))


def pack(numbers: list[int]) -> str:
    """Write the whole numbers of one feature."""
    return base64.b85encode(_PACKED.pack(*numbers)).decode()


@cache
def load() -> Model:
    """Give the model that stands beside this module; raises ScamError where it was damaged."""
    data = strict.contents(HERE / FILE, ScamError, limit=_LIMIT)
    return strict.decode(data, Model, ScamError, name=FILE)
