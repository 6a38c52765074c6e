"""A small neural network as a value: curves that scale the inputs, then layers; pure Python for one person.

Sums run in one stated order and nothing but + - * / is used, also for tanh, so that one person and a whole table
(`engine.kinds.many`) get the same number to the bit, on any machine.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from engine.kinds.inputs import finite

MAX_WEIGHTS = 200_000
_Numbers = tuple[float, ...]


class Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One feature: input number `input` read off a line through the points (`at`, `to`), flat beyond its ends.

    A missing value gives `missing`; a curve that is 0 everywhere and 1 where missing is a missing flag.
    """

    input: Annotated[int, msgspec.Meta(ge=0)]
    at: Annotated[_Numbers, msgspec.Meta(min_length=1, max_length=1000)]
    to: Annotated[_Numbers, msgspec.Meta(min_length=1, max_length=1000)]
    missing: float = 0.0

    def __post_init__(self) -> None:
        """Refuse points that do not pair or rise."""
        if len(self.at) != len(self.to) or not finite((*self.at, *self.to, self.missing, *self.slopes)):
            raise ValueError("a curve needs as many finite `at` as `to`")
        if any(low >= high for low, high in zip(self.at, self.at[1:], strict=False)):
            raise ValueError("`at` of a curve must rise")

    @cached_property
    def slopes(self) -> _Numbers:
        """The slope of each stretch, 0 after the last point."""
        steps = zip(self.at, self.at[1:], self.to, self.to[1:], strict=False)
        return (*((b - a) / (high - low) if high > low else math.inf for low, high, a, b in steps), 0.0)

    def read(self, value: float) -> float:
        """Give the feature for one value of the input."""
        if math.isnan(value):
            return self.missing
        at = bisect_right(self.at, value) - 1
        if at < 0:
            return self.to[0]
        return self.to[at] + self.slopes[at] * (min(value, self.at[-1]) - self.at[at])


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One layer: `weights` has a row for each unit, in it a weight for each unit of the layer before."""

    weights: tuple[_Numbers, ...]
    bias: _Numbers


class NetworkBody(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    dict=True,
    tag_field="kind",
    tag="network",
):
    """One or more networks on the same features; the log-odds of a good outcome is the mean of theirs.

    `width` is how many inputs there are. Every net ends in a layer of one unit; the hidden layers before it, any
    number of them, go through `activation`.
    """

    width: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    curves: Annotated[tuple[Curve, ...], msgspec.Meta(min_length=1)]
    activation: Literal["relu", "tanh"] = "relu"
    nets: Annotated[tuple[tuple[Layer, ...], ...], msgspec.Meta(min_length=1, max_length=100)]

    def __post_init__(self) -> None:
        """Refuse layers that do not fit each other, and numbers that are not finite."""
        if any(curve.input >= self.width for curve in self.curves):
            raise ValueError(f"a curve reads an input beyond the last ({self.width - 1})")
        left = MAX_WEIGHTS
        for net in self.nets:
            before = len(self.curves)
            for layer in net:
                left -= before * len(layer.bias)
                rows_fit = all(len(row) == before and finite(row) for row in layer.weights)
                if (
                    left < 0
                    or len(layer.weights) != len(layer.bias)
                    or not rows_fit
                    or not finite(layer.bias)
                ):
                    raise ValueError(f"a layer does not fit; accepted: {before} finite weights a unit")
                before = len(layer.bias)
            if not net or before != 1:
                raise ValueError("a net must end in one unit")

    @property
    def hidden(self) -> tuple[int, ...]:
        """How many units each hidden layer of the first net has."""
        return tuple(len(layer.bias) for layer in self.nets[0][:-1])

    def raw(self, vector: Sequence[float]) -> float:
        """Give the log-odds of good for one encoded vector (NaN: missing)."""
        features = [curve.read(vector[curve.input]) for curve in self.curves]
        total = 0.0
        for net in self._nets:
            total += self._finish(net, _sums(*net[0], features))
        return total / len(self.nets)

    def finish(self, sums: Sequence[float]) -> float:
        """Give the log-odds of good from the sums that enter the first layer, those of all nets in a row."""
        total, at = 0.0, 0
        for net in self._nets:
            size = len(net[0][1])
            total += self._finish(net, sums[at : at + size])
            at += size
        return total / len(self.nets)

    def starts(
        self, vector: Sequence[float], reference: Sequence[float]
    ) -> tuple[list[float], list[list[float]]]:
        """Give the sums that enter the first layer at the reference, and what turning each input adds to them."""
        theirs = [curve.read(reference[curve.input]) for curve in self.curves]
        start = [total for net in self._nets for total in _sums(*net[0], theirs)]
        turns = [[0.0] * len(start) for _ in range(self.width)]
        for place, curve in enumerate(self.curves):
            step = curve.read(vector[curve.input]) - theirs[place]
            if step:
                weights = [weight for net in self._nets for weight in net[0][0][place]]
                turn = turns[curve.input]
                turns[curve.input] = [so_far + step * w for so_far, w in zip(turn, weights, strict=True)]
        return start, turns

    @cached_property
    def _nets(self) -> list[list[tuple[list[_Numbers], _Numbers]]]:
        """Each layer by what goes in: a row for each unit before, so that units that are off cost nothing."""
        return [[(list(zip(*layer.weights, strict=True)), layer.bias) for layer in net] for net in self.nets]

    def _finish(self, net: list[tuple[list[_Numbers], _Numbers]], sums: Sequence[float]) -> float:
        for rows, bias in net[1:]:
            relu = self.activation == "relu"
            sums = _sums(rows, bias, [max(0.0, s) for s in sums] if relu else [tanh(s) for s in sums])
        return sums[0]


def tanh(x: float) -> float:
    """Give the hyperbolic tangent to within 1e-6, by Lambert's fraction at half of x and the double-angle formula.

    The one of the C library differs between machines in its last bits.
    """
    half = min(max(x * 0.5, -4.97), 4.97)
    square = half * half
    above = half * (135135.0 + square * (17325.0 + square * (378.0 + square)))
    below = 135135.0 + square * (62370.0 + square * (3150.0 + square * 28.0))
    part = above / below
    return (part + part) / (1.0 + part * part)


def _sums(rows: list[_Numbers], bias: _Numbers, values: Sequence[float]) -> list[float]:
    sums = list(bias)
    for value, row in zip(values, rows, strict=True):
        if value:
            sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
    return sums
