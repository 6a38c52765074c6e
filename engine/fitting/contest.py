"""The kinds of model against each other on rows they have not seen, and the rule by which one is taken.

Each kind is fitted on four fifths of the rows and asked about the fifth, five times; what it said there
calibrates it (one level, one slope) and weighs it in the blend. The rule: the lowest held-out log-loss wins,
unless a simpler kind is within one standard error of it; with few bad loans the scorecard decides.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from engine.fitting import kinds
from engine.fitting.additive import Floats, calibration
from engine.fitting.kinds import KINDS, Kind, Model
from engine.fitting.setup import Setup
from engine.judge.evaluate import auc
from engine.table import Table

FEW_BADS = 100  # below this many, no held-out difference between kinds is more than chance
RULE = (
    "the lowest held-out log-loss, unless a simpler kind (scorecard, tree, boosting, network, blend, in this "
    f"order) is within one standard error of it; under {FEW_BADS} bad loans, the scorecard"
)
SIMPLEST_FIRST: tuple[str, ...] = ("scorecard", "tree", "boosting", "network", "blend")
_PRESS = 5.0  # towards equal weights in the blend, in loans' worth

Step = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """One kind: what it said of rows it had not seen (calibrated log-odds of good), and how good that was."""

    kind: str
    held_out: Floats
    level: float
    slope: float
    auc: float
    losses: Floats

    @property
    def log_loss(self) -> float:
        """The mean surprise over held-out rows, in nats."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class Contest:
    """All candidates by kind, the one that was taken, why, and the weights of the blend's parts."""

    candidates: Mapping[str, Candidate]
    taken: str
    why: str
    weights: Mapping[str, float]


def hold(
    table: Table,
    bad: NDArray[np.bool_],
    setup: Setup,
    entrants: Sequence[Kind],
    *,
    groups: NDArray[np.integer] | None = None,
    step: Step = lambda _: None,
) -> Contest:
    """Fit every kind out of fold, calibrate and compare; rows of one of `groups` are never on both sides.

    `step` is told what is done next. Raises ValueError if all loans ended alike.
    """
    raw = {kind: np.empty(table.rows) for kind in entrants}
    for number, (fitted, asked) in enumerate(folds(bad, setup, groups), start=1):
        part, rest = table.take(fitted), table.take(asked)
        for kind in entrants:
            step(f"{kind}, part {number} of {setup.folds}")
            raw[kind][asked] = kinds.log_odds(kinds.fit(kind, part, bad[fitted], setup), rest)
    found: dict[str, Candidate] = {kind: _candidate(kind, odds, ~bad) for kind, odds in raw.items()}
    weights: dict[str, float] = {}
    if len(entrants) > 1:
        weights = blend_weights({kind: one.held_out for kind, one in found.items()}, ~bad)
        mixed = np.sum([weight * found[kind].held_out for kind, weight in weights.items()], axis=0)
        found["blend"] = _candidate("blend", mixed, ~bad)
    taken, why = choose(found, int(bad.sum()))
    return Contest(found, taken, why, weights)


def build(
    table: Table, bad: NDArray[np.bool_], setup: Setup, contest: Contest, wanted: Collection[str]
) -> dict[str, Model]:
    """Fit the wanted kinds on all these rows, calibrated as they were held out; each part of a blend once."""
    weights = {kind: weight for kind, weight in contest.weights.items() if weight > 0}
    needed = set(wanted) | (set(weights) if "blend" in wanted else set())
    models: dict[str, Model] = {}
    for kind in KINDS:
        if kind in needed:
            one = contest.candidates[kind]
            models[kind] = kinds.fit(kind, table, bad, setup, level=one.level, slope=one.slope)
    if "blend" in wanted:
        mixed = contest.candidates["blend"]
        parts = {kind: models[kind] for kind in weights}
        rate = round(float(bad.mean()), 6)
        models["blend"] = kinds.blend(parts, weights, rate, setup, level=mixed.level, slope=mixed.slope)
    return {kind: models[kind] for kind in wanted}


def choose(candidates: Mapping[str, Candidate], bads: int) -> tuple[str, str]:
    """Apply the rule; give the kind and the reason in words."""
    if len(candidates) == 1:
        return next((kind, f"{kind} was asked for") for kind in candidates)
    if bads < FEW_BADS and "scorecard" in candidates:
        return "scorecard", f"{bads} bad loans are too few to tell kinds apart (under {FEW_BADS})"
    best = min(candidates.values(), key=lambda one: one.log_loss)
    for kind in SIMPLEST_FIRST:
        if kind not in candidates:
            continue
        gap = candidates[kind].losses - best.losses
        error = float(gap.std(ddof=1) / np.sqrt(len(gap)))
        if gap.mean() <= error:
            break
    if kind == best.kind:
        return kind, f"lowest held-out log-loss ({best.log_loss:.4f})"
    return kind, (
        f"held-out log-loss {candidates[kind].log_loss:.4f}: within one standard error ({error:.4f}) of "
        f"{best.kind} ({best.log_loss:.4f}), and simpler"
    )


def folds(
    bad: NDArray[np.bool_], setup: Setup, groups: NDArray[np.integer] | None = None
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Cut the rows into parts with equal bad rates: (fitted, asked) positions, `setup.folds` times."""
    count = min(setup.folds, int(bad.sum()), int((~bad).sum()))
    if count < 2:
        raise ValueError("a book needs both good and bad loans, two of each at least")
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    cutter = kind(count, shuffle=True, random_state=setup.seed)
    return list(cutter.split(np.zeros(len(bad)), bad, groups))


def blend_weights(held_out: Mapping[str, Floats], good: NDArray[np.bool_]) -> dict[str, float]:
    """Give weights >= 0 that make the best sum of log-odds: a logistic regression pressed to equal weights."""
    odds = np.column_stack(list(held_out.values()))
    size = odds.shape[1]
    middle = np.full(size, 1.0 / size)

    def loss(now: Floats) -> tuple[float, Floats]:
        mixed = now[0] + odds @ now[1:]
        wrong = 1.0 / (1.0 + np.exp(-mixed)) - good
        away = now[1:] - middle
        value = float((np.logaddexp(0.0, mixed) - good * mixed).sum() + 0.5 * _PRESS * away @ away)
        return value, np.array([wrong.sum(), *(odds.T @ wrong + _PRESS * away)])

    start = np.array([0.0, *middle])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *[(0.0, None)] * size])
    now = found.x
    return {kind: round(float(weight), 4) for kind, weight in zip(held_out, now[1:], strict=True)}


def _candidate(kind: str, odds: Floats, good: NDArray[np.bool_]) -> Candidate:
    level, slope = calibration(odds, good)
    slope = max(slope, 0.05)
    held_out = level + slope * odds
    losses = np.logaddexp(0.0, held_out) - good * held_out
    return Candidate(kind, held_out, level, slope, auc(-held_out, ~good), losses)
