"""The values of a column at which a model's answer can change: what advice needs to try, and all of it.

Between two edges a scorecard and a tree say the same. A network changes everywhere, so its edges are not all.
"""

from typing import TYPE_CHECKING, NamedTuple

from engine.model import Model
from engine.scorecard import Scorecard

if TYPE_CHECKING:
    from engine.kinds import Nonlinear


class Edges(NamedTuple):
    """Rising values; `all` where the answer changes nowhere else. The answer may change at or just above one."""

    values: tuple[float, ...]
    all: bool = True


class EdgesOf:
    """The edges of a model's number columns; none at all for a column that the model does not read."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[str, Edges] = {}
        self._parts = [EdgesOf(part.model) for part in getattr(model, "parts", ())]
        self._asked: list[set[float]] | None = None

    def __call__(self, name: str) -> Edges:
        """Give the edges of one column."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Edges:
        model = self.model
        if isinstance(model, Scorecard):
            entry = model.points_at(name)
            if entry is None:
                return Edges(())
            return Edges(
                tuple(sorted({*entry.cuts, *(code for code, _ in entry.specials)})), not entry.classes
            )
        if self._parts:
            found = [part(name) for part in self._parts]
            values = {value for item in found for value in item.values}
            return Edges(tuple(sorted(values)), all(item.all for item in found))
        # Whoever has another kind of model has loaded it; a scorecard alone does not.
        from engine.kinds import NetworkBody, Nonlinear  # noqa: PLC0415 - whoever has such a body has loaded it

        if not isinstance(model, Nonlinear):
            return Edges((), all=False)
        if name not in model.names:
            return Edges(())
        at = model.names.index(name)
        if isinstance(model.body, NetworkBody):
            spots = {spot for curve in model.body.curves if curve.input == at for spot in curve.at}
            return Edges(tuple(sorted(spots)), all=False)
        if self._asked is None:
            self._asked = _asked(model)
        return Edges(tuple(sorted(self._asked[at])), model.inputs[at].kind != "class")


def _asked(model: "Nonlinear") -> list[set[float]]:
    """Give the cuts of each input that some split asks for; a body may hold more."""
    from engine.kinds import NetworkBody, Split  # noqa: PLC0415 - whoever has such a body has loaded it
    from engine.kinds.trees import nodes  # noqa: PLC0415 - whoever has such a body has loaded it

    body = model.body
    found: list[set[float]] = [set() for _ in model.inputs]
    for root in () if isinstance(body, NetworkBody) else body.trees:
        for node, _ in nodes(root):
            # A cut one past the last only asks whether the value is missing.
            if isinstance(node, Split) and node.cut < len(body.cuts[node.feature]):  # type: ignore[union-attr]  # a body whose nodes split has cuts
                found[node.feature].add(body.cuts[node.feature][node.cut])  # type: ignore[union-attr]  # a body whose nodes split has cuts
    return found
