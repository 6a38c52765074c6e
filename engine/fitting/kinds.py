"""Every kind of model by one call: rows in, a model out, and what any model says of many rows."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.batch import score_many
from engine.factors import FACTORS
from engine.fitting import scorecard, threads
from engine.fitting.additive import Floats
from engine.fitting.setup import Setup
from engine.kinds.blend import Blend, Part
from engine.kinds.encode import encode
from engine.kinds.fit_boosting import fit_boosting
from engine.kinds.fit_inputs import inputs_of
from engine.kinds.fit_network import fit_network
from engine.kinds.fit_tree import fit_tree
from engine.kinds.inputs import Input
from engine.kinds.many import effects, log_odds_many
from engine.kinds.nonlinear import Body, Nonlinear
from engine.scorecard import Scorecard
from engine.table import Table

Kind = Literal["scorecard", "tree", "boosting", "network"]
KINDS: tuple[Kind, ...] = ("scorecard", "tree", "boosting", "network")
Model = Scorecard | Nonlinear | Blend

_FITS: Mapping[str, Callable[..., Body]] = {
    "tree": fit_tree,
    "boosting": fit_boosting,
    "network": fit_network,
}
_WEIGHED_ON = 2_000  # rows: how much an input matters on average needs no more
_RISK = {"up": 1, "down": -1}


def fit(
    kind: Kind, table: Table, bad: NDArray[np.bool_], setup: Setup, *, level: float = 0.0, slope: float = 1.0
) -> Scorecard | Nonlinear:
    """Fit one kind on all rows of the table; `level` and `slope` are its calibration on held-out rows.

    Raises ValueError if all loans ended alike.
    """
    with threads.limited(table.rows):
        return _fitted(kind, table, bad, setup, level, slope)


def _fitted(
    kind: Kind, table: Table, bad: NDArray[np.bool_], setup: Setup, level: float, slope: float
) -> Scorecard | Nonlinear:
    if kind == "scorecard":
        return scorecard.fit(
            table,
            bad,
            model_id=f"{setup.model_id}-scorecard",
            plan=setup.plan,
            prior=setup.prior,
            slope=slope,
            scale=setup.scale,
            bands=setup.bands,
        )
    inputs = inputs_of(table, bad, catalogue=setup.plan.catalogue)
    matrix = encode(inputs, table)
    body = _FITS[kind](matrix, bad, directions=_directions(inputs, setup), seed=setup.seed)
    every = slice(None, None, len(bad) // _WEIGHED_ON + 1)
    reference = [entry.reference for entry in inputs]
    points = setup.scale.points_per_log_odds * slope * effects(body, matrix[every], reference)
    return Nonlinear(
        id=f"{setup.model_id}-{kind}",
        inputs=inputs,
        body=body,
        level=level,
        slope=slope,
        bad_rate=round(float(bad.mean()), 6),
        weights=tuple(round(float(weight), 3) for weight in points),
        scale=setup.scale,
        bands=setup.bands,
    )


def blend(
    models: Mapping[str, Model],
    weights: Mapping[str, float],
    bad_rate: float,
    setup: Setup,
    *,
    level: float,
    slope: float,
) -> Blend:
    """Add up models in log-odds, each `slope` times its weight."""
    parts = []
    for kind, model in models.items():
        weight = round(slope * weights[kind], 6)
        if isinstance(model, Scorecard):
            parts.append(Part(weight=weight, card=model))
        elif isinstance(model, Nonlinear):
            parts.append(Part(weight=weight, other=model))
    return Blend(
        id=f"{setup.model_id}-blend",
        parts=tuple(parts),
        level=level,
        bad_rate=bad_rate,
        scale=setup.scale,
        bands=setup.bands,
    )


def card(table: Table, bad: NDArray[np.bool_], setup: Setup) -> Scorecard:
    """Fit the scorecard of the same book, whatever kind decides: its bins show what the book looks like."""
    made = fit("scorecard", table, bad, setup)
    assert isinstance(made, Scorecard)  # noqa: S101 - that is what was asked for  # nosec B101
    return made


def log_odds(model: Model, table: Table) -> Floats:
    """Give the natural log-odds of good of every row."""
    with threads.limited(table.rows):
        return _log_odds(model, table)


def _log_odds(model: Model, table: Table) -> Floats:
    if isinstance(model, Scorecard):
        return np.asarray(model.scale.log_odds(score_many(model, table).unclipped))
    if isinstance(model, Nonlinear):
        return log_odds_many(model, table)
    total = np.full(table.rows, model.level)
    for part in model.parts:
        total += part.weight * _log_odds(part.model, table)
    return total


def _directions(inputs: tuple[Input, ...], setup: Setup) -> list[int]:
    """Give +1 where risk must rise with the input, -1 where it must fall, 0 where it may do either."""
    wanted = []
    for entry in inputs:
        if entry.kind == "class":
            wanted.append(0)
        elif entry.name in setup.plan.catalogue:
            wanted.append(_RISK.get(FACTORS[entry.name].direction, 0))
        else:
            trend = setup.plan.trends.get(entry.name, "auto")
            wanted.append({"down": 1, "up": -1}.get(trend, 0))
    return wanted
