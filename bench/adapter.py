"""Candor behind the face that the peers' bench gives every library: one class, two ways of asking."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from engine import reading
from engine.batch import score_many
from engine.fitting import contest, kinds
from engine.fitting.kinds import KINDS
from engine.fitting.scorecard import Plan
from engine.fitting.setup import Setup


class Candor:
    """`scorecard`: that kind alone. `chosen`: all kinds against each other on the training rows, and the rule."""

    name = "candor"
    configs = ("scorecard", "chosen", "blend")

    def __init__(self, config: str, meta: Mapping[str, Any]) -> None:
        self.config, self.meta = config, meta

    def fit(self, X: Any, y: NDArray[np.int_]) -> "Candor":  # noqa: N803 - the bench's own name
        read = reading.read(X, name=self.meta["name"])
        bad = np.asarray(y, dtype=bool)
        setup = Setup(plan=Plan(specials=dict(read.suspects)))
        if self.config == "scorecard":
            self.model: kinds.Model = kinds.fit("scorecard", read.table, bad, setup)
            return self
        held = contest.hold(read.table, bad, setup, KINDS)
        self.taken = "blend" if self.config == "blend" else held.taken
        self.model = contest.build(read.table, bad, setup, held, [self.taken])[self.taken]
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        return score_many(self.model, X).pd

    def score_one(self, row: Mapping[str, Any]) -> float:
        return self.model.score(row).score

    explain_one = score_one  # the reasons come with the score

    def versions(self) -> dict[str, str]:
        return {"candor": "here"}
