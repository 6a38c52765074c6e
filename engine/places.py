"""Where the rows of a table fall among a factor's bins: `engine.bins.Lookup.bin` for a whole column."""

import numpy as np
from numpy.typing import NDArray

from engine.bins import FactorPoints, Lookup
from engine.profile import Reference
from engine.table import Column, Labels, Table

Places = NDArray[np.int32]


def places(bins: FactorPoints, column: Column) -> Places:
    """Give the place of each row, as `Lookup` counts them; the last is for what is missing."""
    table = Lookup(bins)
    absent = table.absent
    if isinstance(column, Labels):
        known = [table.labels.get(label, absent - 1) for label in column.labels]
        return np.array([*known, absent], dtype=np.int32)[column.codes]
    values = column.values
    if bins.classes:  # labels that look like numbers
        different, back = np.unique(values, return_inverse=True)
        return np.array([table.bin(float(value)) for value in different], dtype=np.int32)[back]
    found = np.searchsorted(np.array(bins.cuts), values, side="right").astype(np.int32)
    for at, (special, _) in enumerate(bins.specials):
        found[values == special] = len(bins.points) + at
    found[np.isnan(values)] = absent
    return found


def reference(bins: FactorPoints, table: Table, bad: NDArray[np.bool_]) -> Reference:
    """Count a book's good and bad loans by place."""
    at = places(bins, table[bins.name])
    size = len(bins.points) + len(bins.specials) + 2
    bads = np.bincount(at, bad, minlength=size).astype(int)
    goods = np.bincount(at, minlength=size) - bads
    return Reference(bins=bins, good=tuple(goods.tolist()), bad=tuple(bads.tolist()))
