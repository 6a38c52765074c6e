"""How far a model read from a file can go: a number without measure would score nonsense, overflow, or never end.

Every figure of a file may be finite and their product not. So what a model can say at most is reckoned from its
figures, generously, and one that could leave these bounds is refused.
"""

from itertools import accumulate
from typing import TYPE_CHECKING

from engine.scale import Scale
from engine.scorecard import Scorecard

if TYPE_CHECKING:
    from engine.kinds import Blend, Body, Nonlinear

FARTHEST = 1e9  # log-odds, or weights; real models stay below 100
DOUBLINGS = 1000.0  # of the odds, by all points of a scorecard together; a float ends at 1024
_LENGTH = 1_000_000  # of a scale, in points


def problem(model: "Scorecard | Nonlinear | Blend") -> str | None:
    """Say what of a model is out of all measure, and what is accepted; None if nothing is."""
    wrong = _scale(model.scale)
    if wrong:
        return wrong
    if isinstance(model, Scorecard):
        most = model.base + sum(_most(entry.points, entry.missing, entry.other) for entry in model.factors)
        most += sum(max((abs(worth) for _, worth in e.specials), default=0) for e in model.factors)
        doublings = (most + model.scale.anchor_score) / model.scale.points_to_double
        if doublings > DOUBLINGS:
            return f"its points double the odds {doublings:.0f} times; accepted: at most {DOUBLINGS:.0f}"
        return None
    parts = getattr(model, "parts", None)
    if parts is not None:
        return next((wrong for part in parts if (wrong := problem(part.model))), None)
    return _nonlinear(model)  # type: ignore[arg-type]  # what has no parts is no blend


def _most(points: tuple[int, ...], missing: int, other: int) -> int:
    return max(*map(abs, points), abs(missing), abs(other))


def _scale(scale: Scale) -> str | None:
    if max(abs(scale.low), abs(scale.high), scale.points_to_double) > _LENGTH:
        return f"`scale` is too long; accepted: ends and `points_to_double` up to {_LENGTH}"
    if not 1e-9 <= scale.anchor_odds <= 1e9:
        return "`scale.anchor_odds` is out of all measure; accepted: 1e-9 to 1e9"
    return None


def _nonlinear(model: "Nonlinear") -> str | None:
    if max(model.weights) > FARTHEST:
        return f"`weights` go up to {max(model.weights):g}; accepted: at most {FARTHEST:g}"
    far = _body(model.body)
    if not far <= FARTHEST:
        return f"`body` can say {far:g} (log-odds); accepted: at most {FARTHEST:g}"
    return None


def _body(body: "Body") -> float:
    """Give a bound of what a body can say: the farthest leaf of each tree, or layer by layer the farthest sums."""
    from engine.kinds import NetworkBody, Split  # noqa: PLC0415 - whoever has a body has loaded it
    from engine.kinds.trees import nodes  # noqa: PLC0415 - whoever has such a body has loaded it

    if not isinstance(body, NetworkBody):
        leaves = (
            max(abs(node) for node, _ in nodes(root) if not isinstance(node, Split)) for root in body.trees
        )
        return abs(body.baseline) + sum(leaves)
    features = max(max(map(abs, (*curve.to, curve.missing, 1.0))) for curve in body.curves)
    slopes = max(max(map(abs, curve.slopes)) for curve in body.curves)
    farthest = features
    for net in body.nets:
        *_, last = accumulate(
            net,
            lambda most, layer: max(
                max(sum(map(abs, row)) * most + abs(bias), 1.0)
                for row, bias in zip(layer.weights, layer.bias, strict=True)
            ),
            initial=features,
        )
        farthest = max(farthest, last)
    return max(farthest, slopes / FARTHEST)
