"""Why did my score move? The exact difference between two dates: time, data, rules and model, factor by factor.

The difference is walked in steps, each changing one thing: the old record aged to the new date (time), the new
record (data), the new country pack (rules), the new model (model). Points add up, so every step is exact. The order
is stated because an interaction of two changes is counted with the later one.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.result import Result

Cause = Literal["time", "data", "rules", "model", "clip"]
_Points = Mapping[str, int]


class Move(msgspec.Struct, frozen=True):
    """One item of a difference: which factor moved the score by how many points (never 0), and why.

    Two items are no factors: "base", the starting point of a new model, and "scale", what the ends of the scale
    took before or take now (cause "clip").
    """

    factor: str
    cause: Cause
    points: int


def decompose(
    points_then: _Points,
    points_aged: _Points,
    points_now: _Points,
    points_now_new_model: _Points,
    *,
    base_then: int,
    base_now: int,
    clip_then: int = 0,
    clip_now: int = 0,
    points_now_new_rules: _Points | None = None,
) -> tuple[Move, ...]:
    """Name every item of at least a point between two scores; they sum exactly to the difference.

    Points by factor, in whole points, a factor that is not known being absent: `points_then` of the old record
    under the old model; `points_aged` of the old record aged to the new date, `points_now` of the new record, both
    under the old model and pack; `points_now_new_rules` under the new pack too (None: unchanged); and
    `points_now_new_model` with everything new. The old score is base_then + sum + clip_then, the new
    base_now + sum + clip_now. The order is by cause, and within it the largest first.
    """
    ruled = points_now if points_now_new_rules is None else points_now_new_rules
    clips = [Move("scale", "clip", clip_now - clip_then)]
    bases = [Move("base", "model", base_now - base_then)]
    return tuple(
        move
        for group in (
            _between(points_then, points_aged, "time"),
            _between(points_aged, points_now, "data"),
            _between(points_now, ruled, "rules"),
            bases + _between(ruled, points_now_new_model, "model"),
            clips,
        )
        for move in sorted(group, key=lambda move: (-abs(move.points), move.factor))
        if move.points
    )


def between(
    then: Result, aged: Result, now: Result, now_new_model: Result, *, now_new_rules: Result | None = None
) -> tuple[Move, ...]:
    """Decompose the difference of two score results; `aged`, `now`: see `decompose`.

    Raises ValueError if a step was scored by a model other than its own, or does not sum to the difference.
    """
    if not then.model_hash == aged.model_hash == now.model_hash:
        raise ValueError("the record then, aged and now must be scored by the old model")
    found = decompose(
        _points(then),
        _points(aged),
        _points(now),
        _points(now_new_model),
        base_then=then.base,
        base_now=now_new_model.base,
        clip_then=then.clip,
        clip_now=now_new_model.clip,
        points_now_new_rules=None if now_new_rules is None else _points(now_new_rules),
    )
    if sum(move.points for move in found) != now_new_model.score - then.score:
        raise ValueError("the points of a result do not add up to its score")
    return found


def _between(before: _Points, after: _Points, cause: Cause) -> list[Move]:
    return [
        Move(factor, cause, after.get(factor, 0) - before.get(factor, 0)) for factor in {**before, **after}
    ]


def _points(result: Result) -> dict[str, int]:
    return {entry.factor: entry.points for entry in result.points}
