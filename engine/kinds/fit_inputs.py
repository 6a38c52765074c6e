"""How the columns of a book are to be read: labels by their share of bad loans, and the neutral value of each."""

from collections.abc import Collection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.factors import FACTORS
from engine.kinds.inputs import Input
from engine.table import Labels, Numbers, Table

# A label speaks for itself as far as it has rows: this many more are added at the book's own bad rate.
PRIOR_ROWS = 20.0


def inputs_of(
    table: Table,
    bad: NDArray[np.bool_],
    *,
    names: Collection[str] | None = None,
    neutral: Collection[str] = (),
    weights: NDArray[np.float64] | None = None,
) -> tuple[Input, ...]:
    """Give an input for each column (or those of `names`), fitted on these rows alone.

    A label's code is its smoothed log-odds of bad less the book's, so that 0 is an average class, and the reference;
    a number's or date's reference is its median. A label never seen is read as average. Factors of the catalogue are
    neutral, and the columns named in `neutral`.
    """
    weight = np.ones(table.rows) if weights is None else weights
    return tuple(
        _input(name, table[name], bad, weight, neutral=name in neutral or name in FACTORS)
        for name in (table if names is None else names)
    )


def _input(
    name: str,
    column: Numbers | Labels,
    bad: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    neutral: bool,
) -> Input:
    if isinstance(column, Labels):
        codes = label_codes(column, bad, weights)
        if codes:
            return Input(name=name, kind="class", codes=codes, other=0.0, neutral=neutral)
        return Input(name=name, neutral=neutral)
    kind: Literal["number", "date"] = "date" if column.unit == "date" else "number"
    known = column.values[~column.missing]
    reference = float(np.median(known)) if len(known) else 0.0
    return Input(name=name, kind=kind, reference=reference, neutral=neutral)


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
