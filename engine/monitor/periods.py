"""Performance over time: each period's ranking, level and applicants beside those the model was fitted on."""

from collections.abc import Sequence

import msgspec
import numpy as np

from engine.judge.evaluate import measure
from engine.judge.intervals import Bools, Figure, Floats, wilson
from engine.monitor.drift import Stability, count, names, stability


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """One period: all its `rows` for the PSI, and the `known` ones, whose outcome has come, for the rest.

    `mean_pd` is that of the known. `auc`, `ks` and `ece` are None without both outcomes. `worse` says that the
    whole interval of the AUC lies below the reference.
    """

    period: str
    rows: int
    known: int
    bads: int
    bad_rate: Figure | None
    mean_pd: float | None
    auc: Figure | None
    ks: Figure | None
    ece: Figure | None
    worse: bool
    psi: Stability


def over_time(
    period: Sequence[str],
    pd: Floats,
    bad: Bools,
    *,
    cuts: Sequence[float],
    reference: Sequence[int],
    seed: int,
    known: Bools | None = None,
    reference_auc: float | None = None,
) -> tuple[Period, ...]:
    """Measure each period, in the order of their names; `cuts` and `reference` count PDs as `drift.count` does.

    `known` marks the loans old enough to have gone bad (None: all); a young loan is not a good one. Raises
    ValueError where the columns differ in length.
    """
    of = np.asarray(period, dtype=np.str_)
    told = np.ones(len(pd), dtype=bool) if known is None else known
    if not len(of) == len(pd) == len(bad) == len(told):
        raise ValueError("a period, a PD and an outcome are needed for each loan")
    found = []
    for name in np.unique(of):
        here = of == name
        psi = stability(str(name), names(cuts), reference, count(pd[here], cuts))
        found.append(_period(str(name), pd[here & told], bad[here & told], psi, seed, reference_auc))
    return tuple(found)


def _period(
    name: str, pd: Floats, bad: Bools, psi: Stability, seed: int, reference_auc: float | None
) -> Period:
    bads = int(bad.sum())
    figures = measure(pd, bad, seed=seed) if 0 < bads < len(bad) else None
    return Period(
        period=name,
        rows=psi.current_rows,
        known=len(pd),
        bads=bads,
        bad_rate=wilson(bads, len(pd)) if len(pd) else None,
        mean_pd=float(pd.mean()) if len(pd) else None,
        auc=figures.auc if figures else None,
        ks=figures.ks if figures else None,
        ece=figures.ece if figures else None,
        worse=bool(figures and reference_auc is not None and figures.auc.high < reference_auc),
        psi=psi,
    )
