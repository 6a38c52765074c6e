"""The values of a column at which a model's answer can change: what advice needs to try, and all of it.

Between two edges a scorecard and a tree say the same. A network changes everywhere, so its edges are not all.
"""

from typing import NamedTuple

from engine.model import Model
from engine.scorecard import Scorecard


class Edges(NamedTuple):
    """Rising values; `all` where the answer changes nowhere else. The answer may change at or just above one."""

    values: tuple[float, ...]
    all: bool = True


def edges(model: Model, name: str) -> Edges:
    """Give the edges of one number column; none at all for a column that the model does not read."""
    if isinstance(model, Scorecard):
        entry = model.points_at(name)
        if entry is None:
            return Edges(())
        return Edges(tuple(sorted({*entry.cuts, *(code for code, _ in entry.specials)})), not entry.classes)
    # Whoever has another kind of model has loaded it; a scorecard alone does not.
    from engine.kinds import Blend, NetworkBody, Nonlinear  # noqa: PLC0415

    if isinstance(model, Blend):
        found = [edges(part.model, name) for part in model.parts]
        values = {value for item in found for value in item.values}
        return Edges(tuple(sorted(values)), all(item.all for item in found))
    if not isinstance(model, Nonlinear):
        return Edges((), all=False)
    if name not in model.names:
        return Edges(())
    at = model.names.index(name)
    if isinstance(model.body, NetworkBody):
        spots = {spot for curve in model.body.curves if curve.input == at for spot in curve.at}
        return Edges(tuple(sorted(spots)), all=False)
    return Edges(model.body.cuts[at], model.inputs[at].kind != "class")
