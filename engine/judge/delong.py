"""The AUC's exact variance and covariance, so that two models on the same loans can be compared.

DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837), reckoned by midranks in n log n as Sun & Xu 2014 (IEEE
Signal Processing Letters 21:1389) do.
"""

import math

import msgspec
import numpy as np

from engine.judge.intervals import Z95, Bools, Figure, Floats, normal, normal_tail, wilson


class Difference(msgspec.Struct, frozen=True):
    """Two AUCs on the same loans: `difference` is second less first, `p` two-sided against no difference."""

    first: Figure
    second: Figure
    difference: Figure
    p: float


def auc_figure(pd: Floats, bad: Bools) -> Figure:
    """Give the AUC of PDs against outcomes with DeLong's interval, on the logit scale so it stays in 0..1.

    A perfect ranking has no variance, however few the loans; its interval is Wilson's for a share of all or
    none in as many as the rarer outcome has, which errs on the wide side.
    Raises ValueError if all loans ended alike.
    """
    (value,), covariance = _areas([pd], bad)
    return _figure(value, covariance[0, 0], bad)


def compare_aucs(first: Floats, second: Floats, bad: Bools) -> Difference:
    """Give both AUCs and their difference, correlated as they are on the same loans, with DeLong's test.

    Where the two rank alike to the last pair the variance is 0: the difference is then 0 and p is 1.
    Raises ValueError if all loans ended alike.
    """
    (one, two), covariance = _areas([first, second], bad)
    error = math.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1], 0.0))
    gap = two - one
    error = error if error > 1e-12 else 0.0  # what rounding leaves of a variance that is zero
    p = normal_tail(gap / error) if error else float(abs(gap) < 1e-12)
    difference = normal(gap, error, least=-1.0, most=1.0)
    figures = tuple(_figure(value, covariance[at, at], bad) for at, value in enumerate((one, two)))
    return Difference(figures[0], figures[1], difference, p)


def _areas(pds: list[Floats], bad: Bools) -> tuple[list[float], Floats]:
    """Give the AUCs and their covariance matrix."""
    bad = bad.astype(np.bool_)  # `~` does something else to 0 and 1
    bads, goods = int(bad.sum()), int((~bad).sum())
    if not bads or not goods:
        raise ValueError("a book needs both good and bad loans")
    over_goods, under_bads = [], []
    for pd in pds:
        ranks = _midranks(pd)
        over_goods.append((ranks[bad] - _midranks(pd[bad])) / goods)
        under_bads.append(1.0 - (ranks[~bad] - _midranks(pd[~bad])) / bads)
    values = [float(part.mean()) for part in over_goods]
    return values, _covariance(over_goods) / bads + _covariance(under_bads) / goods


def _covariance(parts: list[Floats]) -> Floats:
    rows = np.stack(parts)
    off = rows - rows.mean(axis=1, keepdims=True)
    matrix: Floats = off @ off.T / max(rows.shape[1] - 1, 1)
    return matrix


def _midranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2.0)[places]
    return ranks


def _figure(value: float, variance: float, bad: Bools) -> Figure:
    error = math.sqrt(max(variance, 0.0))
    if not 0.0 < value < 1.0:
        rarer = min(int(bad.sum()), len(bad) - int(bad.sum()))
        return wilson(round(value) * rarer, rarer)
    logit = math.log(value / (1.0 - value))
    half = Z95 * error / (value * (1.0 - value))
    return Figure(value, 1.0 / (1.0 + math.exp(half - logit)), 1.0 / (1.0 + math.exp(-half - logit)))
