"""A column of a book as levels: pre-bins in order, then what is missing, then each special code.

Levels are what a fit sees; joining neighbouring levels makes bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.binning import prebins
from engine.bins import FactorPoints
from engine.factors import Factor
from engine.table import Column, Labels

Codes = NDArray[np.int32]

_RARE = 0.002  # a label on fewer rows than this share is one of "the others"
_FEW = 5  # ... or on fewer rows than this


@dataclass(frozen=True)
class Coding:
    """How a column becomes levels 0..size-1, and what each level is.

    Numbers: `cuts` + 1 ordered levels, then one for missing (if `missing`), then one for each of `specials`.
    Labels: one level for each of `labels`, then one for all other labels, then one for missing.
    """

    unit: str = ""
    cuts: tuple[float, ...] = ()
    specials: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    others: bool = False
    missing: bool = False

    @property
    def ordered(self) -> int:
        """How many levels come before those for missing and special values."""
        return len(self.labels) + self.others if self.labels else len(self.cuts) + 1

    @property
    def size(self) -> int:
        """How many levels there are."""
        return self.ordered + self.missing + len(self.specials)

    def codes(self, column: Column) -> Codes:
        """Give the level of each row; `size` where none applies."""
        return self._of_labels(column) if isinstance(column, Labels) else self._of_numbers(column.values)

    def curve(self, written: FactorPoints) -> NDArray[np.float64]:
        """Give the points of a written factor at each ordered level; its cuts must be among these."""
        curve = np.zeros(self.size)
        if self.labels:
            worth = {
                label: at
                for group, at in zip(written.classes, written.points, strict=True)
                for label in group
            }
            curve[: len(self.labels)] = [worth.get(label, written.other) for label in self.labels]
        else:
            starts = np.array([-np.inf, *self.cuts])
            curve[: self.ordered] = np.array(written.points)[
                np.searchsorted(written.cuts, starts, side="right")
            ]
        return curve

    def _of_numbers(self, values: NDArray[np.float64]) -> Codes:
        codes = np.searchsorted(np.array(self.cuts), values, side="right").astype(np.int32)
        codes[np.isnan(values)] = self.ordered if self.missing else self.size
        for at, special in enumerate(self.specials):
            codes[values == special] = self.ordered + self.missing + at
        return codes

    def _of_labels(self, column: Labels) -> Codes:
        known = {label: at for at, label in enumerate(self.labels)}
        other = len(self.labels) if self.others else self.size
        levels = [known.get(label, other) for label in column.labels]
        levels.append(self.ordered if self.missing else self.size)
        return np.array(levels, dtype=np.int32)[column.codes]


def coding(
    column: Column,
    *,
    specials: Sequence[float] = (),
    factor: Factor | None = None,
    cuts: Sequence[float] = (),
) -> Coding:
    """Lay out the levels of a column: pre-bins of numbers, or one level for each label that is not rare.

    A `factor` of the catalogue has its own classes, and no level for what is missing: it adds nothing. `cuts`
    are kept among the others.
    """
    missing = factor is None and bool(column.missing.any())
    if isinstance(column, Labels):
        if factor:
            return Coding(labels=factor.classes)
        return _of_labels(column, missing=missing)
    values = column.values[~column.missing]
    present = tuple(code for code in specials if (values == code).any())
    if present:
        values = values[~np.isin(values, present)]
    made = set(prebins(values, levels(len(column))).tolist()) if len(values) else set()
    if factor:
        made = {cut for cut in made if factor.low < cut <= factor.high}
    return Coding(unit=column.unit, cuts=tuple(sorted(made | set(cuts))), specials=present, missing=missing)


def _of_labels(column: Labels, *, missing: bool) -> Coding:
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.labels))
    enough = max(_FEW, _RARE * len(column))
    kept = tuple(label for label, count in zip(column.labels, counts, strict=True) if count >= enough)
    kept = kept or tuple(column.labels[at] for at in np.argsort(-counts, kind="stable")[:1])
    return Coding(labels=kept, others=len(kept) < int(np.count_nonzero(counts)), missing=missing)


def levels(rows: int) -> int:
    """Say how many pre-bins so many rows support: by the cube root, from 8 to 24."""
    return int(np.clip(round(1.7 * rows ** (1.0 / 3.0)), 8, 24))
