"""How a model's own borrowers are spread over its points."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.profile import Row
from engine.spread import STEPS, key


def measure(books: Sequence[tuple[str, NDArray[np.int64]]], most: int | None = None) -> Row:
    """Give the figures of the spread: the least points that so many of a hundred do not exceed, for each step.

    `books` are names with each loan's points above the base; none weighs more than `most` loans.
    """
    points = np.concatenate([found for _, found in books])
    weights = np.concatenate(
        [np.full(len(found), min(1.0, (most or len(found)) / len(found))) for _, found in books]
    )
    order = np.argsort(points, kind="stable")
    passed = np.cumsum(weights[order])
    passed /= passed[-1]
    row: Row = {"loans": len(points), "books": ", ".join(name for name, _ in books)}
    for step in STEPS:
        at = int(
            np.searchsorted(passed, step / 100 - 1e-12)
        )  # the sums are rounded; the step itself is meant
        row[key(step)] = int(points[order[min(at, len(points) - 1)]])
    return row
