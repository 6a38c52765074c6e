"""The deletion test: taking away the reasons named must move the score by what they were said to be worth."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.factors import Record
from engine.kinds.blend import Blend
from engine.kinds.nonlinear import Nonlinear
from engine.table import Labels, Table

# A quarter of the points that double the odds: what moves the odds by less than a fifth is no wrong reason.
TOLERANCE = 10.0
# The bound of a release. Attributions share out what two inputs do together, so no model with interactions can reach 1;
# below four in five, one person in five would be told reasons whose removal does not do what was said.
BOUND = 0.8


class Fidelity(NamedTuple):
    """How true the named reasons are, over `cases` people who were given at least one.

    `within` is the share whose score moves by what was claimed, give or take `TOLERANCE` points or a quarter of the
    claim; `error` the mean absolute difference in points; `correlation` that of claim and move (NaN if either is
    constant).
    """

    cases: int
    within: float
    error: float
    correlation: float

    @property
    def passes(self) -> bool:
        """Whether a release may go out; nobody given a reason is nothing to object to."""
        return not self.cases or self.within >= BOUND


def fidelity(model: Nonlinear | Blend, records: Sequence[Record]) -> Fidelity:
    """Set the principal reasons of each person to the reference and compare the move with their points."""
    claims, moves = [], []
    for record in records:
        reasons = model.score(record).reasons
        if reasons:
            gain = model.without(record, {reason.factor for reason in reasons}) - model.log_odds(record)
            moves.append(gain * model.scale.points_per_log_odds)
            claims.append(-float(sum(reason.points for reason in reasons)))
    claim, move = np.array(claims), np.array(moves)
    if not claims:
        return Fidelity(0, math.nan, math.nan, math.nan)
    error = np.abs(claim - move)
    varied = len(claims) > 1 and claim.std() > 0 and move.std() > 0
    return Fidelity(
        cases=len(claims),
        within=float((error <= np.maximum(TOLERANCE, claim / 4.0)).mean()),
        error=float(error.mean()),
        correlation=float(np.corrcoef(claim, move)[0, 1]) if varied else math.nan,
    )


def sample(table: Table, names: Sequence[str], *, count: int, seed: int) -> list[Record]:
    """Give `count` random rows (or all, if there are fewer) as records of the columns named; missing is absent."""
    rows = np.random.default_rng(seed).permutation(table.rows)[:count]
    records: list[dict[str, float | str]] = [{} for _ in rows]
    for name in names:
        column = table.columns.get(name)
        if column is None:
            continue
        values = column.texts()[rows] if isinstance(column, Labels) else column.values[rows]
        for record, value in zip(records, values.tolist(), strict=True):
            if value is not None and value == value:  # noqa: PLR0124 - NaN
                record[name] = value
    return list(records)
