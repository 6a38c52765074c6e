"""A table scored by a model, with the outcomes where they are known: what every check of a model starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import reading
from engine.batch import Scores, score_many
from engine.countries.pack import Pack
from engine.reading.notes import Kinds, Note, refuse
from engine.reading.target import target as outcome_of
from engine.table import Numbers, Table
from engine.typed import Model, needs

Bools = NDArray[np.bool_]
Values = str | Sequence[str]


@dataclass(frozen=True, eq=False)
class Judged:
    """`table` has every column but the outcome, `bad` the outcome of each row (None: not known), `scores` by row."""

    table: Table
    bad: Bools | None
    scores: Scores
    notes: tuple[Note, ...]


def judged(
    model: Model,
    source: object,
    target: str | None = None,
    *,
    bad: Values | None = None,
    good: Values | None = None,
    pack: Pack | None = None,
    name: str | None = None,
) -> Judged:
    """Read a table as the model knows its columns, take the outcome out of it, and score it.

    With a `target`, rows whose end is not known are left out. Raises BookError for what cannot be read, and where the
    target is not there or has one outcome only.
    """
    read = reading.read(source, name=name, kinds=kinds(model))
    table, outcomes, notes = read.table, None, read.notes
    if not table.rows:
        raise refuse(table.name, "", "column names and no row under them", "accepted: a row for each loan")
    if target:
        found = outcome_of(table, target, bad, good)
        table, outcomes, notes = found.table, found.bad, (*notes, *found.notes)
    return Judged(table, outcomes, score_many(model, table, pack=pack), notes)


def kinds(model: Model) -> Kinds:
    """Say as what a model reads its columns; dates and flags are left to their look."""
    return {
        need.name: "category" if need.labels else "number"
        for need in needs(model)
        if need.labels or not need.unit
    }


def periods(table: Table, time: str) -> list[str]:
    """Give the month of each row, "unknown" where its date is missing; raises BookError for what is no date."""
    if time not in table:
        some = ", ".join(list(table)[:12])
        raise refuse(
            table.name, "", f"there is no column `{time}`", f"accepted: a column of dates among {some}"
        )
    column = table[time]
    if not isinstance(column, Numbers) or column.unit != "date":
        raise refuse(
            table.name, f"column `{time}`", "this is no column of dates", "accepted: dates such as 2024-05-31"
        )
    months = np.where(column.missing, 0.0, column.values).astype("datetime64[D]").astype("datetime64[M]")
    return [str(month) for month in np.where(column.missing, "unknown", months.astype(str))]
