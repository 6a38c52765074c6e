"""Why did my score move? The exact difference between two dates: time, data, rules and model, factor by factor.

The difference is walked in steps, each changing one thing: the old record aged to the new date (time), the new
record (data), the new country pack (rules), the new model (model). Points add up, so every step is exact. The order
is stated because an interaction of two changes is counted with the later one.

Where a step cannot be scored, because the old model or pack is gone, `walk` takes others in another order: the sum is
exact all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from engine.result import Result

Cause = Literal["time", "data", "rules", "model", "both", "mixed", "clip"]
"""Why points moved. "both" are rules and model together, "mixed" is anything: what cannot be told apart any more."""
KEEP_THE_MODEL = ("time", "data", "rules")


class Move(msgspec.Struct, frozen=True):
    """One item of a difference: which factor moved the score by how many points (never 0), and why.

    Two items are no factors: "base", the starting point of a new model, and "scale", what the ends of the scale
    took before or take now (cause "clip").
    """

    factor: str
    cause: Cause
    points: int


def walk(then: Result, steps: Sequence[tuple[Cause, Result]]) -> tuple[Move, ...]:
    """Decompose the way from one result to the last of `steps`, each of which names what it changed.

    A factor that is not known has no points. The order is that of the steps, and within one the largest first. Raises
    ValueError if a step that keeps the model was scored by another, or points do not add up to their score.
    """
    found: list[Move] = []
    before = then
    for cause, after in steps:
        if cause in KEEP_THE_MODEL and after.model_hash != before.model_hash:
            raise ValueError("only a change of the model may change the model")
        bases = [Move("base", cause, after.base - before.base)]
        moves = _between(_points(before), _points(after), cause)
        found += bases + sorted(moves, key=lambda move: (-abs(move.points), move.factor))
        before = after
    found.append(Move("scale", "clip", before.clip - then.clip))
    if sum(move.points for move in found) != before.score - then.score:
        raise ValueError("the points of a result do not add up to its score")
    return tuple(move for move in found if move.points)


def _between(before: Mapping[str, int], after: Mapping[str, int], cause: Cause) -> list[Move]:
    return [
        Move(factor, cause, after.get(factor, 0) - before.get(factor, 0)) for factor in {**before, **after}
    ]


def _points(result: Result) -> dict[str, int]:
    return {entry.factor: entry.points for entry in result.points}
