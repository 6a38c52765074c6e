"""A challenger beside the champion on one table, and whether it may take over: `engine.compare`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from engine.api.groups import cutoff_of, of_judged
from engine.api.judged import Judged, Values, judged
from engine.countries.pack import Pack
from engine.kinds.fidelity import BOUND, fidelity, sample
from engine.monitor.compare import Comparison, Promotion, Side, promotion
from engine.monitor.compare import compare as beside
from engine.monitor.gates import Gate, Justification, sign
from engine.scorecard import Scorecard
from engine.typed import Model, needs, typed

_ASKED = 300  # people whose reasons are put to the test


class Duel(msgspec.Struct, frozen=True, kw_only=True):
    """All differences, the gates, and a justification signed for exactly these where gates are closed.

    `allowed`: every gate is open, or what closes them was signed for.
    """

    champion_hash: str
    challenger_hash: str
    comparison: Comparison
    promotion: Promotion
    justification: Justification | None

    @property
    def allowed(self) -> bool:
        """Say whether the challenger may take over."""
        return self.promotion.allowed or self.justification is not None


def compare(
    champion: Model,
    challenger: Model,
    table: object,
    target: str | None = None,
    groups: Sequence[str] = (),
    *,
    cutoff: float | None = None,
    bad: Values | None = None,
    good: Values | None = None,
    pack: Pack | None = None,
    signed: tuple[str, str, datetime] | None = None,
    seed: int = 0,
) -> Duel:
    """Score one table by two models and say what would change, and whether the challenger may take over.

    `cutoff` is a SCORE of the champion's scale from which is approved (default: one that lets through as large a
    share as did not go bad). The gates: its ranking no worse than by a margin, its probabilities no worse, groups (of
    the columns `groups`; without them what was measured when it was fitted) alike, its reasons true. `signed`: (text,
    name, time) of a justification for closed gates. Raises BookError.
    """
    old = judged(champion, table, target, bad=bad, good=good, pack=pack)
    new = judged(challenger, table, target, bad=bad, good=good, pack=pack)
    sides = [
        Side(model.id, side.scores.pd, side.scores.score.astype(np.float64))
        for model, side in ((champion, old), (challenger, new))
    ]
    if cutoff is None:
        limit = cutoff_of(old.scores.pd, old.bad, None, None)
        cutoff = float(old.scores.score[old.scores.pd <= limit].min())
    floors = {band.name: band.floor for band in champion.bands}
    found = beside(sides[0], sides[1], old.bad, floors, cutoff=cutoff, seed=seed)
    verdict = promotion(
        found, fairness=_fair(challenger, new, groups, seed), fidelity=_true(challenger, new, seed)
    )
    excuse: Justification | None = None
    if signed is not None and not verdict.allowed:
        text, by, at = signed
        excuse = sign((found, verdict), text=text, by=by, at=at)
    return Duel(
        champion_hash=champion.hash,
        challenger_hash=challenger.hash,
        comparison=found,
        promotion=verdict,
        justification=excuse,
    )


def _fair(model: Model, found: Judged, groups: Sequence[str], seed: int) -> Gate:
    if groups:
        return of_judged(model, found, groups, seed=seed).gate
    return fair_when_fitted(model)


def fair_when_fitted(model: Model) -> Gate:
    """Give the fairness gate by the figures that the model carries from its fitting."""
    measured = (
        (key.removeprefix("fairness "), row)
        for key, row in model.figures.items()
        if key.startswith("fairness ")
    )
    airs = {name: row.get("air") for name, row in measured if row.get("judged")}
    ratios = {name: float(air) for name, air in airs.items() if isinstance(air, int | float)}
    least = min(ratios.values(), default=None)
    against = [name for name, ratio in ratios.items() if ratio < _FOUR_FIFTHS]
    if least is None:
        why = "no group was measured when it was fitted; name columns of groups"
    elif against:
        why = f"when it was fitted, below four fifths of the most favoured group: {'; '.join(against)}"
    else:
        why = "when it was fitted, every judged group had at least four fifths of the most favoured group's approval"
    is_open = least is not None and not against
    return Gate(name="fairness", open=is_open, figure=least, bound=_FOUR_FIFTHS, why=why)


def _true(model: Model, found: Judged, seed: int) -> Gate:
    if isinstance(model, Scorecard):
        return Gate(
            name="fidelity", open=True, figure=1.0, bound=BOUND, why="the points of a scorecard are exact"
        )
    names = [need.name for need in needs(model)]
    told = fidelity(model, sample(typed(model, found.table), names, count=_ASKED, seed=seed))
    share = told.within if told.cases else None
    why = (
        f"taking the named reasons away moved the score as claimed for {told.within:.1%} of {told.cases} people"
        if told.cases
        else "nobody on this table is given a reason that lowers the score"
    )
    return Gate(name="fidelity", open=told.passes, figure=share, bound=BOUND, why=why)


_FOUR_FIFTHS = 0.8  # as in engine.monitor.fairness
