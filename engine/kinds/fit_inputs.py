"""How the columns of a book are to be read: labels by their share of bad loans, and the neutral value of each."""

from collections.abc import Collection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.kinds.inputs import Input
from engine.table import Labels, Numbers, Table

# A label speaks for itself as far as it has rows: this many more are added at the book's own bad rate.
PRIOR_ROWS = 20.0


def inputs_of(
    table: Table,
    bad: NDArray[np.bool_],
    *,
    catalogue: Collection[str] = (),
    weights: NDArray[np.float64] | None = None,
) -> tuple[Input, ...]:
    """Give an input for each column, fitted on these rows alone.

    A label's code is its smoothed log-odds of bad less the book's, so that 0 is an average class, and the reference;
    a number's or date's reference is its median. A label never seen is read as average. The columns named in
    `catalogue` are factors of it, and neutral; all others are the lender's own.
    """
    weight = np.ones(table.rows) if weights is None else weights
    return tuple(_input(name, table[name], bad, weight, catalogue=name in catalogue) for name in table)


def _input(
    name: str,
    column: Numbers | Labels,
    bad: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    catalogue: bool,
) -> Input:
    if isinstance(column, Labels):
        codes = label_codes(column, bad, weights)
        if codes:
            return Input(
                name=name, kind="class", codes=codes, other=0.0, neutral=catalogue, own=not catalogue
            )
        return Input(name=name, neutral=catalogue, own=not catalogue)
    kind: Literal["number", "date"] = "date" if column.unit == "date" else "number"
    known = column.values[~column.missing]
    reference = float(np.median(known)) if len(known) else 0.0
    unit = "" if kind == "date" else column.unit
    return Input(name=name, kind=kind, reference=reference, neutral=catalogue, own=not catalogue, unit=unit)


def label_codes(
    column: Labels, bad: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> dict[str, float]:
    """Give each label's smoothed weight of evidence: ln(odds of bad) less that of all the rows, riskier is higher."""
    weight = np.ones(len(column)) if weights is None else weights
    known = column.codes >= 0
    size = len(column.labels)
    bads = np.bincount(column.codes[known], weight[known] * bad[known], size)
    goods = np.bincount(column.codes[known], weight[known] * ~bad[known], size)
    rate = float(np.average(bad, weights=weight))
    if not 0.0 < rate < 1.0:
        raise ValueError("every row is good, or every row bad; accepted: some of both")
    odds = (bads + PRIOR_ROWS * rate) / (goods + PRIOR_ROWS * (1.0 - rate))
    codes = np.log(odds * (1.0 - rate) / rate)
    return {label: round(float(code), 6) + 0.0 for label, code in zip(column.labels, codes, strict=True)}
