"""The moves open to a person: for each answer they can change, the nearest round value beyond each edge of the model.

A model that says the same between two edges has nothing to gain there, so no value between them can be part of a
plan of least effort. For a network, which has no such edges, twenty even steps of each answer are tried besides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import NamedTuple

from engine.advice import effort
from engine.advice.advise import levers
from engine.advice.edges import EdgesOf
from engine.advice.search import Cost, Option
from engine.answers import factors_of, fractions, record
from engine.countries.pack import Pack
from engine.factors import Record, Value
from engine.model import Model
from engine.questions import EXACT, QUESTIONS, Answer, Answers, bounds
from engine.scorecard import Scorecard

_AMOUNT, _TERM, _DEBTS = "loan_amount", "loan_term_months", "total_owed"
_LOAN = (_AMOUNT, _TERM)
_AGAINST = ("monthly_income", "purchase_price")  # what the changed answers are set against
_TERMS = (1, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60)  # months for which loans are customarily made
_NEAR = Decimal("1e-6")
_EVEN = 20  # steps of an answer whose edges are not all known
_MOST = 60  # values of one answer; more are thinned out evenly

Given = dict[str, Answer]


class Choices(NamedTuple):
    """Options in groups of which one or none is taken; `all` if no other value could make a smaller plan."""

    groups: list[list[Option]]
    all: bool


def moves(model: Model, answers: Answers, pack: Pack, budget: Decimal | None) -> Choices:
    """Give what a person can change, in groups whose members do not hang on those of another.

    The amount and the term of the loan are one group, because the instalment hangs on both. `budget` is the most
    that may be paid off.
    """
    free = [lever.question for lever in levers(answers, pack)]
    names = [[name for name in free if name in (_AMOUNT, _TERM)]]
    names += [[name] for name in free if name not in (_AMOUNT, _TERM)]
    grid = _Grid(model, pack)
    now = record(answers, pack)
    found = [list(_options(group, answers, now, grid, budget)) for group in names]
    return Choices([group for group in found if group], grid.all)


def waiting(model: Model, answers: Answers, pack: Pack, most: int) -> Choices:
    """Give the months after which time by itself may have changed the score, up to `most`."""
    group, known, edges = [], True, EdgesOf(model)
    today = before = record(answers, pack)
    for months in range(1, most + 1):
        now = record(answers, pack, months_later=months)
        crossed, sure = _crossed(edges, before, now)
        if crossed or not (sure or months % 3):
            group.append(Option(Cost(effort.of_months(months), 0, months), (), _differing(today, now)))
        known &= sure
        before = now
    return Choices([group] if group else [], known)


def money_step(pack: Pack) -> Decimal:
    """Give the smallest step in which a plan speaks of money: a power of ten near a 500th of a median income."""
    return Decimal(1).scaleb(EXACT.divide(pack.median_monthly_income, 500).adjusted())


def round_sum(amount: Decimal, pack: Pack) -> Decimal:
    """Give the greatest round sum that is no more than `amount`: two digits, in no smaller step than `money_step`."""
    with localcontext(EXACT):
        step = money_step(pack)
        if amount > 0:
            step = max(step, Decimal(1).scaleb(amount.adjusted() - 1))
        # A sum of money keeps its plain spelling, never 1E+4.
        return ((amount / step).to_integral_value(ROUND_FLOOR) * step).quantize(min(step, Decimal(1)))


def _crossed(edges: EdgesOf, before: Record, now: Record) -> tuple[bool, bool]:
    """Say whether a number came to or past an edge, and whether all edges are known."""
    crossed, sure = False, True
    for name, value in now.items():
        old = before.get(name)
        if isinstance(value, str) or isinstance(old, str) or old is None or value == old:
            continue
        spots, complete = edges(name)
        sure &= complete
        crossed |= bisect_left(spots, old) != bisect_left(spots, value)
        crossed |= bisect_right(spots, old) != bisect_right(spots, value)
    return crossed, sure


def _options(
    group: list[str], answers: Answers, now: Record, grid: "_Grid", budget: Decimal | None
) -> Iterator[Option]:
    beside = {name: answers[name] for name in (*group, *_LOAN, *_AGAINST) if name in answers}
    for changes in _changes(group, dict(answers), grid):
        cash = Decimal(0)
        if _DEBTS in changes:
            cash = Decimal(answers[_DEBTS] or 0) - Decimal(changes[_DEBTS] or 0)
        if budget is None or cash <= budget:
            asked = sum(effort.of_answer(name, answers[name], new, answers) for name, new in changes.items())
            sets = _differing(now, factors_of({**beside, **changes}, grid.pack))
            yield Option(Cost(asked, len(changes), 0, cash), tuple(changes.items()), sets)


def _differing(before: Record, after: Record) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value) for name, value in after.items() if before.get(name) != value)


def _changes(group: list[str], given: Given, grid: "_Grid") -> Iterator[Given]:
    """Give every change of the group's answers worth trying."""
    terms = _TERMS if _TERM in group else ()
    new_terms: list[Given] = [{_TERM: months} for months in terms if months != given[_TERM]]
    for changed in ({}, *new_terms):
        if changed:
            yield changed
        for name in group:
            if name != _TERM:
                lower = grid.lower(name, {**given, **changed})
                yield from ({name: value, **changed} for value in lower)


class _Grid:
    """The values to try; `all` turns false once one was left out that might have made a smaller plan."""

    def __init__(self, model: Model, pack: Pack) -> None:
        self.edges, self.pack, self.all = EdgesOf(model), pack, True
        self.many = isinstance(model, Scorecard)  # what adds up is searched however much there is of it

    def lower(self, name: str, given: Given) -> list[Answer]:
        """Give the round values below an answer that lie at or just under an edge of a factor it feeds."""
        question, now = QUESTIONS[name], given[name]
        if not isinstance(now, Decimal | int):
            return list(question.choices[: question.choices.index(str(now))])
        money = question.kind == "money"
        step = money_step(self.pack) if money else Decimal(1)
        low, _ = bounds(question, self.pack)
        values = {low} if low == 0 else {step}
        for limit in (*self._limits(name, given), *self._even(name, Decimal(now))):
            under = round_sum(limit, self.pack) if money else limit.to_integral_value(ROUND_FLOOR)
            values.add(under)
            if limit - under < _NEAR:  # at the edge itself the next bin may begin already
                below = under - step
                values.add(round_sum(below, self.pack) if money else below)
        kept = sorted(value for value in values if low <= value < now)
        return [value if money else int(value) for value in self._thinned(kept)]

    def _limits(self, name: str, given: Given) -> Iterator[Decimal]:
        """Give the values of an answer at which a factor it feeds comes to an edge."""
        question = QUESTIONS[name]
        pairs = fractions(given, self.pack) if question.kind == "money" else {}
        for factor in question.feeds:
            if question.kind == "money":
                part, whole = pairs.get(factor, (Decimal(0), Decimal(0)))
                now = given[name]
                if part == 0 or not isinstance(now, Decimal | int):
                    continue
                unit = EXACT.divide(EXACT.multiply(now, whole), part)
            else:
                unit = Decimal(100 if question.kind == "percent" else 1)
            spots, _ = self.edges(factor)
            yield from (EXACT.multiply(unit, Decimal(repr(spot))) for spot in spots)

    def _even(self, name: str, now: Decimal) -> Iterable[Decimal]:
        factors = [factor for factor in QUESTIONS[name].feeds if self.pack.permits(factor)]
        if all(self.edges(factor).all for factor in factors):
            return ()
        self.all = False
        return (EXACT.divide(now * at, _EVEN) for at in range(_EVEN))

    def _thinned(self, values: list[Decimal]) -> list[Decimal]:
        if self.many or len(values) <= _MOST:
            return values
        self.all = False
        return [values[at * (len(values) - 1) // (_MOST - 1)] for at in range(_MOST)]
