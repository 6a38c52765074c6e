"""Training from Python, and a scorecard whose bins a person has edited: `engine.train`, `engine.refit`."""

import math
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from sklearn.isotonic import isotonic_regression

from engine import countries, training
from engine.api.judged import Values, judged
from engine.batch import score_many
from engine.binning import Trend
from engine.bins import FactorPoints, Lookup
from engine.countries.pack import Pack
from engine.factors import FACTORS, POSITIVE_ONLY
from engine.fitting import additive
from engine.fitting.kinds import Model
from engine.judge.intervals import Floats
from engine.monitor import drift
from engine.places import places, reference
from engine.profile import Profile
from engine.reading.notes import refuse
from engine.scale import Scale
from engine.scorecard import Scorecard, base_points
from engine.table import Column, Table
from engine.training import Options, Progress, Wanted
from engine.typed import typed

_WHY = "fitted again on these bins"
_FAR = 1100  # points a bin may be worth at most, as a model file has it


def train(
    table: object,
    target: str = "",
    *,
    kind: Wanted = "all",
    bad: Values | None = None,
    good: Values | None = None,
    mapping: Path | str | None = None,
    country: Pack | str | None = None,
    drop: Collection[str] = (),
    keep: Collection[str] = (),
    trends: Mapping[str, Trend] | None = None,
    time: str | None = None,
    group: str | None = None,
    name: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Train a model on a loan book and give it, with everything that was measured in its `figures`.

    `table`: a path (csv, parquet, feather), a data frame, an Arrow table, a mapping of columns or a list of records.
    `target`: the column that says how each loan ended, `bad` and `good` its values where that is not plain. `kind`: one
    kind, or all against each other. `mapping`: a TOML that reads the file onto the catalogue of factors. `country`: a
    pack or its id, whose law decides which columns are forbidden. `drop`, `keep`: columns left out, and kept against
    the screening. `trends`: the shape a column's points must keep. `time`: a date column by which the latest loans are
    held out. `group`: a column whose loans stay together. `progress` is told each step and the share done. The same
    table and `seed` give the same model. Raises BookError for a table that cannot teach anything.
    """
    options = Options(
        kind=kind,
        bad=bad,
        good=good,
        pack=countries.load(country) if isinstance(country, str) else country,
        drop=drop,
        keep=keep,
        trends=trends or {},
        time=time,
        group=group,
        name=name,
        seed=seed,
    )
    run = partial(training.train, table, target, mapping=Path(mapping) if mapping else None, options=options)
    return (run(progress=progress) if progress else run()).model


def refit(
    model: Scorecard,
    table: object,
    target: str,
    *,
    bad: Values | None = None,
    good: Values | None = None,
    drop: Collection[str] = (),
) -> Scorecard:
    """Fit the points of a scorecard again on its own bins, as they are: after a person has edited them in the JSON.

    The bins are fitted jointly (logistic regression, as in `train`). A lender's own column is pressed towards 0, one of
    the catalogue towards the points it had, so that a bin with few loans moves little; a bin without any keeps its
    points. Factors of `drop` go; those that the table lacks stay as they were. The model loses its figures, which were
    measured on other points; its profile is that of the table. Raises BookError for the table.
    """
    found = judged(model, table, target, bad=bad, good=good)
    assert found.bad is not None  # noqa: S101 - a target was named  # nosec B101
    read, scale = typed(model, found.table), model.scale
    fitted = [entry for entry in model.factors if entry.name not in drop and entry.name in read]
    rest = [entry for entry in model.factors if entry.name not in drop and entry.name not in read]
    if not fitted:
        raise refuse(
            found.table.name, "", "no factor of the model is left to fit", "give a table of its columns"
        )
    terms = [_term(entry, read[entry.name], scale) for entry in fitted]
    curves = additive.fit(terms, ~found.bad).curves
    entries = [
        _written(entry, term, np.asarray(curve), scale)
        for entry, term, curve in zip(fitted, terms, curves, strict=True)
    ]
    card = msgspec.structs.replace(model, factors=(*entries, *rest), figures={}, profile=None)
    level, rate = _level(card, read, ~found.bad), round(float(found.bad.mean()), 6)
    gap = round(level - math.log((1.0 - rate) / rate), 4)
    card = msgspec.structs.replace(card, bad_rate=rate, gap=gap, base=base_points(scale, rate, gap))
    return msgspec.structs.replace(card, profile=_profile(card, read, found.bad))


def _term(entry: FactorPoints, column: Column, scale: Scale) -> additive.Term:
    """Lay out one factor; of one in the catalogue, what is not known adds nothing and is no level."""
    lookup = Lookup(entry)
    codes = places(entry, column)
    size = len(lookup.points)
    prior = np.zeros(size)
    if not entry.own:
        size = len(entry.points)
        codes = np.minimum(codes, size).astype(np.int32)
        prior = np.array(entry.points, dtype=np.float64) / scale.points_per_log_odds
    return additive.Term(codes, size, np.eye(size), prior)


def _written(entry: FactorPoints, term: additive.Term, curve: Floats, scale: Scale) -> FactorPoints:
    """Give a factor its points; a lender's own counts from its average borrower."""
    rows = np.bincount(term.codes, minlength=term.size + 1)[: term.size].astype(np.float64)
    if entry.own:
        curve = curve - curve @ rows / max(rows.sum(), 1.0)
    elif (direction := FACTORS[entry.name].direction) in ("up", "down"):
        curve = isotonic_regression(curve, sample_weight=rows + 1e-9, increasing=direction == "down")
    if entry.name in POSITIVE_ONLY and not entry.own:
        curve = np.maximum(curve, 0.0)
    worth = np.clip(np.round(curve * scale.points_per_log_odds), -_FAR, _FAR).astype(int)
    if entry.own:
        worth = np.where(rows > 0, worth, np.array(Lookup(entry).points))
    points = tuple(worth.tolist())
    bins, codes = len(entry.points), len(entry.specials)
    if not entry.own:
        return msgspec.structs.replace(entry, points=points, why=_WHY)
    specials = tuple(
        (code, at) for (code, _), at in zip(entry.specials, points[bins : bins + codes], strict=True)
    )
    return msgspec.structs.replace(
        entry, points=points[:bins], specials=specials, other=points[-2], missing=points[-1], why=_WHY
    )


def _level(card: Scorecard, table: Table, good: NDArray[np.bool_]) -> float:
    """Give the log-odds of good of whoever has 0 points, so that as many are foretold good as were."""
    sums = (score_many(card, table).unclipped - card.base) / card.scale.points_per_log_odds
    found = brentq(lambda at: float((1.0 / (1.0 + np.exp(-(at + sums)))).mean() - good.mean()), -60.0, 60.0)
    return float(found)


def _profile(card: Scorecard, table: Table, bad: NDArray[np.bool_]) -> Profile:
    scores = score_many(card, table).score.astype(np.float64)
    cuts = drift.deciles(scores)
    columns = tuple(reference(entry, table, bad) for entry in card.factors if entry.name in table)
    return Profile(columns=columns, cuts=cuts, counts=drift.count(scores, cuts))
