"""What a report is drawn from, beyond the model's own figures: what the models said of the held-out loans."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.bins import FactorPoints, Lookup
from engine.judge.intervals import Bools, Floats
from engine.places import places
from engine.report.binned import bins
from engine.table import Column

Ints = NDArray[np.integer]
Groups = tuple[Ints, tuple[str, ...]]
# Bin names, good and bad loans in training, and rows among the held-out ones, all by bin.
Term = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Evidence:
    """The held-out loans: every array has one entry for each of them.

    `pd` holds each kind's PD and `chosen` names the kind that decides; `scores` are that kind's. `groups` are the
    protected columns, by name: codes (-1: not known) into names. `periods` are codes into names in order of time
    (None where the book has no date). `terms` are the bins of each factor. Raises ValueError where lengths differ.
    """

    pd: Mapping[str, Floats]
    bad: Bools
    chosen: str
    scores: Floats
    groups: Mapping[str, Groups] = field(default_factory=dict)
    periods: Groups | None = None
    terms: Mapping[str, Term] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        if self.chosen not in self.pd:
            raise ValueError(f"no PDs of `{self.chosen}`; accepted: one of {', '.join(self.pd)}")
        coded = {**self.groups, **({} if self.periods is None else {"periods": self.periods})}
        arrays = {**self.pd, "scores": self.scores, **{name: codes for name, (codes, _) in coded.items()}}
        for name, array in arrays.items():
            if len(array) != len(self.bad):
                raise ValueError(f"{name}: {len(array)} rows; accepted: {len(self.bad)}, as many as outcomes")
        for name, (labels, *counts) in self.terms.items():
            if {len(labels)} != {len(part) for part in counts}:
                raise ValueError(f"{name}: one count is needed for each of {len(labels)} bins")


def term(entry: FactorPoints, train: Column, bad: Bools, held: Column) -> Term:
    """Count the loans in each bin of a scorecard's factor, named as `binned.bins` names them."""
    labels = tuple(made.label for made in bins(entry, exact=False))
    then, now = _shown(entry, train), _shown(entry, held)
    counted = [np.bincount(of, minlength=len(labels)) for of in (then[~bad], then[bad], now)]
    goods, bads, rows = (tuple(of.tolist()) for of in counted)
    return labels, goods, bads, rows


def _shown(entry: FactorPoints, column: Column) -> Ints:
    """Give the place of each row's value among the bins that are shown."""
    found = places(entry, column)
    if not (entry.classes and entry.own):  # no bin for other labels is shown: what is missing takes its place
        return np.minimum(found, found.dtype.type(Lookup(entry).absent - 1))
    return found
