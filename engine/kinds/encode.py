"""A whole table as the matrix that the bodies read: column by column what `Input.read` gives one by one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kinds.inputs import Input
from engine.table import Column, Labels, Table

Matrix = NDArray[np.float64]


def encode(inputs: Sequence[Input], table: Table) -> Matrix:
    """Give the matrix (rows, inputs), NaN where a value is missing and the input is not neutral.

    A column that the table lacks is all missing. Raises ValueError for a value that `Input.read` refuses.
    """
    matrix = np.empty((table.rows, len(inputs)), order="F")
    for at, entry in enumerate(inputs):
        column = table.columns.get(entry.name)
        values = np.full(table.rows, np.nan) if column is None else _read(entry, column)
        matrix[:, at] = np.where(np.isnan(values), entry.start, values)
    return matrix


def _read(entry: Input, column: Column) -> Matrix:
    if isinstance(column, Labels):
        return np.array([*map(entry.read, column.labels), np.nan])[column.codes]
    if entry.kind == "class":
        distinct, places = np.unique(column.values, return_inverse=True)
        return np.array([entry.read(float(value)) for value in distinct])[places]
    if np.isinf(column.values).any():
        raise ValueError(f"{entry.name}: an infinite value; accepted: finite numbers; for example 1200")
    return column.values
