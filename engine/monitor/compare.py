"""Champion and challenger on the same rows: what changes for whom, and whether the challenger may take over."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.judge.curves import place
from engine.judge.intervals import Bools, Figure, Floats, wilson
from engine.monitor.contest import Contest, contest
from engine.monitor.gates import Gate

_SHOWN = 20
MARGIN = 0.01  # of AUC: what a challenger may lose at most, with 97.5 % certainty


class Side(NamedTuple):
    """One model's word on the rows: its name, PDs, and scores (higher is safer)."""

    name: str
    pd: Floats
    score: Floats


class Spread(msgspec.Struct, frozen=True):
    """How differences (challenger less champion) are spread: mean, mean size, and quantiles in per cent."""

    mean: float
    mean_size: float
    p1: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float


class Swap(msgspec.Struct, frozen=True):
    """Rows by who approves them at the cut-off; what is not known is None."""

    champion_approves: bool
    challenger_approves: bool
    rows: int
    champion_pd: float | None
    challenger_pd: float | None
    bads: int | None
    bad_rate: Figure | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All differences of two models on the same rows.

    `correlation` is Pearson's of the scores (None where one is constant), `same_band` the share of rows whose band
    stays. `migration[i][j]` counts rows from the champion's band i to the challenger's band j, bands as in
    `bands`. `swaps`: both approve, challenger alone, champion alone, neither. `farthest` are row numbers, the
    largest difference of scores first. `contest` is None where outcomes are not known.
    """

    champion: str
    challenger: str
    rows: int
    score: Spread
    pd: Spread
    correlation: float | None
    bands: tuple[str, ...]
    migration: tuple[tuple[int, ...], ...]
    same_band: float
    cutoff: float
    swaps: tuple[Swap, ...]
    farthest: tuple[int, ...]
    contest: Contest | None


class Promotion(msgspec.Struct, frozen=True):
    """Whether the challenger may take over: only with every gate open."""

    allowed: bool
    gates: tuple[Gate, ...]


def compare(
    champion: Side,
    challenger: Side,
    bad: Bools | None,
    floors: Mapping[str, float],
    *,
    cutoff: float,
    seed: int,
) -> Comparison:
    """Compare two models on the same rows; a score of `cutoff` or more is approved.

    `floors` maps each band to its lowest score, best first. `bad` None, or of one outcome only: no contest.
    Raises ValueError without rows, or where the columns differ in length.
    """
    rows = len(champion.pd)
    if not rows or {len(part) for part in (champion.score, challenger.pd, challenger.score)} != {rows}:
        raise ValueError("two models are compared on the same rows, one at least")
    gap = challenger.score - champion.score
    before, after = (place(side.score, tuple(floors.values())) for side in (champion, challenger))
    count = len(floors)
    migration = np.bincount(before * count + after, minlength=count * count).reshape(count, count)
    ranked = np.argsort(-np.abs(gap), kind="stable")[:_SHOWN]
    both = bad is not None and bad.any() and not bad.all()
    return Comparison(
        champion=champion.name,
        challenger=challenger.name,
        rows=rows,
        score=_spread(gap),
        pd=_spread(challenger.pd - champion.pd),
        correlation=_correlation(champion.score, challenger.score),
        bands=tuple(floors),
        migration=tuple(tuple(row) for row in migration.tolist()),
        same_band=float((before == after).mean()),
        cutoff=cutoff,
        swaps=_swaps(champion, challenger, bad, cutoff),
        farthest=tuple(int(at) for at in ranked if gap[at]),
        contest=contest(champion.pd, challenger.pd, bad, seed=seed) if bad is not None and both else None,
    )


def promotion(found: Comparison, *, fairness: Gate, fidelity: Gate, margin: float = MARGIN) -> Promotion:
    """Say whether the challenger may take over.

    Ranking: the low end of the AUC's difference must not be more than `margin` below 0 (non-inferiority: too few
    loans close this gate too). Probabilities: Brier and log-loss must not be worse beyond chance. The
    challenger's own fairness and fidelity gates must be open.
    """
    gates = (_ranking(found.contest, margin), _probabilities(found.contest), fairness, fidelity)
    return Promotion(all(gate.open for gate in gates), gates)


def _ranking(found: Contest | None, margin: float) -> Gate:
    if found is None:
        return Gate(
            name="ranking", open=False, figure=None, bound=-margin, why="no outcomes to compare the models on"
        )
    gap = found.auc.difference
    why = f"AUC {gap.value:+.4f}, 95 % {gap.low:+.4f} to {gap.high:+.4f}; the low end may be {-margin:+.4f}"
    return Gate(name="ranking", open=gap.low >= -margin, figure=gap.low, bound=-margin, why=why)


def _probabilities(found: Contest | None) -> Gate:
    if found is None:
        return Gate(
            name="probabilities",
            open=False,
            figure=None,
            bound=0.0,
            why="no outcomes to compare the models on",
        )
    worst = max(found.brier.difference.low, found.log_loss.difference.low)
    why = (
        f"Brier {found.brier.difference.value:+.5f}, log-loss {found.log_loss.difference.value:+.5f}; "
        "neither may be worse beyond chance"
    )
    return Gate(name="probabilities", open=worst <= 0.0, figure=worst, bound=0.0, why=why)


def _spread(gap: Floats) -> Spread:
    points = np.quantile(gap, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]).tolist()
    return Spread(float(gap.mean()), float(np.abs(gap).mean()), *points)


def _correlation(one: Floats, other: Floats) -> float | None:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _swaps(champion: Side, challenger: Side, bad: Bools | None, cutoff: float) -> tuple[Swap, ...]:
    old, new = champion.score >= cutoff, challenger.score >= cutoff
    return tuple(
        _swap((was, now), (old == was) & (new == now), champion.pd, challenger.pd, bad)
        for was, now in ((True, True), (False, True), (True, False), (False, False))
    )


def _swap(
    approve: tuple[bool, bool],
    here: NDArray[np.bool_],
    old: Floats,
    new: Floats,
    bad: Bools | None,
) -> Swap:
    rows = int(here.sum())
    bads = None if bad is None else int(bad[here].sum())
    return Swap(
        *approve,
        rows,
        float(old[here].mean()) if rows else None,
        float(new[here].mean()) if rows else None,
        bads,
        wilson(bads, rows) if bads is not None and rows else None,
    )
