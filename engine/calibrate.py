"""From a sum of log-odds to a probability: one slope for all books, one level for each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.expert import ExpertCard
from engine.table import Labels, Table

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROWS_AT_MOST = 8000  # what one book may weigh, so that the largest does not drown the others
_TOLERANCE, _STEPS = 1e-10, 25  # Newton settles in about five steps


@dataclass(frozen=True)
class Calibration:
    """logit(P(good)) = level of the book + slope * sum of the card's log-odds.

    `slope` below 1 means that the card claims more than books show. `levels` are in the order of the books.
    """

    slope: float
    levels: tuple[float, ...]


def sums(card: ExpertCard, table: Table) -> Floats:
    """Give each row's sum of the card's log-odds; a missing value or column is worth 0."""
    total = np.zeros(table.rows)
    for factor in card.factors:
        column = table.columns.get(factor.name)
        if column is None:
            continue
        worth = np.array([*factor.points, 0.0])  # the last for what is missing
        if isinstance(column, Labels):
            at = np.array([*map(factor.classes.index, column.labels), -1])[column.codes]
        else:
            at = np.searchsorted(factor.cuts, column.values, side="right")
            at[column.missing] = -1
        total += worth[at]
    return total


def fit(sums: Sequence[Floats], bads: Sequence[Bools], *, rows_at_most: int = ROWS_AT_MOST) -> Calibration:
    """Fit one slope and a level for each book by maximum likelihood (logistic regression, Newton's method).

    A book of more than `rows_at_most` rows weighs as much as one of that many. Raises ValueError if a book
    has only one outcome, or if the fit does not settle.
    """
    if any(bad.all() or not bad.any() for bad in bads):
        raise ValueError("a book needs both good and bad loans")
    weights = [min(1.0, rows_at_most / len(bad)) for bad in bads]
    fitted = np.array([1.0, *np.zeros(len(bads))])
    for _ in range(_STEPS):
        gradient, curvature = _derivatives(fitted, sums, bads, weights)
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        fitted = fitted + step
        if np.abs(step).max() < _TOLERANCE:
            slope, *levels = fitted.tolist()
            return Calibration(slope, tuple(levels))
    raise ValueError("the calibration does not settle: the sums say all about the outcomes, or nothing")


def _derivatives(
    fitted: Floats, sums: Sequence[Floats], bads: Sequence[Bools], weights: Sequence[float]
) -> tuple[Floats, Floats]:
    """Give the slope and the curvature of the log-likelihood at (slope, level, level, ...)."""
    gradient, curvature = np.zeros(len(fitted)), np.zeros((len(fitted), len(fitted)))
    for at, (total, bad, weight) in enumerate(zip(sums, bads, weights, strict=True), start=1):
        good = 1.0 / (1.0 + np.exp(-(fitted[at] + fitted[0] * total)))
        wrong, spread = ~bad - good, good * (1.0 - good)
        gradient[[0, at]] += weight * np.array([wrong @ total, wrong.sum()])
        curvature[0, 0] += weight * (spread @ total**2)
        curvature[at, at] = weight * spread.sum()
        curvature[0, at] = curvature[at, 0] = weight * (spread @ total)
    return gradient, curvature


def gap(calibration: Calibration, bads: Sequence[Bools]) -> float:
    """Give how far, in log-odds, somebody of whom nothing is known stands above a book's average borrower.

    The mean over the books of level - logit(share of good loans).
    """
    rates = np.array([1.0 - bad.mean() for bad in bads])
    return float(np.mean(np.array(calibration.levels) - np.log(rates / (1.0 - rates))))
