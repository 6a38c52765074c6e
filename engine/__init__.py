"""Numbers: answers in, a score and its reasons out.

Pure: no clock, no chance, no files but models, country packs and books.
"""

from engine.advise import Lever, levers, what_if
from engine.answers import record
from engine.bins import FactorPoints
from engine.countries.pack import Pack
from engine.factors import FACTORS, Factor, Record, Value
from engine.goal import Plan, Step, plan
from engine.modelfile import STARTER, load, save
from engine.questions import QUESTIONS, Answer, Answers, Question, ask, bounds, problem
from engine.result import Points, Reason, Result
from engine.scale import Band, Scale
from engine.scorecard import Scorecard
from engine.strict import BookError, FileError, ModelError, PackError

__all__ = [
    "FACTORS",
    "QUESTIONS",
    "STARTER",
    "Answer",
    "Answers",
    "Band",
    "BookError",
    "Factor",
    "FactorPoints",
    "FileError",
    "Lever",
    "ModelError",
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
    "levers",
    "load",
    "plan",
    "problem",
    "record",
    "save",
    "what_if",
]
