"""What is said of a message."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["scam", "suspicious", "no_sign"]


@dataclass(frozen=True)
class Cue:
    """Words as they stand from `start` to `end` of the message, and the `sign` that they are: a type or a signal."""

    start: int
    end: int
    words: str
    sign: str


@dataclass(frozen=True)
class Finding:
    """The verdict on a message, never "safe".

    `kind` is its likeliest type, "" where no sign was found; `also` further likely ones. `cues` are the words that
    gave it away, in their order; `signals` what they have in common with other scams (SIGNALS).
    """

    verdict: Verdict
    kind: str
    cues: tuple[Cue, ...]
    signals: tuple[str, ...]
    also: tuple[str, ...]
