"""Special codes suspected among numbers: -1, 98, 999, 365243 where no amount can be meant."""

import numpy as np
from numpy.typing import NDArray

_TIMES = 5  # a code stands at least so often ...
_SHARE = 0.0005  # ... and in this share of the values
_MOST = 5  # different codes at one end of a column
_BELOW = frozenset(
    (-1, -2, -3, -4, -5, -6, -7, -8, -9, -99, -98, -97, -999, -998, -997, -9999, -99999, -999999)
)
_VARIED = 10  # different values that a column must have beside its negative codes


def suspects(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Give the whole numbers that are probably codes, in rising order.

    At the upper end (or the lower): at most five values that stand often (five times and 0.05 % of the values
    together) beyond a gap wider than the whole range of the others. At the lower end also: where all other values
    are 0 or more and of more than ten kinds, the negative ones if each of them is a usual code (-1 to -9, -99, -999).
    A run of nines at the top counts too where it is twenty times as frequent as the values before it.
    """
    known = values[~np.isnan(values)]
    if len(known) < 20:
        return ()
    low, high = float(known.min()), float(known.max())
    if not _worth_it(known, low, high):
        return ()
    different, counts = np.unique(known, return_counts=True)
    found = _end(different, counts) | {-code for code in _end(-different[::-1], counts[::-1])}
    return tuple(sorted(found | _negative(different, counts) | _nines(different, counts)))


def _worth_it(known: NDArray[np.float64], low: float, high: float) -> bool:
    """Say whether sorting all values could find anything: a code is a whole number at an end, and frequent."""
    needed = max(_TIMES, _SHARE * len(known))
    for end in (low, high):
        near = known[known >= end - 3] if end == high else known[known <= end + 8]
        if end % 1 == 0 and len(near) >= needed:
            return True
    return False


def _end(different: NDArray[np.float64], counts: NDArray[np.int64]) -> set[float]:
    """Look at the upper end for a few frequent values beyond the widest gap."""
    for size in range(min(_MOST, len(different) - 3), 0, -1):
        codes, rest = different[-size:], different[:-size]
        if codes[0] - rest[-1] <= max(rest[-1] - rest[0], codes[-1] - codes[0]) or (codes % 1).any():
            continue
        if abs(codes[0]) < 9:
            continue
        often = counts[-size:].sum()
        if often >= max(_TIMES, _SHARE * counts.sum()):
            return {float(code) for code in codes}
    return set()


def _negative(different: NDArray[np.float64], counts: NDArray[np.int64]) -> set[float]:
    below = different < 0
    codes = different[below]
    if not len(codes) or (~below).sum() <= _VARIED or not set(codes.tolist()) <= _BELOW:
        return set()
    often = counts[below].sum() >= max(_TIMES, _SHARE * counts.sum())
    return {float(code) for code in codes} if often else set()


def _nines(different: NDArray[np.float64], counts: NDArray[np.int64]) -> set[float]:
    top = different[-1]
    if len(different) < 20 or top < 99 or top % 1 or set(str(int(top))) != {"9"}:
        return set()
    usual = max(1.0, float(np.median(counts[-20:-1])))
    return {float(top)} if counts[-1] >= max(20 * usual, _TIMES, _SHARE * counts.sum()) else set()
