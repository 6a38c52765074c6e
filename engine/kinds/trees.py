"""Trees as values: nested splits over numbered bins, one of them (`TreeBody`) or many added up (`BoostingBody`).

A tree never sees a value, only which of an input's bins it falls in, so that each input is looked up once however
many trees there are, and a file holds small whole numbers. Nesting leaves a hostile file no room for a cycle.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated

import msgspec

from engine.kinds.inputs import finite

# A tree as it is walked: (slot, cut, left, right), or the number at a leaf. See `_Bins.slots` for the slot.
Walk = tuple[int, int, "Walk", "Walk"] | float

MAX_CUTS = 254  # a bin, and that of what is missing, fit a byte where whole tables are scored
MAX_DEPTH = 40
MAX_NODES = 400_000  # in all trees together; the largest body that we fit is a tenth of it
_ABOVE = 1 << 30
_Place = Annotated[int, msgspec.Meta(ge=0, lt=_ABOVE)]


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Left where the value of input number `feature` is at most its cut number `cut`, else right.

    A cut one past the last sends all that is known left; `missing_left` says where a missing value goes. In a
    file: [feature, cut, missing_left, left, right].
    """

    feature: _Place
    cut: _Place
    missing_left: bool
    left: "Split | float"
    right: "Split | float"


Node = Split | float
_Cuts = tuple[tuple[float, ...], ...]


class _Bins(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """`cuts` of each input, rising: bin k holds the values above cut k-1, up to and with cut k."""

    cuts: _Cuts

    def slots(self, vector: Sequence[float]) -> list[int]:
        """Give the bin of each input twice over: with what is missing above all cuts, then below all of them.

        A split reads from the half that sends a missing value its way, and needs no question of its own.
        """
        pairs = zip(self.cuts, vector, strict=True)
        above = [_ABOVE if math.isnan(value) else bisect_left(cuts, value) for cuts, value in pairs]
        return above + [-1 if at == _ABOVE else at for at in above]

    def _check(self, roots: Sequence[Node]) -> None:
        for cuts in self.cuts:
            if not finite(cuts) or any(low >= high for low, high in pairwise(cuts)):
                raise ValueError("`cuts` must be finite and rise")
            if len(cuts) > MAX_CUTS:
                raise ValueError(f"{len(cuts)} `cuts` of one input; accepted: at most {MAX_CUTS}")
        left = MAX_NODES
        for root in roots:
            for node, depth in nodes(root):
                left -= 1
                if left < 0 or depth > MAX_DEPTH:
                    raise ValueError(f"at most {MAX_NODES} nodes, {MAX_DEPTH} deep, are read")
                if not isinstance(node, Split):
                    if not math.isfinite(node):
                        raise ValueError("a leaf must be finite")
                elif node.feature >= len(self.cuts) or node.cut > len(self.cuts[node.feature]):
                    raise ValueError(
                        f"a split names input {node.feature}, cut {node.cut}, which is not there"
                    )


class TreeBody(_Bins, frozen=True, kw_only=True, tag_field="kind", tag="tree"):
    """One decision tree; a leaf is the log-odds of a good outcome."""

    tree: Node

    def __post_init__(self) -> None:
        """Refuse splits that name what is not there, and numbers that are not finite."""
        self._check((self.tree,))

    @property
    def width(self) -> int:
        """How many inputs it reads."""
        return len(self.cuts)

    @property
    def trees(self) -> tuple[Node, ...]:
        """The tree, as one of one."""
        return (self.tree,)

    @property
    def baseline(self) -> float:
        """What the tree is added to: nothing."""
        return 0.0

    def raw(self, vector: Sequence[float]) -> float:
        """Give the log-odds of good for one encoded vector (NaN: missing)."""
        return 0.0 + fall(self.walks[0], self.slots(vector))

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The tree laid out for speed."""
        return (_lay_out(self.tree, self.width),)


class BoostingBody(_Bins, frozen=True, kw_only=True, tag_field="kind", tag="boosting"):
    """Many small trees: log-odds of a good outcome = `baseline` + the sum of the leaves a vector falls in."""

    baseline: float
    trees: Annotated[tuple[Node, ...], msgspec.Meta(max_length=20_000)]

    def __post_init__(self) -> None:
        """Refuse splits that name what is not there, and numbers that are not finite."""
        self._check(self.trees)
        if not math.isfinite(self.baseline):
            raise ValueError("`baseline` must be finite")

    @property
    def width(self) -> int:
        """How many inputs it reads."""
        return len(self.cuts)

    def raw(self, vector: Sequence[float]) -> float:
        """Give the log-odds of good for one encoded vector (NaN: missing)."""
        slots = self.slots(vector)
        total = self.baseline
        for node in self.walks:
            while type(node) is tuple:
                slot, cut, left, right = node
                node = left if slots[slot] <= cut else right  # noqa: PLW2901 - a call here would double the time
            total += node  # type: ignore[operator]  # what is no split is a leaf
        return total

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The trees laid out for speed."""
        return tuple(_lay_out(root, self.width) for root in self.trees)


def fall(node: Walk, slots: Sequence[int]) -> float:
    """Give the leaf in which a vector falls."""
    while isinstance(node, tuple):
        slot, cut, left, right = node
        node = left if slots[slot] <= cut else right
    return node


def nodes(root: Node) -> Iterator[tuple[Node, int]]:
    """Give every node with its depth (the root has 0), a parent before its children, left before right."""
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        if isinstance(node, Split):
            stack += [(node.right, depth + 1), (node.left, depth + 1)]


def _lay_out(node: Node, width: int) -> Walk:
    if not isinstance(node, Split):
        return node
    slot = node.feature + (width if node.missing_left else 0)
    return (slot, node.cut, _lay_out(node.left, width), _lay_out(node.right, width))
