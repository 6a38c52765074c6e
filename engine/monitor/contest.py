"""Which of two models is better on the same loans? Differences, with paired intervals."""

import math
from typing import Literal

import msgspec
import numpy as np

from engine.judge.delong import Difference, compare_aucs
from engine.judge.intervals import Bools, Figure, Floats, Places, normal
from engine.judge.reliability import cells, group, probable

_GROUPS = 100  # of PD, in the draws of KS
_LEAST = float(np.finfo(np.float64).eps)

Verdict = Literal["better", "worse", "mixed", "no difference shown"]


class Pair(msgspec.Struct, frozen=True):
    """One figure of both models; `difference` is challenger less champion, paired."""

    champion: float
    challenger: float
    difference: Figure


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """How the challenger does beside the champion on loans whose outcome is known.

    `auc` with DeLong's test; `ks` by drawing the loans again; `brier` and `log_loss` are means of paired
    differences (lower is better). `verdict`, of the challenger: "better" where AUC or Brier is better beyond chance and
    neither worse, "worse" the other way round, "mixed" where they disagree.
    """

    rows: int
    bads: int
    auc: Difference
    ks: Pair
    brier: Pair
    log_loss: Pair
    verdict: Verdict


def contest(champion: Floats, challenger: Floats, bad: Bools, *, seed: int, draws: int = 200) -> Contest:
    """Compare two models' PDs on the same loans; `seed` fixes the draws of KS.

    Raises ValueError if all loans ended alike, and for anything that is no PD.
    """
    for pd in (champion, challenger):
        probable(pd, bad)
    auc = compare_aucs(champion, challenger, bad)
    brier = _paired((champion - bad) ** 2, (challenger - bad) ** 2)
    return Contest(
        rows=len(bad),
        bads=int(bad.sum()),
        auc=auc,
        ks=_ks(champion, challenger, bad, seed, draws),
        brier=brier,
        log_loss=_paired(_surprise(champion, bad), _surprise(challenger, bad)),
        verdict=_verdict(auc.difference, brier.difference),
    )


def _paired(champion: Floats, challenger: Floats) -> Pair:
    gap = challenger - champion
    error = float(gap.std(ddof=1)) / math.sqrt(len(gap))
    return Pair(float(champion.mean()), float(challenger.mean()), normal(float(gap.mean()), error))


def _surprise(pd: Floats, bad: Bools) -> Floats:
    held = np.clip(pd, _LEAST, 1.0 - _LEAST)
    surprise: Floats = -np.log(np.where(bad, held, 1.0 - held))
    return surprise


def _ks(champion: Floats, challenger: Floats, bad: Bools, seed: int, draws: int) -> Pair:
    """Draw the loans again by their joint group under both models: exact figures, coarse draws shifted to them."""
    exact = [_widest(*_by_cell(pd, bad)) for pd in (champion, challenger)]
    one, other = _places(champion, bad), _places(challenger, bad)
    joint, counts = np.unique((one * _GROUPS + other) * 2 + bad, return_counts=True)
    goods, first, second = joint % 2 == 0, joint // 2 // _GROUPS, joint // 2 % _GROUPS
    drawn = np.random.default_rng(seed).multinomial(len(bad), counts / len(bad), size=draws)
    gaps = []
    for row in np.vstack([counts, drawn]).astype(np.float64):
        good, ill = np.where(goods, row, 0.0), np.where(goods, 0.0, row)
        if not good.any() or not ill.any():
            continue
        before, after = (_widest(_add(at, good), _add(at, ill)) for at in (first, second))
        gaps.append(after - before)
    value = exact[1] - exact[0]
    low, high = np.quantile(gaps[1:], [0.025, 0.975]) - gaps[0] + value
    return Pair(exact[0], exact[1], Figure(value, min(float(low), value), max(float(high), value)))


def _add(places: Places, loans: Floats) -> Floats:
    return np.bincount(places, loans, minlength=_GROUPS).astype(np.float64)


def _by_cell(pd: Floats, bad: Bools) -> tuple[Floats, Floats]:
    of = cells(pd, bad)
    return of.good, of.bad


def _widest(good: Floats, bad: Floats) -> float:
    return float(np.abs(np.cumsum(good) / good.sum() - np.cumsum(bad) / bad.sum()).max())


def _places(pd: Floats, bad: Bools) -> Places:
    of = cells(pd, bad)
    places: Places = group(of, _GROUPS)[np.searchsorted(of.pd, pd)]
    return places


def _verdict(auc: Figure, brier: Figure) -> Verdict:
    better = auc.low > 0.0 or brier.high < 0.0
    worse = auc.high < 0.0 or brier.low > 0.0
    if better and worse:
        return "mixed"
    if better or worse:
        return "better" if better else "worse"
    return "no difference shown"
