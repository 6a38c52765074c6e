"""The face all non-linear models share: from log-odds and attributions to the `Result` that a scorecard gives."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from engine.countries.pack import Pack
from engine.explain import CLASS, GOOD, HIGH, LOW, principal
from engine.factors import Record, Value
from engine.kinds.whole import whole
from engine.result import Points, Reason, Result
from engine.scale import Band, Scale

MISSING_CODE = (
    "missing"  # a missing answer that the model reads as news; never one of the catalogue's factors
)
REASONS_MAX = 4
_LEAST = 1e-6


class Side(NamedTuple):
    """What one input did: `amount` in points, not yet whole, and `side` of the reference it lies on (-1, 0, 1).

    `value` is the answer as it was given, None for one that is missing or that may not be looked at.
    """

    name: str
    kind: str
    value: Value | None
    side: int
    amount: float
    weight: float


class Faced(Protocol):
    """What a model must have to give a result."""

    @property
    def id(self) -> str: ...  # noqa: D102 - its name says it
    @property
    def hash(self) -> str: ...  # noqa: D102 - its name says it
    @property
    def scale(self) -> Scale: ...  # noqa: D102 - its name says it
    @property
    def bands(self) -> tuple[Band, ...]: ...  # noqa: D102 - its name says it


def forbidden(pack: Pack | None, catalogue: Collection[str]) -> frozenset[str]:
    """Give the factors of the catalogue that a place forbids; it does not know a lender's own columns."""
    return frozenset() if pack is None else frozenset(name for name in catalogue if not pack.permits(name))


def pd_of(log_odds: float) -> float:
    """Give the probability of default at natural log-odds of good, to six decimals, never 0 or 1."""
    if log_odds < 0.0:
        odds = math.exp(max(log_odds, -700.0))
        pd = 1.0 / (1.0 + odds)
    else:
        odds = math.exp(-min(log_odds, 700.0))
        pd = odds / (1.0 + odds)
    return min(max(round(pd, 6), _LEAST), 1.0 - _LEAST)


def result(model: Faced, sides: Sequence[Side], log_odds: float, neutral: float, pack: Pack | None) -> Result:
    """Make the result of one person from the log-odds, those of the reference, and what each input did.

    `sides` are the permitted inputs, the weightiest first.
    """
    scale = model.scale
    base, total = scale.points(neutral), scale.points(log_odds)
    score = min(max(total, scale.low), scale.high)
    points, reasons, missing = [], [], []
    present = 0.0
    for side, amount in zip(sides, whole([side.amount for side in sides], total - base), strict=True):
        if side.value is None:
            missing.append(side.name)
        else:
            present += side.weight
        if side.value is not None or amount:
            value = "" if side.value is None else side.value
            points.append(Points(side.name, value, amount))
            if amount:
                reasons.append(Reason(_code(side, amount), side.name, amount, value))
    expected = math.fsum(side.weight for side in sides)
    limit = REASONS_MAX if pack is None else pack.decision.reasons_max
    hurting, helping = principal([reason.points for reason in reasons], limit)
    return Result(
        score=score,
        pd=pd_of(log_odds),
        band=next(band.name for band in model.bands if score >= band.floor),
        base=base,
        points=tuple(points),
        clip=score - total,
        reasons=tuple(reasons[at] for at in hurting),
        strengths=tuple(reasons[at] for at in helping),
        completeness=min(present / expected, 1.0) if expected else 0.0,
        missing=tuple(missing),
        model_id=model.id,
        model_hash=model.hash,
        pack_id="" if pack is None else pack.id,
        pack_version=0 if pack is None else pack.version,
    )


def answer(record: Record, name: str) -> Value | None:
    """Give one answer, None where it is missing (absent, None, NaN or an empty text)."""
    value = record.get(name)
    return None if value is None or value == "" or value != value else value  # noqa: PLR0124 - NaN


def _code(side: Side, points: int) -> str:
    if points > 0:
        return f"{side.name}.{GOOD}"
    if side.value is None:
        return f"{side.name}.{MISSING_CODE}"
    if side.kind == "class":
        return f"{side.name}.{CLASS}"
    return f"{side.name}.{LOW if side.side < 0 else HIGH}"
