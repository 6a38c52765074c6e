"""The spread of a model's own borrowers: how many of a hundred of them stand below somebody.

Kept with the figures as points above the base, one for each twentieth of the borrowers: a lender's own bad rate moves
the base, and with it everybody alike.
"""

from collections.abc import Mapping
from typing import NamedTuple

from engine.profile import Row

FIGURE = "spread"
STEPS = tuple(range(5, 100, 5))


class Place(NamedTuple):
    """From `low` to `high` of a hundred of the borrowers of `books`, `loans` in all, stand below somebody."""

    low: int
    high: int
    loans: int
    books: str


def key(step: int) -> str:
    """Name a step in the row of figures."""
    return f"p{step:02}"


def place(figures: Mapping[str, Row], points: int) -> Place | None:
    """Give the place of somebody whose factors give so many points above the base, before the ends of the scale.

    None for a model whose spread was not measured.
    """
    row = figures.get(FIGURE, {})
    marks = [row.get(key(step)) for step in STEPS]
    if not all(isinstance(mark, int | float) and not isinstance(mark, bool) for mark in marks):
        return None
    low = max((step for step, mark in zip(STEPS, marks, strict=True) if float(mark or 0) < points), default=0)
    high = min(
        (step for step, mark in zip(STEPS, marks, strict=True) if float(mark or 0) >= points), default=100
    )
    loans = row.get("loans")
    return Place(low, high, loans if isinstance(loans, int) else 0, str(row.get("books") or ""))
