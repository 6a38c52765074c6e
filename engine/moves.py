"""The moves open to a person: for each answer they can change, the nearest value beyond each edge of a bin.

Points change only at the edges, so no value between two of them can be part of a smallest plan.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from engine.advise import levers
from engine.answers import factors_of, fractions
from engine.countries.pack import Pack
from engine.questions import EXACT, QUESTIONS, Answer, Answers, bounds
from engine.scorecard import Scorecard

_AMOUNT, _TERM, _DEBTS = "loan_amount", "loan_term_months", "total_owed"
_AGAINST = ("monthly_income", "purchase_price")  # what the changed answers are set against
_TERMS = (1, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60)  # months for which loans are customarily made
_NEAR = Decimal("1e-6")

Changes = dict[str, Answer]


class Move(NamedTuple):
    """Answers changed together, and what that brings.

    `gain` is in points. `cash` is what must be paid off the debts, in the pack's currency; to borrow, repay
    or spend less costs none. `size` adds up how large a share of each answer changes.
    """

    gain: int
    cash: Decimal
    size: float
    changes: tuple[tuple[str, Answer], ...]

    @property
    def cost(self) -> tuple[Decimal, float]:
        """What makes one move better than another of the same gain: less cash, then the smaller change."""
        return self.cash, self.size


def moves(model: Scorecard, answers: Answers, pack: Pack) -> Iterator[list[Move]]:
    """Give the worthwhile moves, in groups whose gains add up: any move of one goes with any of another.

    The amount and the term of the loan are one group, because the instalment hangs on both.
    """
    free = [lever.question for lever in levers(answers, pack)]
    groups = [[name for name in free if name in (_AMOUNT, _TERM)]]
    groups += [[name] for name in free if name not in (_AMOUNT, _TERM)]
    for group in groups:
        given = {name: answers[name] for name in (*group, *_AGAINST) if name in answers}

        def points(changes: Changes, given: Changes = given) -> int:
            found = factors_of({**given, **changes}, pack)
            return sum(model.points_of(name, value) for name, value in found.items())

        yield _worthwhile(_moves(_changes(group, given, model, pack), given, points))


def money_step(pack: Pack) -> Decimal:
    """Give the round step in which a plan speaks of money: a power of ten near a 500th of a median income."""
    return Decimal(1).scaleb(EXACT.divide(pack.median_monthly_income, 500).adjusted())


def _moves(tried: Iterable[Changes], given: Changes, points: Callable[[Changes], int]) -> Iterator[Move]:
    now = points({})
    for changes in tried:
        gain = points(changes) - now
        if gain > 0:
            size = sum(_share(name, given[name], value) for name, value in changes.items())
            yield Move(gain, _paid_off(given, changes), size, tuple(changes.items()))


def _worthwhile(found: Iterable[Move]) -> list[Move]:
    """Leave out every move that another with as few changes beats or equals, in gain and in cost."""
    kept: list[Move] = []
    for move in sorted(found, key=lambda move: (len(move.changes), -move.gain, move.cost)):
        if not any(len(other.changes) == len(move.changes) and other.cost <= move.cost for other in kept):
            kept.append(move)
    return kept


def _changes(group: list[str], given: Changes, model: Scorecard, pack: Pack) -> Iterator[Changes]:
    """Give every change of the group's answers worth trying."""
    terms = _TERMS if _TERM in group else ()
    new_terms: list[Changes] = [{_TERM: months} for months in terms if months != given[_TERM]]
    for changed in ({}, *new_terms):
        if changed:
            yield changed
        for name in group:
            if name != _TERM:
                lower = _lower(name, {**given, **changed}, model, pack)
                yield from ({name: value, **changed} for value in lower)


def _lower(name: str, given: Changes, model: Scorecard, pack: Pack) -> list[Answer]:
    """Give the values below an answer that lie just under an edge of a factor it feeds."""
    question, now = QUESTIONS[name], given[name]
    if not isinstance(now, Decimal | int):
        return list(question.choices[: question.choices.index(str(now))])
    step = money_step(pack) if question.kind == "money" else Decimal(1)
    low, _ = bounds(question, pack)
    values = {low} if low == 0 else set()
    for limit in _limits(name, given, model, pack):
        under = ((limit / step).to_integral_value(ROUND_FLOOR) * step).quantize(min(step, Decimal(1)))
        values.add(under)
        if limit - under < _NEAR:  # at the edge itself the next bin begins already
            values.add(under - step)
    return [
        value if question.kind == "money" else int(value) for value in sorted(values) if low <= value < now
    ]


def _limits(name: str, given: Changes, model: Scorecard, pack: Pack) -> Iterator[Decimal]:
    """Give the values of an answer at which a factor it feeds comes to a cut."""
    question = QUESTIONS[name]
    pairs = fractions(given, pack) if question.kind == "money" else {}
    for factor in question.feeds:
        if question.kind == "money":
            part, whole = pairs.get(factor, (Decimal(0), Decimal(0)))
            now = given[name]
            if part == 0 or not isinstance(now, Decimal | int):
                continue
            unit = EXACT.divide(EXACT.multiply(now, whole), part)
        else:
            unit = Decimal(100 if question.kind == "percent" else 1)
        yield from (EXACT.multiply(unit, Decimal(repr(cut))) for cut in model.cuts_of(factor))


def _paid_off(given: Changes, changes: Changes) -> Decimal:
    if _DEBTS not in changes:
        return Decimal(0)
    return Decimal(given[_DEBTS] or 0) - Decimal(changes[_DEBTS] or 0)


def _share(name: str, before: Answer, after: Answer) -> float:
    """Give how large a share of an answer changes; for words, of the ladder of choices."""
    choices = QUESTIONS[name].choices
    if choices:
        return abs(choices.index(str(before)) - choices.index(str(after))) / (len(choices) - 1)
    return float(abs(Decimal(before or 0) - Decimal(after or 0)) / Decimal(before or 1))
