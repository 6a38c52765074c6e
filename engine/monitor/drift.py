"""Have the applicants changed? PSI of the score and of each factor, beside the PSI that chance alone would show.

Works on counts by bin, so that a model file need only carry those of the book it was fitted on.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from engine.judge.intervals import Floats, chi_square_point, chi_square_tail

WATCH, ACT = 0.10, 0.25
_EMPTY = 0.5  # what an empty bin is counted as where the other side has somebody in it

Reading = Literal["stable", "watch", "act"]


class DriftBin(msgspec.Struct, frozen=True):
    """One bin then and now: counts, shares (0..1), and its part of the PSI."""

    label: str
    reference: int
    current: int
    reference_share: float
    current_share: float
    part: float


class Stability(msgspec.Struct, frozen=True, kw_only=True):
    """The PSI of one score or factor (for a factor usually called CSI).

    `reading` is the trade's: below 0.10 stable, to 0.25 watch, above act. `by_chance` is the PSI that two samples
    of one population of these sizes show on average and `bound` what they exceed once in twenty; `p` is the
    probability of shares this far apart by chance. `verdict` is the reading where the PSI is beyond chance, and
    "too few to tell" where the reading would alarm but chance alone could do it. `points_shift` is how far the mean
    points of the factor moved (None without points).
    """

    name: str
    reference_rows: int
    current_rows: int
    psi: float
    by_chance: float
    bound: float
    p: float
    reading: Reading
    verdict: Literal["stable", "watch", "act", "too few to tell"]
    points_shift: float | None
    bins: tuple[DriftBin, ...]


def stability(
    name: str,
    labels: Sequence[str],
    reference: Sequence[int],
    current: Sequence[int],
    *,
    points: Sequence[float] | None = None,
) -> Stability:
    """Compare counts by bin (missing and special values are bins like any other).

    PSI = sum of (c - r) ln(c / r) over the shares c and r (Kullback & Leibler's symmetric divergence; Siddiqi
    2006, ch. 9). A bin empty on one side counts half a loan there, without taking it from the others; a bin empty
    on both sides is left out. By chance, PSI / (1/n + 1/m) is near chi-square with one degree less than
    there are bins (Yurdakul 2018), which gives `by_chance` and `bound`. It errs where bins hold few, so `p` is that
    of Pearson's test of homogeneity, the same for many and truer for few. `points_shift` is the sum of
    (c - r) times the points (Siddiqi's characteristic analysis). Raises ValueError for counts that do not
    fit the labels, negative ones, and an empty side.
    """
    sizes = {len(labels), len(reference), len(current), len(labels if points is None else points)}
    if len(sizes) > 1 or min([0, *reference, *current]) < 0:
        raise ValueError(f"{name}: one count of 0 or more is needed for each of {len(labels)} bins")
    was, now = sum(reference), sum(current)
    if not was or not now:
        raise ValueError(f"{name}: nobody to compare; at least one row is needed on each side")
    bins = tuple(
        DriftBin(label, r, c, r / was, c / now, _part(r, c, was, now))
        for label, r, c in zip(labels, reference, current, strict=True)
    )
    psi = math.fsum(one.part for one in bins)
    freedom = sum(one.reference + one.current > 0 for one in bins) - 1
    scale = 1.0 / was + 1.0 / now
    p = chi_square_tail(_homogeneity(reference, current), freedom) if freedom else 1.0
    reading: Reading = "act" if psi > ACT else "watch" if psi >= WATCH else "stable"
    shift = None
    if points is not None:
        moved = zip(bins, points, strict=True)
        shift = math.fsum((one.current_share - one.reference_share) * worth for one, worth in moved)
    return Stability(
        name=name,
        reference_rows=was,
        current_rows=now,
        psi=psi,
        by_chance=freedom * scale,
        bound=chi_square_point(freedom) * scale if freedom else 0.0,
        p=p,
        reading=reading,
        verdict="too few to tell" if reading != "stable" and p >= 0.05 else reading,
        points_shift=shift,
        bins=bins,
    )


def deciles(values: Floats, groups: int = 10) -> tuple[float, ...]:
    """Give the rising cuts that part the values into equal groups; fewer where many are equal.

    A bin begins at its cut, as in a scorecard. Missing values (NaN) have no part in it.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    cuts = np.unique(np.quantile(known, np.arange(1, groups) / groups, method="higher"))
    return tuple(cuts[cuts > known.min()].tolist())


def count(values: Floats, cuts: Sequence[float]) -> tuple[int, ...]:
    """Count the values in each bin that `cuts` make, and last those that are missing (NaN)."""
    missing = np.isnan(values)
    places = np.searchsorted(np.asarray(cuts, dtype=np.float64), values[~missing], side="right")
    counts = np.bincount(places, minlength=len(cuts) + 1).tolist()
    return (*counts, int(missing.sum()))


def names(cuts: Sequence[float]) -> tuple[str, ...]:
    """Name the bins that `count` counts."""
    if not cuts:
        return ("all", "missing")
    middle = (f"{low:g} to {high:g}" for low, high in itertools.pairwise(cuts))
    return (f"below {cuts[0]:g}", *middle, f"{cuts[-1]:g} up", "missing")


def _homogeneity(reference: Sequence[int], current: Sequence[int]) -> float:
    """Give Pearson's chi-square of two rows of counts."""
    tilt = math.sqrt(sum(current) / sum(reference))
    pairs = ((r, c) for r, c in zip(reference, current, strict=True) if r + c)
    return math.fsum((tilt * r - c / tilt) ** 2 / (r + c) for r, c in pairs)


def _part(reference: int, current: int, was: int, now: int) -> float:
    if not reference and not current:
        return 0.0
    r, c = (reference or _EMPTY) / was, (current or _EMPTY) / now
    return (c - r) * math.log(c / r)
