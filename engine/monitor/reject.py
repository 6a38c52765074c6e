"""What if the refused had been lent to? ASSUMPTION, not measurement: nothing is known of how they would have paid.

Each scenario supposes that refused applicants are worse than accepted ones of the same PD by a stated multiple of
their odds of going bad, and shows how much hangs on that supposition (Siddiqi 2006, ch. 6; Crook & Banasik 2004 on
how little can be learnt this way).
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from engine.judge.evaluate import auc
from engine.judge.intervals import Bools, Floats
from engine.judge.reliability import probable
from engine.monitor.drift import deciles

ASSUMPTION = (
    "ASSUMPTION: the outcomes of refused applicants were never observed; the multiples are chosen, not estimated. "
    "Only the known good-bad row is measured."
)

Method = Literal["known good-bad", "fuzzy augmentation", "parcelling"]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """The whole population under one supposition.

    `multiplier` is of the odds of going bad; None for the known good-bad, which leaves the refused out.
    `bad_rate`, `refused_bad_rate` (None without refused), and the `auc` of the PDs as they are. At the cut-off:
    `approval` is the share whose PD, corrected by the supposition, is the cut-off or less; `approved_bad_rate` the
    bad rate that approving by the PDs as they are would then meet (None where nobody is approved).
    """

    method: Method
    multiplier: float | None
    rows: int
    bad_rate: float
    refused_bad_rate: float | None
    auc: float
    approval: float
    approved_bad_rate: float | None


class Rejects(msgspec.Struct, frozen=True, kw_only=True):
    """The report; `assumption` belongs wherever its scenarios are shown."""

    assumption: str
    accepted: int
    refused: int
    cutoff: float
    known: Scenario
    scenarios: tuple[Scenario, ...]


def rejects(
    pd_accepted: Floats,
    bad_accepted: Bools,
    pd_refused: Floats,
    *,
    cutoff: float,
    multipliers: Sequence[float] = (1.0, 1.5, 2.0, 3.0),
) -> Rejects:
    """Suppose outcomes for the refused, by two methods and each multiple of their odds.

    Fuzzy augmentation: a refused applicant counts as bad by the chance that its own PD gives, its odds
    multiplied. Parcelling: by the observed bad rate of the accepted in the same decile of PD (half a bad and
    one loan added, so that none is 0), its odds multiplied; who is riskier than every accepted one gets the
    last decile's, so it understates where hardly any such loan was made. Both take expectations, so no
    chance is at work.
    Raises ValueError without both outcomes, without refused, and for a multiple that is not above 0.
    """
    if bad_accepted.all() or not bad_accepted.any():
        raise ValueError("the accepted need both good and bad loans")
    if not len(pd_refused) or min(multipliers, default=1.0) <= 0.0:
        raise ValueError("refused applicants, and multiples above 0, are needed")
    probable(pd_accepted, bad_accepted)
    probable(pd_refused, np.zeros(len(pd_refused), dtype=bool))
    observed = bad_accepted.astype(np.float64)
    parcels = _parcels(pd_accepted, observed, pd_refused)
    pd = np.concatenate([pd_accepted, pd_refused])
    scenarios = []
    methods: tuple[tuple[Method, Floats], ...] = (("fuzzy augmentation", pd_refused), ("parcelling", parcels))
    for method, chance in methods:
        for multiplier in multipliers:
            supposed = worsen(chance, multiplier)
            corrected = np.concatenate([pd_accepted, supposed])
            bad = np.concatenate([observed, supposed])
            scenarios.append(_scenario(method, multiplier, pd, corrected, bad, len(pd_accepted), cutoff))
    known = _scenario("known good-bad", None, pd_accepted, pd_accepted, observed, len(observed), cutoff)
    return Rejects(
        assumption=ASSUMPTION,
        accepted=len(pd_accepted),
        refused=len(pd_refused),
        cutoff=cutoff,
        known=known,
        scenarios=tuple(scenarios),
    )


def worsen(chance: Floats, multiplier: float) -> Floats:
    """Give the chance whose odds are `multiplier` times those of `chance` (0..1)."""
    worse: Floats = multiplier * chance / (1.0 - chance + multiplier * chance)
    return worse


def _parcels(pd: Floats, bad: Floats, pd_refused: Floats) -> Floats:
    cuts = np.array(deciles(pd))
    places = np.searchsorted(cuts, pd, side="right")
    rows = np.bincount(places, minlength=len(cuts) + 1)
    bads = np.bincount(places, bad, minlength=len(cuts) + 1)
    rates: Floats = (bads + 0.5) / (rows + 1.0)
    return rates[np.searchsorted(cuts, pd_refused, side="right")]


def _scenario(
    method: Method,
    multiplier: float | None,
    pd: Floats,
    corrected: Floats,
    bad: Floats,
    accepted: int,
    cutoff: float,
) -> Scenario:
    approved = pd <= cutoff
    return Scenario(
        method=method,
        multiplier=multiplier,
        rows=len(pd),
        bad_rate=float(bad.mean()),
        refused_bad_rate=float(bad[accepted:].mean()) if len(bad) > accepted else None,
        auc=auc(pd, bad),
        approval=float((corrected <= cutoff).mean()),
        approved_bad_rate=float(bad[approved].mean()) if approved.any() else None,
    )
