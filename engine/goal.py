"""The smallest plan that reaches a score, or the proof that none does within the time.

A scorecard adds up, and so do what plans gain and cost. A table of the cheapest way to each gain, with each
number of changes, therefore holds the best plan exactly: if it does not reach the score, nothing does.
"""

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import NamedTuple

from engine.answers import record
from engine.countries.pack import Pack
from engine.moves import Move, moves
from engine.questions import EXACT, Answer, Answers
from engine.result import Result
from engine.scorecard import Scorecard

_WAITING = ("pays_on_time", "keeps_work_and_home", "asks_no_other_lender")
_STAY = Move(0, Decimal(0), 0.0, ())

# The cheapest move for each number of changes and gain.
_Table = dict[tuple[int, int], Move]


class Step(NamedTuple):
    """One answer to change, in the person's own terms."""

    question: str
    before: Answer
    after: Answer


class Plan(NamedTuple):
    """What to change now and how long to wait, with the scores before and after, each scored afresh.

    If it is not `reachable`, this is the plan to the best score there is within the time and the budget.
    `cash` is what must be paid off the debts, in the pack's currency. `assumes` has the keys of what must
    hold while `months` go by.
    """

    reachable: bool
    target: int
    months: int
    steps: tuple[Step, ...]
    cash: Decimal
    before: Result
    after: Result
    assumes: tuple[str, ...]


def plan(
    model: Scorecard,
    answers: Answers,
    pack: Pack,
    target_score: int,
    *,
    max_months: int = 12,
    budget: Decimal | None = None,
) -> Plan:
    """Find the smallest plan to `target_score` within `max_months` and `budget` (cash; None: no limit).

    Smallest means the fewest answers changed, then the soonest, then the least cash, then the smallest
    changes. Only answers that `levers` gives change, each only its way; amounts of money move in round steps,
    terms to customary ones. Raises ValueError for a target off the scale, a negative time and unacceptable
    answers.
    """
    if not model.scale.low <= target_score <= model.scale.high:
        raise ValueError(f"{target_score} is off the scale {model.scale.low}..{model.scale.high}")
    if max_months < 0:
        raise ValueError(f"max_months is {max_months}; time runs forward")
    waited = [
        model.score(record(answers, pack, months_later=months), pack) for months in range(max_months + 1)
    ]
    scores = [result.score - result.clip for result in waited]
    # Everybody is at the lower end of the scale, however far below it their points would be.
    goal = target_score if target_score > model.scale.low else min(scores)
    with localcontext(EXACT):
        table = _combine(moves(model, answers, pack), enough=goal - min(scores), budget=budget)
    best = max(scores) + max(gain for _, gain in table)
    months, chosen = _smallest(table, scores, min(goal, best))
    changed = {**answers, **dict(chosen.changes)}
    after = model.score(record(changed, pack, months_later=months), pack)
    return Plan(
        reachable=after.score >= target_score,
        target=target_score,
        months=months,
        steps=tuple(Step(name, answers[name], value) for name, value in chosen.changes),
        cash=chosen.cash,
        before=waited[0],
        after=after,
        assumes=_WAITING if months else (),
    )


def _combine(groups: Iterable[list[Move]], *, enough: int, budget: Decimal | None) -> _Table:
    """Combine one move or none of each group, keeping the cheapest for each number of changes and gain.

    Costs add up and compare in order (cash, then size), so the cheapest whole has cheapest parts. Gains
    beyond `enough` are as good as `enough`.
    """
    table: _Table = {(0, 0): _STAY}
    for group in groups:
        for (count, gain), so_far in list(table.items()):
            for move in group:
                cash = so_far.cash + move.cash
                if budget is not None and cash > budget:
                    continue
                key = (count + len(move.changes), min(gain + move.gain, max(enough, 0)))
                joined = Move(key[1], cash, so_far.size + move.size, so_far.changes + move.changes)
                if key not in table or joined.cost < table[key].cost:
                    table[key] = joined
    return table


def _smallest(table: _Table, scores: list[int], goal: int) -> tuple[int, Move]:
    """Give the months and the move of the smallest plan; `goal` is known to be within reach."""
    by_count: dict[int, list[Move]] = {}
    for (count, _), move in table.items():
        by_count.setdefault(count, []).append(move)
    for count in sorted(by_count):
        for months, score in enumerate(scores):
            enough = [move for move in by_count[count] if score + move.gain >= goal]
            if enough:
                return months, min(enough, key=lambda move: move.cost)
    raise ValueError(f"{goal} is out of reach")
