"""A scorecard over whole columns: the same bins and points as for one person, a factor at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.bins import FactorPoints, Lookup
from engine.factors import FACTORS
from engine.reading.notes import refuse, shown
from engine.table import Column, Labels, Numbers, Table

Ints = NDArray[np.int32]
Bins = NDArray[Any]  # uint8 or uint16

_FEW_CUTS = 100  # up to so many, comparing with each of them is quicker than searching


class CardColumns:
    """The factors of a scorecard, the weightiest first, laid out for whole columns.

    `fills` says what a missing value is worth where it is not what the scorecard itself says.
    """

    def __init__(self, factors: Sequence[FactorPoints], fills: Mapping[str, int] | None = None) -> None:
        ranked = sorted(factors, key=lambda entry: -entry.effect)
        self._factors = [_FactorColumn(entry, (fills or {}).get(entry.name)) for entry in ranked]

    def totals(self, table: Table, rows: int, first: int = 0) -> Ints:
        """Give each row's sum of points (int32); `first` rows of the book came before this table."""
        total = np.zeros(rows, np.int32)
        for factor in self._factors:
            column = table.columns.get(factor.name)
            if column is None:
                total += factor.worth[-1]
            else:
                total += factor.worth[factor.bins(column, table.name, first)]
        return total

    def reasons(self, table: Table, rows: int, most: int) -> list[tuple[pa.Array, pa.Array]]:
        """Give for each of the `most` principal reasons its code and its points, null where there is none.

        Chosen and ordered as in `Result.reasons`: the most harmful first, equal ones by the weight of the factor.
        """
        codes = [code for factor in self._factors for code in factor.codes]
        size = len(codes)
        least = [np.zeros(rows, np.int64) for _ in range(most)]  # the smallest keys so far; 0: no reason
        start = 0
        for factor in self._factors:
            # Fewer points come first, then the weightier factor; what is left of a division is the place of the code.
            keys = factor.worth.astype(np.int64) * size + np.arange(start, start + len(factor.codes))
            start += len(factor.codes)
            column = table.columns.get(factor.name)
            key = np.full(rows, keys[-1]) if column is None else keys[factor.bins(column, table.name, 0)]
            for kept in least:
                larger = np.maximum(kept, key)
                np.minimum(kept, key, out=kept)
                key = larger
        names = pa.array(codes, pa.string())
        found = []
        for key in least:
            none = key >= 0
            places = pa.array((key % size).astype(np.int32), mask=none)
            points = pa.array((key // size).astype(np.int32), mask=none)
            found.append((pa.DictionaryArray.from_arrays(places, names), points))
        return found


class _FactorColumn:
    """One factor: `worth` and `codes` of each bin as in `Lookup`, the last for what is missing."""

    def __init__(self, entry: FactorPoints, fill: int | None) -> None:
        self.name = entry.name
        self.lookup = Lookup(entry)
        self.worth = np.array(self.lookup.points, np.int32)
        self.codes = self.lookup.codes
        if fill is not None:
            self.worth[-1] = fill
        self._kind: type[np.uint8 | np.uint16] = np.uint8 if len(self.worth) <= 256 else np.uint16
        self._specials = [(key, at) for key, at in self.lookup.labels.items() if isinstance(key, int | float)]
        self._known: tuple[tuple[str, ...], Bins, NDArray[np.bool_]] | None = None

    def bins(self, column: Column, book: str, first: int) -> Bins:
        """Give the bin of each row; raises BookError for a value that is outside the catalogue."""
        if isinstance(column, Labels):
            return self._of_labels(column, book, first)
        if self.lookup.low > self.lookup.high:  # numbers where there are labels
            distinct, places = np.unique(column.values, return_inverse=True)
            names = tuple(map(repr, distinct.tolist()))
            found, wrong = self._looked_up([float(value) for value in distinct])
            self._refuse(wrong[places], lambda row: names[places[row]], book, first)
            return found[places]
        return self._of_numbers(column, book, first)

    def _of_numbers(self, column: Numbers, book: str, first: int) -> Bins:
        values, cuts = column.values, self.lookup.cuts
        if len(cuts) <= _FEW_CUTS:
            bins: Bins = np.zeros(len(values), self._kind)
            for cut in cuts:
                bins += values >= cut
        else:
            bins = np.searchsorted(np.array(cuts), values, side="right").astype(self._kind)
        for special, at in self._specials:
            bins[values == special] = at
        within = values >= self.lookup.low
        within &= values <= self.lookup.high
        if not within.all():
            absent = np.isnan(values)
            bins[absent] = self.lookup.absent
            self._refuse(~(within | absent), lambda row: repr(float(values[row])), book, first)
        return bins

    def _of_labels(self, column: Labels, book: str, first: int) -> Bins:
        known = self._known  # held here: another thread may put another in its place
        if known is None or known[0] is not column.labels:
            self._known = known = (column.labels, *self._looked_up(column.labels))
        _, found, wrong = known
        if wrong.any():
            self._refuse(wrong[column.codes], lambda row: repr(column.labels[column.codes[row]]), book, first)
        return found[column.codes]

    def _looked_up(self, values: Sequence[str | float]) -> tuple[Bins, NDArray[np.bool_]]:
        """Give the bin of each value, and behind them that of what is missing; and which may not be."""
        found = np.full(len(values) + 1, self.lookup.absent, self._kind)
        wrong = np.zeros(len(values) + 1, np.bool_)
        for at, value in enumerate(values):
            if value != "" and value == value:  # noqa: PLR0124 - NaN
                try:
                    found[at] = self.lookup.bin(value)
                except ValueError:
                    wrong[at] = True
        return found, wrong

    def _refuse(self, wrong: NDArray[np.bool_], value: Any, book: str, first: int) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            factor = FACTORS.get(self.name)
            accepted = "a number"
            if factor is not None:
                accepted = ", ".join(factor.classes) or f"{factor.low:g} to {factor.high:g}"
            raise refuse(
                book,
                f"row {first + row + 1}, column `{self.name}`",
                f"{shown(value(row))} is not in the catalogue",
                f"accepted: {accepted}",
            )
