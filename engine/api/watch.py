"""Has the world moved since a model was fitted? Its own profile against a new table: `engine.drift`."""

import msgspec
import numpy as np

from engine.api.judged import Judged, Values, judged, periods
from engine.bins import Lookup
from engine.countries.pack import Pack
from engine.judge.evaluate import Performance, performance
from engine.monitor import drift as psi
from engine.monitor.drift import Stability, stability
from engine.monitor.levels import CalibrationDrift, calibration_drift
from engine.monitor.periods import Period, over_time
from engine.monitor.reject import Rejects
from engine.monitor.reject import rejects as suppose
from engine.places import places
from engine.profile import Profile, Reference
from engine.report.binned import OTHER, UNKNOWN, bins
from engine.scale import Scale
from engine.strict import ModelError
from engine.table import Table
from engine.typed import Model, typed
from engine.typed.need import Need


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How far a table lies from the book a model was fitted on.

    `score` and `columns` are PSI against the model's own profile, the columns that moved most first; `absent` are
    columns of the profile that the table lacks. With outcomes: `performance` now beside `reference_auc` then, and
    `calibration`. `over_time`: a period each where a date was named; without outcomes only its PSI, in `by_period`.
    """

    rows: int
    score: Stability
    columns: tuple[Stability, ...]
    absent: tuple[str, ...]
    reference_auc: float | None
    performance: Performance | None
    calibration: CalibrationDrift | None
    over_time: tuple[Period, ...]
    by_period: tuple[Stability, ...]


def drift(
    model: Model,
    table: object,
    target: str | None = None,
    time: str | None = None,
    *,
    bad: Values | None = None,
    good: Values | None = None,
    pack: Pack | None = None,
    seed: int = 0,
) -> Drift:
    """Compare a table with the book that `model` was fitted on.

    `table`: a path, a data frame, an Arrow table, columns or records. `target`: the column of outcomes, where they are
    known; `bad` and `good` its values. `time`: a column of dates, by whose months the figures are repeated. Raises
    ModelError for a model without a profile (the starter: it was fitted on no book of yours), BookError for the table.
    """
    profile = _profile(model)
    now = judged(model, table, target, bad=bad, good=good, pack=pack)
    columns, absent = _columns(profile, now.table)
    scores = now.scores.score.astype(np.float64)
    known = now.bad if now.bad is not None and now.bad.any() and not now.bad.all() else None
    floors = {band.name: band.floor for band in model.bands}
    months = periods(now.table, time) if time else None
    return Drift(
        rows=now.table.rows,
        score=_of_scores("score", profile, scores),
        columns=columns,
        absent=absent,
        reference_auc=reference_auc(model),
        performance=None if known is None else performance(now.scores.pd, known, seed=seed),
        calibration=None if known is None else calibration_drift(now.scores.pd, known, scores, floors),
        over_time=() if months is None or known is None else _over_time(model, profile, now, months, seed),
        by_period=()
        if months is None
        else tuple(
            _of_scores(month, profile, scores[np.array(months) == month]) for month in sorted(set(months))
        ),
    )


def rejects(
    model: Model,
    accepted: object,
    refused: object,
    target: str,
    *,
    cutoff: float | None = None,
    bad: Values | None = None,
    good: Values | None = None,
    pack: Pack | None = None,
) -> Rejects:
    """Suppose how refused applicants would have paid: an ASSUMPTION, not a measurement (`engine.monitor.reject`).

    `accepted` are loans with their outcome in `target`, `refused` applicants without. `cutoff`: the PD up to which is
    approved (default: one that approves as large a share as did not go bad).
    """
    known = judged(model, accepted, target, bad=bad, good=good, pack=pack)
    others = judged(model, refused, pack=pack)
    assert known.bad is not None  # noqa: S101 - a target was named  # nosec B101
    both = np.concatenate([known.scores.pd, others.scores.pd])
    limit = float(np.quantile(both, 1.0 - known.bad.mean())) if cutoff is None else cutoff
    return suppose(known.scores.pd, known.bad, others.scores.pd, cutoff=limit)


def reference_auc(model: Model) -> float | None:
    """Give the AUC that was measured when the model was fitted, None where none was."""
    choice = model.figures.get("choice", {}).get("kind")
    found = model.figures.get(f"kind {choice}", {}).get("auc")
    return float(found) if isinstance(found, int | float) else None


def _profile(model: Model) -> Profile:
    found: Profile | None = getattr(model, "profile", None)
    if found is None:
        raise ModelError(
            f"{model.id}: it does not say what its book looked like; accepted: a model that `train` has fitted"
        )
    return found


def _columns(profile: Profile, table: Table) -> tuple[tuple[Stability, ...], tuple[str, ...]]:
    there = [one for one in profile.columns if one.bins.name in table]
    wanted = [
        Need(one.bins.name, one.bins.unit, tuple(label for group in one.bins.classes for label in group))
        for one in there
    ]
    read = typed(wanted, table)
    found = [_stability(one, read) for one in there]
    absent = tuple(one.bins.name for one in profile.columns if one.bins.name not in table)
    return tuple(sorted(found, key=lambda one: -one.psi)), absent


def _stability(one: Reference, table: Table) -> Stability:
    """Compare a column with the book's; a factor of the catalogue has no points for what is not known."""
    points = Lookup(one.bins).points
    now = np.bincount(places(one.bins, table[one.bins.name]), minlength=len(points)).tolist()
    was = [good + bad for good, bad in zip(one.good, one.bad, strict=True)]
    return stability(one.bins.name, _labels(one), was, now, points=points)


def _labels(one: Reference) -> list[str]:
    """Name every place: bins, special codes, other labels, what is not known."""
    names = [made.label for made in bins(one.bins, exact=False)]
    return names if OTHER in names else [*names[:-1], OTHER, UNKNOWN]


def _of_scores(
    name: str, profile: Profile, scores: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Stability:
    return stability(name, psi.names(profile.cuts), profile.counts, psi.count(scores, profile.cuts))


def _over_time(
    model: Model, profile: Profile, now: Judged, months: list[str], seed: int
) -> tuple[Period, ...]:
    """Measure each month; the profile's scores become PDs, which run the other way."""
    assert now.bad is not None  # noqa: S101 - asked for only then  # nosec B101
    cuts = tuple(sorted(_pd_at(model.scale, cut) for cut in profile.cuts))
    *counts, missing = profile.counts
    return over_time(
        months,
        now.scores.pd,
        now.bad,
        cuts=cuts,
        reference=(*reversed(counts), missing),
        seed=seed,
        reference_auc=reference_auc(model),
    )


def _pd_at(scale: Scale, cut: float) -> float:
    """Give a PD between that of a whole score of `cut` and that of the score one point below."""
    odds = scale.anchor_odds * 2.0 ** ((cut - 0.5 - scale.anchor_score) / scale.points_to_double)
    return float(1.0 / (1.0 + odds))
