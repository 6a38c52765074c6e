"""A tree said in words: every rule it has, or the one that fired."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from engine.factors import Record
from engine.kinds.face import pd_of
from engine.kinds.inputs import Input
from engine.kinds.nonlinear import Nonlinear
from engine.kinds.trees import Node, Split, TreeBody
from engine.raw import EPOCH


class Rule(NamedTuple):
    """One way down a tree: every condition on it, and the probability of default at its end."""

    conditions: tuple[str, ...]
    pd: float

    def __str__(self) -> str:
        return f"if {' and '.join(self.conditions) or 'anything'} then PD {self.pd:.1%}"


def rules(model: Nonlinear, record: Record | None = None) -> tuple[Rule, ...]:
    """Give every rule of a tree, the leftmost first; with a record, the one rule that fired for it.

    Conditions on one input are put together. Raises ValueError for a model that is no tree.
    """
    if not isinstance(model.body, TreeBody):
        raise ValueError(f"a {model.kind} has no rules; accepted: a tree")  # noqa: TRY004 - what a person did wrong is a ValueError everywhere here
    vector = None if record is None else model.vector(record)
    slots = None if vector is None else model.body.slots(vector)
    found: list[Rule] = []
    _descend(model, model.body, model.body.tree, slots, {}, found)
    return tuple(found)


class _Range(NamedTuple):
    """The bins of one input left over on a way down: above `low`, up to and with `high`; and the missing."""

    low: int
    high: int
    missing: bool

    @property
    def open(self) -> bool:
        """Whether anything at all can still come this way."""
        return self.low < self.high or self.missing


def _descend(
    model: Nonlinear,
    body: TreeBody,
    node: Node,
    slots: Sequence[int] | None,
    ranges: dict[int, _Range],
    found: list[Rule],
) -> None:
    if not isinstance(node, Split):
        words = [_words(model.inputs[at], body.cuts[at], left) for at, left in ranges.items()]
        found.append(Rule(tuple(word for word in words if word), pd_of(model.level + model.slope * node)))
        return
    at, last = node.feature, len(body.cuts[node.feature])
    so_far = ranges.get(at, _Range(-1, last, missing=not model.inputs[at].neutral))
    here = node.feature + (body.width if node.missing_left else 0)
    goes_left = slots is not None and slots[here] <= node.cut
    if slots is None or goes_left:
        left = _Range(so_far.low, min(so_far.high, node.cut), so_far.missing and node.missing_left)
        if left.open:
            _descend(model, body, node.left, slots, {**ranges, at: left}, found)
    if slots is None or not goes_left:
        right = _Range(max(so_far.low, node.cut), so_far.high, so_far.missing and not node.missing_left)
        if right.open:
            _descend(model, body, node.right, slots, {**ranges, at: right}, found)


def _words(entry: Input, cuts: Sequence[float], left: _Range) -> str:
    last = len(cuts)
    if left.low >= left.high:
        return f"{entry.name} is not known"
    if entry.kind == "class":
        words = _labels(entry, cuts, left)
    elif left.low < 0 and left.high >= last:
        words = ""
    elif left.low < 0:
        words = f"{entry.name} <= {_shown(entry, cuts[left.high])}"
    elif left.high >= last:
        words = f"{entry.name} > {_shown(entry, cuts[left.low])}"
    else:
        words = f"{_shown(entry, cuts[left.low])} < {entry.name} <= {_shown(entry, cuts[left.high])}"
    if entry.neutral:
        return words
    if not words:
        return "" if left.missing else f"{entry.name} is known"
    return f"({words} or not known)" if left.missing else words


def _labels(entry: Input, cuts: Sequence[float], left: _Range) -> str:
    fits = [label for label, code in entry.codes.items() if left.low < bisect_left(cuts, code) <= left.high]
    if len(fits) == len(entry.codes):
        return ""
    return f"{entry.name} is {' or '.join(fits) or 'a label not seen'}"


def _shown(entry: Input, cut: float) -> str:
    if entry.kind == "date":
        return (EPOCH + dt.timedelta(days=cut)).isoformat()
    return f"{cut:.12g}"
