"""Numbers: a loan book in, a scoring model out; answers in, a score and its reasons out.

Pure: no clock, no chance but by a seed, no files but models, country packs and books. Scoring one person loads
neither numpy nor scikit-learn: the names of `_HEAVY` load what they need when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.advice.advise import Lever, levers, what_if, what_if_record
from engine.advice.goal import Plan, Step, plan
from engine.advice.leeway import Leeway, plan_record
from engine.answers import record
from engine.bins import FactorPoints
from engine.countries.pack import Pack
from engine.factors import FACTORS, Factor, Record, Value
from engine.modelfile import STARTER, load, save
from engine.questions import QUESTIONS, Answer, Answers, Question, ask, bounds, problem
from engine.result import Points, Reason, Result
from engine.scale import Band, Scale
from engine.scorecard import Scorecard
from engine.strict import BookError, FileError, ModelError, PackError

if TYPE_CHECKING:
    from engine.api.classifier import Classifier
    from engine.api.duel import compare
    from engine.api.fit import refit, train
    from engine.api.groups import fairness
    from engine.api.optimal import OptimalBinning
    from engine.api.watch import drift

_HEAVY = {
    "Classifier": "classifier",
    "OptimalBinning": "optimal",
    "compare": "duel",
    "drift": "watch",
    "fairness": "groups",
    "refit": "fit",
    "train": "fit",
}

__all__ = [
    "FACTORS",
    "QUESTIONS",
    "STARTER",
    "Answer",
    "Answers",
    "Band",
    "BookError",
    "Classifier",
    "Factor",
    "FactorPoints",
    "FileError",
    "Leeway",
    "Lever",
    "ModelError",
    "OptimalBinning",
    "Pack",
    "PackError",
    "Plan",
    "Points",
    "Question",
    "Reason",
    "Record",
    "Result",
    "Scale",
    "Scorecard",
    "Step",
    "Value",
    "ask",
    "bounds",
    "compare",
    "drift",
    "fairness",
    "levers",
    "load",
    "plan",
    "plan_record",
    "problem",
    "record",
    "refit",
    "save",
    "train",
    "what_if",
    "what_if_record",
]


def __getattr__(name: str) -> Any:
    """Load what is heavy when it is first asked for."""
    if name not in _HEAVY:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    found = getattr(import_module(f"engine.api.{_HEAVY[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
