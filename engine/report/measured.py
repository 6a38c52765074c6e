"""What the evidence says, measured: performance by kind, fairness by group, stability by column, periods.

As values for the drawings, and as the rows of figures that a card is written from.
"""

from dataclasses import dataclass
from functools import cached_property

import msgspec

from engine.judge.evaluate import performance
from engine.judge.intervals import Figure
from engine.monitor.drift import Stability, count, deciles, stability
from engine.monitor.fairness import Fairness, fairness
from engine.monitor.periods import Period, over_time
from engine.report.binned import bins
from engine.report.card import Model
from engine.report.evidence import Evidence
from engine.report.wording import Cell, Row, clean, known
from engine.scorecard import Scorecard

_SEED = 0
_NAMES = ("auc", "gini", "ks", "brier", "log_loss", "ece")


@dataclass(frozen=True, eq=False)
class Measured:
    """One model and the evidence on it; each figure is measured when it is first asked for, with a fixed seed."""

    model: Model
    evidence: Evidence

    @cached_property
    def figures(self) -> dict[str, Row]:
        """The model's own figures, and those it lacks as far as the evidence gives them."""
        found: dict[str, Row] = {f"kind {kind}": row for kind, row in self.kinds.items()}
        if self.fairness:
            found["fairness"] = {"cutoff": self.cutoff}
        for report in self.fairness:
            for group in report.groups:
                row: dict[str, Cell] = {"rows": group.rows, "mean_pd": group.mean_pd}
                for name in ("approval", "air", "bad_rate"):
                    row |= _cells(name, getattr(group, name))
                found[f"fairness {report.attribute}={group.group}"] = row
        for one in self.drift:
            found[f"drift {one.name}"] = {"psi": one.psi, "floor": one.by_chance, "verdict": one.verdict}
        own = self.model.figures
        begun = {key.partition(" ")[0] for key in own if not key.startswith("kind ")}
        return {**{key: row for key, row in found.items() if key.partition(" ")[0] not in begun}, **own}

    @cached_property
    def kinds(self) -> dict[str, Row]:
        """The figures of each kind: the card's, or measured where it has none."""
        return {kind: self._kind(kind) for kind in self.evidence.pd}

    @cached_property
    def cutoff(self) -> float:
        """The PD up to which a loan counts as approved: the card's, or else the bad rate of the held-out loans."""
        rows = (row for key, row in self.model.figures.items() if key.partition(" ")[0] == "fairness")
        said = next((row["cutoff"] for row in rows if known(row.get("cutoff"))), None)
        return float(said or 0.0) if known(said) else float(self.evidence.bad.mean())

    @cached_property
    def fairness(self) -> tuple[Fairness, ...]:
        """Each protected column's groups at the cut-off."""
        evidence = self.evidence
        pd = evidence.pd[evidence.chosen]
        reports = (
            fairness(
                clean(name, 60),
                codes,
                tuple(clean(label, 40) for label in labels),
                pd,
                evidence.bad,
                cutoff=self.cutoff,
            )
            for name, (codes, labels) in evidence.groups.items()
        )
        return tuple(report for report in reports if report.groups)

    @cached_property
    def drift(self) -> tuple[Stability, ...]:
        """Each factor's stability between the loans learnt from and the held-out ones."""
        model = self.model
        entries = {entry.name: entry for entry in model.factors} if isinstance(model, Scorecard) else {}
        reports = []
        for name, (labels, goods, bads, now) in self.evidence.terms.items():
            then = [good + bad for good, bad in zip(goods, bads, strict=True)]
            worth = [made.points for made in bins(entries[name])] if name in entries else []
            if sum(then) and sum(now):
                points = worth if len(worth) == len(then) else None
                reports.append(stability(clean(name, 60), labels, then, now, points=points))
        return tuple(reports)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Each period of the held-out loans, in order of time, its PSI against all of them; empty without dates."""
        if self.evidence.periods is None:
            return ()
        codes, labels = self.evidence.periods
        told, width = codes >= 0, len(str(len(labels)))
        pd = self.evidence.pd[self.evidence.chosen][told]
        cuts = deciles(pd)
        found = over_time(
            [
                f"{code:0{width}}" for code in codes[told].tolist()
            ],  # sorts as time does, whatever they are called
            pd,
            self.evidence.bad[told],
            cuts=cuts,
            reference=count(pd, cuts),
            seed=_SEED,
        )
        named = (msgspec.structs.replace(one, period=clean(labels[int(one.period)], 40)) for one in found)
        return tuple(named)

    def _kind(self, kind: str) -> Row:
        own = self.model.figures.get(f"kind {kind}")
        if own and known(own.get("auc")):
            return own
        of = performance(self.evidence.pd[kind], self.evidence.bad, seed=_SEED)
        row: dict[str, Cell] = {"ece_floor": of.ece_floor}
        for name in _NAMES:
            row |= _cells(name, getattr(of, name))
        return row


def _cells(name: str, figure: Figure | None) -> dict[str, Cell]:
    if figure is None:
        return {name: None}
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
