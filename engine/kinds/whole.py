"""Whole points that add up: real amounts rounded so that their sum is the whole number it must be."""

import math
from collections.abc import Sequence


def whole(amounts: Sequence[float], total: int) -> list[int]:
    """Round `amounts` to whole numbers whose sum is `total`, by the largest remainder.

    `total` is meant to be within a point or two of the amounts' own sum. An amount of exactly 0 stays 0 unless
    nothing else could take what is left over. Equal remainders: the earlier amount goes first.
    """
    points = [math.floor(amount) for amount in amounts]
    left = total - sum(points)
    if not left:
        return points
    takers = [at for at, amount in enumerate(amounts) if amount] or list(range(len(amounts)))
    takers.sort(key=lambda at: points[at] - amounts[at], reverse=left < 0)
    step = 1 if left > 0 else -1
    for turn in range(abs(left)):
        points[takers[turn % len(takers)]] += step
    return points
