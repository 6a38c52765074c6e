"""Early warning: events become a standing, a standing becomes answers, and rules say when a lender should hear.

Pure, as all of the engine: nothing here knows the clock, a table or a message.
"""

from engine.watch.accounts import Late, Over
from engine.watch.events import KINDS, SELF, Event, Fault, Kind, current, problem
from engine.watch.rules import (
    COMMON,
    SEVERITIES,
    Rule,
    Rules,
    RulesError,
    bounds,
    fields,
    read_rules,
    with_overrides,
)
from engine.watch.standing import Dated, Income, Standing, fold
from engine.watch.warn import TIME, Earlier, Reading, Warning, held, improved, warnings  # noqa: A004 - the house's noun

__all__ = [
    "COMMON",
    "KINDS",
    "SELF",
    "SEVERITIES",
    "TIME",
    "Dated",
    "Earlier",
    "Event",
    "Fault",
    "Income",
    "Kind",
    "Late",
    "Over",
    "Reading",
    "Rule",
    "Rules",
    "RulesError",
    "Standing",
    "Warning",
    "bounds",
    "current",
    "fields",
    "fold",
    "held",
    "improved",
    "problem",
    "read_rules",
    "warnings",
    "with_overrides",
]
