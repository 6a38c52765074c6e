"""What a score query gives back: the number, what it is made of, and what is not known."""

import msgspec

from engine.factors import Value


class Points(msgspec.Struct, frozen=True):
    """What one factor adds to the score: whole points, negative when it lowers it."""

    factor: str
    value: Value
    points: int


class Reason(msgspec.Struct, frozen=True):
    """One reason for the score, against the factor's neutral point (0: not known).

    `code` is "<factor>.low", "<factor>.high" or "<factor>.class" where the value hurts, saying on which side
    of the best values it lies, and "<factor>.good" where it helps.
    """

    code: str
    factor: str
    points: int
    value: Value


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A score and everything that explains it.

    `score` == `base` + the sum of all `points` + `clip`, exactly; `clip` is what the ends of the scale take
    or give. `pd` is the probability (0..1) of default within 12 months, reckoned before clipping. `points`
    has every permitted factor that is known. `reasons` has at most four, the most harmful first; `strengths`
    the most helpful first. `completeness` (0..1) is the share of the expected information that is there,
    weighted by expected effect; `missing` names the factors that are not, the weightiest first. The ids say
    what would give this result again.
    """

    score: int
    pd: float
    band: str
    base: int
    points: tuple[Points, ...]
    clip: int
    reasons: tuple[Reason, ...]
    strengths: tuple[Reason, ...]
    completeness: float
    missing: tuple[str, ...]
    model_id: str
    model_hash: str
    pack_id: str
    pack_version: int
