"""Everything that is drawn of one model on the loans it did not learn from, in the order in which it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.report import groups, ranking, terms, truth
from engine.report.card import Model
from engine.report.document import Section
from engine.report.drawn import Drawn
from engine.report.evidence import Evidence
from engine.report.measured import Measured
from engine.report.wording import Row
from engine.scorecard import Scorecard

_FACTORS = 24  # drawn; the others are in the table


@dataclass(frozen=True)
class Gallery:
    """Drawings by the section of the card they belong to, and what a page needs beside them.

    `figures` are the model's own, and those it lacks as far as the evidence gives them. `factors` is a section of
    its own, None without factors. `rows` and `bads` count the loans measured on.
    """

    chosen: str
    rows: int
    bads: int
    figures: Mapping[str, Row]
    factors: Section | None
    drawings: Mapping[str, Sequence[Drawn]]


def gallery(model: Model, evidence: Evidence) -> Gallery:
    """Draw everything."""
    measured = Measured(model, evidence)
    entries = {entry.name: entry for entry in model.factors} if isinstance(model, Scorecard) else {}
    factors = terms.ranked(evidence.terms, entries)
    told = Section("factors", "What each factor tells", (terms.summary(factors),)) if factors else None
    drift = [groups.drift_plot(measured.drift)] if measured.drift else []
    good = _good(measured)
    if len(measured.periods) > 1:
        (drift or good).append(truth.periods_plot(measured.periods))
    drawings = {
        "good": good,
        "factors": [terms.factor_plot(one, at) for at, one in enumerate(factors[:_FACTORS])],
        "fairness": [groups.fairness_plot(one, at) for at, one in enumerate(measured.fairness)],
        "drift": drift,
    }
    bads = int(evidence.bad.sum())
    return Gallery(evidence.chosen, len(evidence.bad), bads, measured.figures, told, drawings)


def _good(measured: Measured) -> list[Drawn]:
    model, evidence = measured.model, measured.evidence
    pd, bad, row = evidence.pd[evidence.chosen], evidence.bad, measured.kinds[evidence.chosen]
    return [
        ranking.roc_plot(evidence.pd, bad, evidence.chosen, measured.kinds),
        truth.calibration_plot(pd, bad, row),
        ranking.ks_plot(pd, bad, row),
        ranking.scores_plot(evidence.scores, bad, model.scale, model.bands),
    ]
