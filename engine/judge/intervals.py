"""Figures with their 95 % intervals, from counts and standard errors: the small statistics the others share."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.integer]

Z95 = 1.959963984540054  # the normal's 97.5 % point


class Figure(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def normal(value: float, error: float, *, least: float = -math.inf, most: float = math.inf) -> Figure:
    """Give value +- 1.96 standard errors, held within `least`..`most`."""
    return Figure(value, max(value - Z95 * error, least), min(value + Z95 * error, most))


def wilson(hits: float, rows: float) -> Figure:
    """Give a share with Wilson's score interval (Wilson 1927, JASA 22:209), true also at 0 % and 100 %.

    Raises ValueError for a share of nothing.
    """
    if rows <= 0 or not 0 <= hits <= rows:
        raise ValueError(f"{hits} of {rows} is no share")
    share, z2 = hits / rows, Z95**2
    middle = (share + z2 / (2.0 * rows)) / (1.0 + z2 / rows)
    half = Z95 / (1.0 + z2 / rows) * math.sqrt(share * (1.0 - share) / rows + z2 / (4.0 * rows**2))
    # At the ends the formula gives 0 and 1 but for the last bit, which must not exclude the share itself.
    return Figure(share, max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))


def katz(hits: float, rows: float, other_hits: float, other_rows: float) -> Figure:
    """Give the ratio of two shares with Katz's log interval (Katz et al. 1978, Biometrics 34:469).

    Where a count is nought or full, the interval (not the ratio) takes half a hit more and one row more on
    both sides (Haldane's correction), so that it stays open. Raises ValueError if the other share is 0.
    """
    if other_hits <= 0 or rows <= 0:
        raise ValueError("a ratio needs rows, and a share above 0 to compare with")
    ratio = (hits / rows) / (other_hits / other_rows)
    if hits in (0, rows) or other_hits == other_rows:
        hits, rows, other_hits, other_rows = hits + 0.5, rows + 1.0, other_hits + 0.5, other_rows + 1.0
    middle = (hits / rows) / (other_hits / other_rows)
    spread = math.exp(Z95 * math.sqrt(1.0 / hits - 1.0 / rows + 1.0 / other_hits - 1.0 / other_rows))
    return Figure(ratio, min(ratio, middle / spread), max(ratio, middle * spread))


def newcombe(share: Figure, other: Figure) -> Figure:
    """Give share - other with Newcombe's hybrid score interval (1998, Statistics in Medicine 17:873, no. 10).

    Both shares come with Wilson's intervals and from different people.
    """
    gap = share.value - other.value
    below = math.hypot(share.value - share.low, other.high - other.value)
    above = math.hypot(share.high - share.value, other.value - other.low)
    return Figure(gap, gap - below, gap + above)


def normal_tail(z: float) -> float:
    """Give the two-sided p-value of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2.0))


def chi_square_tail(value: float, freedom: int) -> float:
    """Give P(chi-square with `freedom` >= 1 degrees > `value`); exact (Abramowitz & Stegun 26.4.4, 26.4.5)."""
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom; at least 1")
    half = value / 2.0
    if half <= 0.0:
        return 1.0
    odd = freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    for step in range(freedom // 2):
        power = step + 0.5 * odd
        tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1.0))
    return min(tail, 1.0)


def chi_square_point(freedom: int, tail: float = 0.05) -> float:
    """Give the value that chi-square with `freedom` degrees exceeds with probability `tail`, by bisection."""
    low, high = 0.0, freedom + 40.0 * math.sqrt(2.0 * freedom) + 40.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if chi_square_tail(middle, freedom) > tail else (low, middle)
    return high
