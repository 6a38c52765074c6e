"""A loan book in memory: named columns of numbers or of labels, all of one length, and nothing else.

What a column means was settled when it was read (`engine.reading`); from here on there are two kinds of column
only, so that binning, fitting, screening and monitoring need to know no more than these two.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.bool_] | NDArray[np.integer[Any]] | slice


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers, float64, NaN where a value is missing; never infinite when it was read by us.

    `unit` is "" for a plain number, "date" for days since 1970-01-01 (a time of day is the fraction), "flag" for
    truth (1 true, 0 false), "percent" where the texts carried the sign (12 means 12 %), "months" for durations.
    """

    values: NDArray[np.float64]
    unit: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """True where there is no value."""
        return np.isnan(self.values)

    def take(self, index: Index) -> "Numbers":
        """Give the rows of `index` (a mask, positions, or a slice)."""
        return Numbers(self.values[index], self.unit)


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of texts: `codes` (int32) point into `labels`, -1 where a value is missing.

    `labels` are sorted and distinct. After `take` a label may have no row left: codes keep their meaning.
    """

    codes: NDArray[np.int32]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """True where there is no value."""
        return self.codes < 0

    def take(self, index: Index) -> "Labels":
        """Give the rows of `index` (a mask, positions, or a slice); the labels stay as they are."""
        return Labels(self.codes[index], self.labels)

    def texts(self) -> NDArray[np.object_]:
        """Give the text of every row, None where it is missing."""
        return np.array([*self.labels, None], dtype=object)[self.codes]


Column = Numbers | Labels


@dataclass(frozen=True, eq=False)
class Table:
    """A loan book: `columns` by name in the order of the source, every one `rows` long.

    Raises ValueError when the columns differ in length.
    """

    name: str
    columns: Mapping[str, Column]
    rows: int = field(init=False)

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns.values()}
        if len(lengths) > 1:
            raise ValueError(
                f"{self.name}: the columns are {sorted(lengths)} rows long; accepted: one length"
            )
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        object.__setattr__(self, "rows", next(iter(lengths), 0))

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return self.rows

    def take(self, index: Index) -> "Table":
        """Give the rows of `index` (a mask of `rows` booleans, positions, or a slice), in that order."""
        return Table(self.name, {name: column.take(index) for name, column in self.columns.items()})

    def drop(self, names: Collection[str]) -> "Table":
        """Give the table without these columns; a name it does not have is passed over."""
        gone = set(names)
        return Table(self.name, {name: column for name, column in self.columns.items() if name not in gone})

    def keep(self, names: Collection[str]) -> "Table":
        """Give the table with these columns only, in the order of `names`; KeyError for an unknown one."""
        return Table(self.name, {name: self.columns[name] for name in names})


def read(
    source: object, *, name: str | None = None, progress: Callable[[float], None] | None = None
) -> Table:
    """Read a loan book without asking what was found in it; see `engine.reading.read` for all it can tell."""
    from engine import reading  # noqa: PLC0415 - it is built on this module

    return reading.read(source, name=name, progress=progress).table
