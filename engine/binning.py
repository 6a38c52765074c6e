"""Optimal binning: the best way to cut an ordered column into few bins whose worth keeps one shape.

Exact: dynamic programming over every way to join neighbouring pre-bins, in O(P^3) for P pre-bins. The shape
("trend") is that of the bins' values from the lowest bin to the highest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Trend = Literal["up", "down", "peak", "valley", "auto"]
TRENDS: tuple[Trend, ...] = ("up", "down", "peak", "valley")

_SAMPLE = 40_000  # beyond this many values, quantiles of an even sample are the quantiles of all


@dataclass(frozen=True)
class Partition:
    """A way to join pre-bins: `starts` are the first pre-bin of each bin, `cost` is what was minimised."""

    starts: tuple[int, ...]
    cost: float
    trend: Trend

    def spread(self, size: int) -> Ints:
        """Give the bin of each of `size` pre-bins."""
        return np.searchsorted(self.starts, np.arange(size), side="right") - 1


def prebins(values: Floats, most: int) -> Floats:
    """Give the inner cuts (rising) of at most `most` pre-bins that hold about equally many of `values`.

    Values up to `most` different ones are each their own pre-bin. A value that equals a cut belongs above it. A
    cut has as few digits as tell its neighbours apart, for it will be printed. `values` must be finite.
    """
    if len(values) > _SAMPLE:
        values = values[:: len(values) // _SAMPLE + 1]
    ordered = np.sort(values)
    new = np.flatnonzero(ordered[1:] > ordered[:-1]) + 1
    distinct = ordered[np.concatenate([[0], new])] if len(ordered) else ordered
    if len(distinct) > most:
        edges = np.unique(ordered[(np.arange(1, most) * len(ordered)) // most])
        new = np.searchsorted(distinct, edges[edges > ordered[0]])
    else:
        new = np.arange(1, len(distinct))
    return 0.0 - shortest(-distinct[new], -distinct[new - 1])  # above the one, at most the other


def shortest(low: Floats, high: Floats) -> Floats:
    """Give for each pair a number with low <= number < high of as few decimals as will do, near the middle."""
    middle = low + (high - low) / 2.0
    found = low.copy()
    open_ = np.ones(len(low), dtype=np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        for decimals in range(-6, 12):
            for tried in (np.round(middle, decimals), np.round(middle - 0.5 * 10.0**-decimals, decimals)):
                fits = open_ & (tried >= low) & (tried < high)
                found[fits] = tried[fits]
                open_ &= ~fits
    return found + 0.0


def least_squares(
    curve: Floats, weight: Floats, size: Floats, *, least: float, price: float
) -> tuple[Floats, Floats]:
    """Give (cost, value) of every bin i..j-1 for steps that follow `curve` (one value a pre-bin).

    cost = sum of weight * (curve - mean)^2 + `price` for the bin; value = the weighted mean. Bins with less
    than `least` of `size` are not permitted (cost is infinite).
    """
    weights, sums = _ranges(weight), _ranges(weight * curve)
    squares, sizes = _ranges(weight * curve**2), _ranges(size)
    some = np.where(weights > 0, weights, 1.0)
    cost = np.maximum(squares - sums**2 / some, 0.0) + price
    return np.where(_permitted(sizes, least), cost, np.inf), sums / some


def likelihood(bad: Floats, good: Floats, *, least: float, price: float) -> tuple[Floats, Floats]:
    """Give (cost, value) of every bin i..j-1 for the counts of bad and good loans of each pre-bin.

    cost = minus the log-likelihood of the bin's own bad rate + `price`; value = log-odds of good with half a
    loan added to each side. A bin needs `least` loans, and both outcomes once the column has them.
    """
    bads, goods = _ranges(bad), _ranges(good)
    loans = np.maximum(bads + goods, 1e-300)
    entropy = bads * np.log(np.maximum(bads, 1e-300) / loans) + goods * np.log(
        np.maximum(goods, 1e-300) / loans
    )
    mixed = (np.minimum(bads, goods) > 0) | (min(bad.sum(), good.sum()) == 0)
    allowed = _permitted(bads + goods, least) & mixed
    value = np.log((np.maximum(goods, 0) + 0.5) / (np.maximum(bads, 0) + 0.5))
    return np.where(allowed, price - entropy, np.inf), value


def best(
    cost: Floats,
    value: Floats,
    *,
    trend: Trend = "auto",
    most: int = 10,
    distance: float = 0.0,
    turn: float = 0.0,
) -> Partition:
    """Give the partition of least cost whose values keep the trend; "auto" takes the best of the four.

    `cost` and `value` are P x (P+1): entry [i, j] is the bin of pre-bins i..j-1. Neighbouring values differ
    by `distance` or more in the trend's direction; there are at most `most` bins; in "auto" a peak or a
    valley must be better than a straight trend by `turn`. Where no partition is permitted, the whole is one
    bin.
    """
    found = []
    for first, bent in ((1, "peak"), (-1, "valley")):
        straight: Trend = "up" if first > 0 else "down"
        if trend in ("auto", straight, bent):
            phases = (first,) if trend == straight else (first, -first)
            found += _solve(cost, value, phases, most, distance, straight, trend)
    wanted = [part for part in found if trend in ("auto", part.trend)]
    if not wanted:
        return Partition((0,), float("inf"), "up" if trend == "auto" else trend)
    return min(wanted, key=lambda part: part.cost + (turn if part.trend in ("peak", "valley") else 0.0))


def _ranges(parts: Floats) -> Floats:
    """Give the sum of parts i..j-1 at [i, j]; nothing for j <= i."""
    total = np.concatenate([[0.0], np.cumsum(parts)])
    return np.asarray(np.triu(total[None, :] - total[:-1, None], 1))


def _permitted(sizes: Floats, least: float) -> NDArray[np.bool_]:
    rows = np.arange(sizes.shape[0])[:, None]
    return np.asarray((np.arange(sizes.shape[1])[None, :] > rows) & (sizes >= least))


def _solve(
    cost: Floats,
    value: Floats,
    phases: Sequence[int],
    most: int,
    distance: float,
    straight: Trend,
    trend: Trend,
) -> list[Partition]:
    """Give the best straight partition and, with two phases, the best bent one.

    Without a limit on the number of bins first: if what it finds keeps the limit, it is the answer.
    """
    free = _Table(cost, value, phases, 0, distance)
    limited: _Table | None = None
    found = []
    for phase in range(len(phases)):
        name: Trend = straight if phase == 0 else "peak" if straight == "up" else "valley"
        part = free.trace(phase, name)
        if part is not None and len(part.starts) > most:
            limited = limited or _Table(cost, value, phases, most, distance)
            part = limited.trace(phase, name)
        if part is not None and (phase == len(phases) - 1 or trend in ("auto", name)):
            found.append(part)
    return found


class _Table:
    """Least costs [bins used, phase, i, j] of partitions of 0..j-1 that end with the bin i..j-1.

    With `most` of 0 the number of bins is not counted (one layer that goes back to itself).
    """

    def __init__(
        self, cost: Floats, value: Floats, phases: Sequence[int], most: int, distance: float
    ) -> None:
        size = cost.shape[0]
        layers = max(most, 1)
        self.size, self.counted = size, most > 0
        self.least = np.full((layers, len(phases), size, size + 1), np.inf)
        self.before = np.zeros((layers, len(phases), size, size + 1), dtype=np.int32)  # i * phases + phase
        self.least[0, :, 0] = cost[0]
        for at in range(1, size):
            ended = value[:at, at][:, None]  # the values of the bins that can end here
            step = value[at][None, :] - ended
            for phase, way in enumerate(phases):
                self._extend(at, phase, way * step >= distance, cost[at])

    def _extend(self, at: int, phase: int, fits: NDArray[np.bool_], cost: Floats) -> None:
        phases = self.least.shape[1]
        # from the same phase, or from an earlier one; [layer, i * phases + phase, j]
        ends = self.least[:, : phase + 1, :at, at].transpose(0, 2, 1)
        allowed = fits[None, :, None, :]
        costs = np.where(allowed, ends[:, :, :, None], np.inf)
        costs = costs.reshape(len(ends), -1, self.size + 1)
        chosen = costs.argmin(axis=1)
        reached = np.take_along_axis(costs, chosen[:, None, :], axis=1)[:, 0] + cost
        start, came = np.divmod(chosen, phase + 1)
        came = start * phases + came
        if self.counted:
            self.least[1:, phase, at] = reached[:-1]
            self.before[1:, phase, at] = came[:-1]
        else:
            self.least[0, phase, at] = reached[0]
            self.before[0, phase, at] = came[0]

    def trace(self, phase: int, trend: Trend) -> Partition | None:
        """Follow the best partition that ends in `phase` or before it back to its beginning."""
        ends = self.least[:, : phase + 1, :, self.size]
        layer, phase, start = (int(at) for at in np.unravel_index(int(ends.argmin()), ends.shape))
        cost = float(ends[layer, phase, start])
        if not np.isfinite(cost):
            return None
        starts, end = [int(start)], self.size
        while starts[-1] > 0:
            came = int(self.before[layer, phase, starts[-1], end])
            end = starts[-1]
            before, phase = divmod(came, self.least.shape[1])
            starts.append(before)
            layer -= 1 if self.counted else 0
        return Partition(tuple(reversed(starts)), cost, trend)
