"""How good a model is on a book: does it rank, and are its probabilities true? Each figure with its interval."""

import math
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np

from engine.judge.delong import auc_figure
from engine.judge.intervals import Bools, Figure, Floats, normal, wilson
from engine.judge.reliability import (
    Cells,
    Line,
    cells,
    ece,
    ece_by_chance,
    group,
    hosmer_lemeshow,
    line,
    probable,
)

__all__ = ["Bools", "Figure", "Figures", "Floats", "Performance", "auc", "measure", "performance"]

_MANY = 5000  # distinct PDs beyond which drawing each one anew costs seconds
_COARSE = 1000  # groups that stand for them in the draws
_LEAST = float(np.finfo(np.float64).eps)  # as scikit-learn's log_loss


class Figures(NamedTuple):
    """What a model does on a book.

    `auc`: the chance (0.5 luck, 1 perfect) that a bad loan has the higher PD of a random pair, ties counting
    half. `ks`: the greatest distance between the shares of bad and of good loans refused at one cut-off
    (0..1). `brier`: the mean squared error of the PD. `ece`: the mean distance of PD and bad rate over ten
    equal groups by PD.
    """

    auc: Figure
    ks: Figure
    brier: Figure
    ece: Figure


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """All of `Figures`, and what is read beside them.

    `gini` is 2 AUC - 1. `log_loss` is the mean of -ln(the chance given to what happened). `ece_floor` is the
    ECE that perfectly true PDs would show on these loans on average, and `ece_bound` what they would exceed
    once in twenty: an ECE below it is no evidence of wrong PDs. `line` is the calibration slope and level
    (None where there is none), `hosmer_lemeshow` a p-value. `method` says how the intervals were found.
    """

    rows: int
    bads: int
    bad_rate: Figure
    mean_pd: float
    auc: Figure
    gini: Figure
    ks: Figure
    brier: Figure
    log_loss: Figure
    ece: Figure
    ece_floor: float
    ece_bound: float
    line: Line | None
    hosmer_lemeshow: float
    method: str


def measure(pd: Floats, bad: Bools, *, seed: int, draws: int = 200) -> Figures:
    """Measure probabilities of default against what happened; `seed` fixes the draws of the intervals.

    Intervals come from drawing the book's loans again with replacement (percentile bootstrap, a draw without
    both outcomes left out), widened to hold the figure where it must be: an ECE near 0 can only grow in a
    draw. With more than 5,000 distinct PDs that takes too long: the AUC's is then
    DeLong's, the Brier score's that of a mean, and KS and ECE are drawn over 1,000 groups of neighbouring
    PDs, shifted by what the grouping changes. Raises ValueError if all loans ended alike, for then nothing
    can be ranked, and for anything that is no PD.
    """
    if bad.all() or not bad.any():
        raise ValueError("a book needs both good and bad loans")
    of = probable(pd, bad)
    if len(of.pd) > _MANY:
        coarse = _coarsen(of)
        ks, error = _drawn(coarse, (_ks, ece), seed, draws)
        return Figures(auc_figure(pd, bad), _shift(ks, _ks(of)), _brier_figure(of), _shift(error, ece(of)))
    return Figures(*_drawn(of, (_auc, _ks, _brier, ece), seed, draws))


def performance(pd: Floats, bad: Bools, *, seed: int, draws: int = 200) -> Performance:
    """Measure everything; the same intervals and errors as `measure`."""
    figures = measure(pd, bad, seed=seed, draws=draws)
    of = cells(pd, bad)
    floor, bound = ece_by_chance(of)
    many = len(of.pd) > _MANY
    return Performance(
        rows=len(bad),
        bads=int(bad.sum()),
        bad_rate=wilson(int(bad.sum()), len(bad)),
        mean_pd=float(pd.mean()),
        auc=figures.auc,
        gini=Figure(*(2.0 * end - 1.0 for end in (figures.auc.value, figures.auc.low, figures.auc.high))),
        ks=figures.ks,
        brier=figures.brier,
        log_loss=_log_loss_figure(of),
        ece=figures.ece,
        ece_floor=floor,
        ece_bound=bound,
        line=line(of),
        hosmer_lemeshow=hosmer_lemeshow(of),
        method=f"DeLong; {draws} draws of {_COARSE} groups" if many else f"bootstrap, {draws} draws",
    )


def auc(pd: Floats, bad: Bools | Floats) -> float:
    """Give the AUC alone, without an interval (see `Figures`); `bad` may be chances (see `cells`)."""
    return _auc(cells(pd, bad))


def _drawn(of: Cells, kinds: tuple[Callable[[Cells], float], ...], seed: int, draws: int) -> list[Figure]:
    random = np.random.default_rng(seed)
    counts = np.concatenate([of.good, of.bad])
    drawn = random.multinomial(int(counts.sum()), counts / counts.sum(), size=draws).astype(np.float64)
    half = len(of.pd)
    samples = [Cells(of.pd, row[:half], row[half:]) for row in drawn if row[:half].any() and row[half:].any()]
    figures = []
    for kind in kinds:
        value = kind(of)
        low, high = np.quantile([kind(sample) for sample in samples], [0.025, 0.975])
        figures.append(Figure(value, min(float(low), value), max(float(high), value)))
    return figures


def _coarsen(of: Cells) -> Cells:
    places = group(of, _COARSE)
    loans = of.good + of.bad
    rows = np.bincount(places, loans, minlength=_COARSE)
    pd = np.bincount(places, loans * of.pd, minlength=_COARSE) / np.maximum(rows, 1.0)
    good, bad = (
        np.bincount(places, part, minlength=_COARSE).astype(np.float64) for part in (of.good, of.bad)
    )
    full = rows > 0
    return Cells(pd[full], good[full], bad[full])


def _shift(figure: Figure, exact: float) -> Figure:
    by = exact - figure.value
    return Figure(exact, max(figure.low + by, 0.0), min(figure.high + by, 1.0))


def _auc(of: Cells) -> float:
    below = np.cumsum(of.good) - of.good / 2.0
    return float(of.bad @ below / (of.bad.sum() * of.good.sum()))


def _ks(of: Cells) -> float:
    good = np.cumsum(of.good) / of.good.sum()
    bad = np.cumsum(of.bad) / of.bad.sum()
    return float(np.abs(good - bad).max())


def _brier(of: Cells) -> float:
    return _mean(of, of.pd**2, (1.0 - of.pd) ** 2)[0]


def _brier_figure(of: Cells) -> Figure:
    return normal(*_mean(of, of.pd**2, (1.0 - of.pd) ** 2), least=0.0, most=1.0)


def _log_loss_figure(of: Cells) -> Figure:
    held = np.clip(of.pd, _LEAST, 1.0 - _LEAST)
    return normal(*_mean(of, -np.log(1.0 - held), -np.log(held)), least=0.0)


def _mean(of: Cells, if_good: Floats, if_bad: Floats) -> tuple[float, float]:
    """Give the mean over the loans of something that hangs on PD and outcome, and its standard error."""
    rows = float(of.good.sum() + of.bad.sum())
    mean = float(of.good @ if_good + of.bad @ if_bad) / rows
    square = float(of.good @ (if_good - mean) ** 2 + of.bad @ (if_bad - mean) ** 2) / rows
    return mean, math.sqrt(square / rows)
