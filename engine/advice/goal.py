"""The plan of least effort that reaches a score, or the proof that none does within the time.

A scorecard adds up, and so do what plans gain and cost: there a table of the cheapest way to each gain holds the
best plan exactly, and if it does not reach the score, nothing does. Any other model is asked, the easiest plan
first. However it was found, every number shown is a fresh score.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, Literal, NamedTuple

from engine.advice import effort
from engine.advice.moves import moves, waiting
from engine.advice.search import LOOKS, STAY, Found, Groups, Option, added_up, by_looking
from engine.answers import record
from engine.countries.pack import Pack
from engine.factors import Record
from engine.model import Model
from engine.questions import EXACT, Answer, Answers
from engine.result import Result
from engine.scorecard import Scorecard

Guarantee = Literal["exact", "bounded"]
_WAITING = ("pays_on_time", "keeps_work_and_home", "asks_no_other_lender")


class Step(NamedTuple):
    """One answer, or column, to change, in the person's own terms."""

    question: str
    before: Answer | float
    after: Answer | float


class Plan(NamedTuple):
    """What to change now and how long to wait, with the scores before and after, each scored afresh.

    If it is not `reachable`, this is the plan to the best score that was found within the time and the budget.
    `cash` is what must be paid off the debts, in the pack's currency. `assumes` has the keys of what must
    hold while `months` go by. `effort` is as in `engine.advice.effort`, 1.0 for giving up the whole of one thing.

    `guarantee` "exact": every plan was weighed that is made of round values and customary terms; none of less
    effort reaches the target, and if it is not reachable, nothing else reaches it either. "bounded": a plan of
    less effort may exist, and a target that was not reached may be within reach all the same. `searched` is
    how many combinations were weighed.
    """

    reachable: bool
    target: int
    months: int
    steps: tuple[Step, ...]
    cash: Decimal
    before: Result
    after: Result
    assumes: tuple[str, ...]
    effort: float
    guarantee: Guarantee
    searched: int

    @property
    def changes(self) -> dict[str, Any]:
        """What is changed: the new value of each step by its name."""
        return {step.question: step.after for step in self.steps}


def plan(
    model: Model,
    answers: Answers,
    pack: Pack,
    target_score: int,
    *,
    max_months: int = 12,
    budget: Decimal | None = None,
    looks: int = LOOKS,
) -> Plan:
    """Find the plan of least effort to `target_score` within `max_months` and `budget` (cash; None: no limit).

    Of equal effort: the fewest answers changed, then the soonest, then the least cash. Only answers that
    `levers` gives change, each only its way; money moves to round sums, terms to customary ones. `looks` is
    how many scores of a model that is no scorecard may be taken. Raises ValueError for a target off the scale, a
    negative time and unacceptable answers.
    """
    if max_months < 0:
        raise ValueError(f"max_months is {max_months}; time runs forward")
    now = record(answers, pack)
    before = model.score(now, pack)
    need = needed(model, before, target_score)
    with localcontext(EXACT):
        choices, later = moves(model, answers, pack, budget), waiting(model, answers, pack, max_months)
    found = search(model, now, pack, [*choices.groups, *later.groups], before, need, looks)
    changed: dict[str, Any] = {**answers, **dict(found.option.changes)}
    after = model.score(record(changed, pack, months_later=found.option.cost.months), pack)
    complete = need <= 0 or (choices.all and later.all)
    return finished(found, answers, target_score, before, after, complete=complete)


def search(
    model: Model, person: Record, pack: Pack | None, groups: Groups, before: Result, need: int, looks: int
) -> Found:
    """Search the way of a kind of model: a scorecard adds up, any other is looked at."""
    if need <= 0:
        return Found(STAY, exact=True, searched=1)
    if isinstance(model, Scorecard):

        def gain(option: Option) -> int:
            return sum(
                model.worth(name, value) - model.worth(name, person[name]) for name, value in option.sets
            )

        return added_up([[(gain(option), option) for option in group] for group in groups], need)
    worth = _unclipped(model, pack)
    goal = before.score - before.clip + need
    return by_looking(groups, lambda option: worth({**person, **dict(option.sets)}), goal, looks)


def needed(model: Model, before: Result, target: int) -> int:
    """Give the points that are missing to a target, before the ends of the scale; ValueError for one off it."""
    if not model.scale.low <= target <= model.scale.high:
        raise ValueError(f"{target} is off the scale {model.scale.low}..{model.scale.high}")
    # Everybody is at the lower end of the scale, however far below it their points would be.
    return 0 if target == model.scale.low else target - (before.score - before.clip)


def finished(
    found: Found, given: Answers | Record, target: int, before: Result, after: Result, *, complete: bool
) -> Plan:
    """Make the plan of what was found, with its fresh scores."""
    cost = found.option.cost
    return Plan(
        reachable=after.score >= target,
        target=target,
        months=cost.months,
        steps=tuple(Step(name, given[name], value) for name, value in found.option.changes),
        cash=cost.cash,
        before=before,
        after=after,
        assumes=_WAITING if cost.months else (),
        effort=cost.effort / effort.UNIT,
        guarantee="exact" if found.exact and complete else "bounded",
        searched=found.searched,
    )


def _unclipped(model: Model, pack: Pack | None) -> Callable[[Record], int]:
    """Give what scores a record before the ends of the scale, without its reasons where the model can."""
    log_odds = getattr(model, "log_odds", None)
    if log_odds is None:

        def scored(person: Record) -> int:
            result = model.score(person, pack)
            return result.score - result.clip

        return scored
    return lambda person: model.scale.points(log_odds(person, pack))
