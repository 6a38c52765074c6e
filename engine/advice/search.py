"""The search for the plan of least effort, on a model that adds up and on any other.

Options stand in groups, of which a plan takes one or none each. Costs add up and compare in order: effort, number
of changes, months, cash.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from heapq import heappop, heappush
from typing import NamedTuple

from engine.factors import Value
from engine.questions import EXACT, Answer

Changes = tuple[tuple[str, Answer | float], ...]
LOOKS = 4000  # scores a search may take; one of a boosted model is some 0.1 ms


class Cost(NamedTuple):
    """What a plan asks: effort in thousandths (`engine.advice.effort`), changes, months, and cash to pay off debts."""

    effort: int = 0
    changes: int = 0
    months: int = 0
    cash: Decimal = Decimal(0)

    def plus(self, other: "Cost") -> "Cost":
        """Add up two costs."""
        return Cost(
            self.effort + other.effort,
            self.changes + other.changes,
            self.months + other.months,
            self.cash + other.cash,
        )


class Option(NamedTuple):
    """Something a person could do: what it asks, what it changes, and what it sets in the record."""

    cost: Cost
    changes: Changes = ()
    sets: tuple[tuple[str, Value], ...] = ()

    def plus(self, other: "Option") -> "Option":
        """Do both."""
        return Option(self.cost.plus(other.cost), self.changes + other.changes, self.sets + other.sets)


class Found(NamedTuple):
    """The option of least effort that reaches the goal, or the best; `exact` if every one was weighed."""

    option: Option
    exact: bool
    searched: int


STAY = Option(Cost())
Groups = Sequence[Sequence[Option]]
Worth = Callable[[Option], int]


def added_up(groups: Iterable[Iterable[tuple[int, Option]]], need: int) -> Found:
    """Search options whose gains add up, by a table of the cheapest way to each gain: all are weighed.

    The cheapest whole has cheapest parts, and a gain beyond `need` is as good as `need`, so nothing is lost. If
    nothing gains `need`, this is the cheapest way to the greatest gain.
    """
    table: dict[int, Option] = {0: STAY}
    searched, enough = 0, max(need, 0)
    with localcontext(EXACT):
        for group in groups:
            useful = _worthwhile((gain, option) for gain, option in group if gain > 0)
            for so_far, done in list(table.items()):
                for gain, option in useful:
                    searched += 1
                    both, at = done.plus(option), min(so_far + gain, enough)
                    if at not in table or both.cost < table[at].cost:
                        table[at] = both
    return Found(table[max(table)], exact=True, searched=searched)


def _worthwhile(options: Iterable[tuple[int, Option]]) -> list[tuple[int, Option]]:
    """Leave out every option that another beats or equals, in gain and in cost."""
    kept: list[tuple[int, Option]] = []
    for gain, option in sorted(options, key=lambda pair: (-pair[0], pair[1].cost)):
        if not kept or option.cost < kept[-1][1].cost:
            kept.append((gain, option))
    return kept


def by_looking(groups: Groups, worth: Worth, goal: int, looks: int = LOOKS) -> Found:
    """Search options of any model: `worth` is what it says of one.

    First all of them, the cheapest first: whatever reaches the goal first is the plan of least effort, and if none
    is left, none reaches it. Where the looks run out before, the way up: the option that gains most for its
    cost, again and again, and then each is given back as far as the goal allows.
    """
    with localcontext(EXACT):
        best, most, looked = STAY, worth(STAY), 1
        if most >= goal:
            return Found(STAY, exact=True, searched=looked)
        for option in cheapest_first(groups):
            if looked >= looks // 2:
                break
            found = worth(option)
            looked += 1
            if found >= goal:
                return Found(option, exact=True, searched=looked)
            if found > most:
                best, most = option, found
        else:
            return Found(best, exact=True, searched=looked)
        option, found, more = _upwards(groups, worth, goal, looks - looked)
        return Found(option if found > most else best, exact=False, searched=looked + more)


def cheapest_first(groups: Groups) -> Iterator[Option]:
    """Give every combination of at most one option a group, in the order of cost; not the empty one.

    Each combination has one parent that costs no more: the last group's option one cheaper, or, where that is
    its first, the last group exchanged for the group before it, or left out.
    """
    ranked = sorted(
        (sorted(group, key=lambda option: option.cost) for group in groups if group),
        key=lambda group: group[0].cost,
    )
    if not ranked:
        return
    # (cost, number, what stands before the last group, the last group, its option)
    heap: list[tuple[Cost, int, Option, int, int]] = [(ranked[0][0].cost, 0, STAY, 0, 0)]
    number = 0
    while heap:
        _, _, before, last, at = heappop(heap)
        whole = before.plus(ranked[last][at])
        yield whole
        following = []
        if at + 1 < len(ranked[last]):
            following.append((before, last, at + 1))
        if last + 1 < len(ranked):
            following.append((whole, last + 1, 0))
            if at == 0:
                following.append((before, last + 1, 0))
        for base, group, place in following:
            number += 1
            heappush(heap, (base.cost.plus(ranked[group][place].cost), number, base, group, place))


def _upwards(groups: Groups, worth: Worth, goal: int, looks: int) -> tuple[Option, int, int]:
    chosen = [STAY] * len(groups)
    most, looked = worth(STAY), 1
    while most < goal and looked < looks:
        steps = []
        for at, group in enumerate(groups):
            for option in group:
                if option is chosen[at] or looked >= looks:
                    continue
                found = worth(_joined([*chosen[:at], option, *chosen[at + 1 :]]))
                looked += 1
                if found > most:
                    dearer = option.cost.effort - chosen[at].cost.effort
                    steps.append(((min(found, goal) - most) / max(dearer, 1), found, at, option))
        if not steps:
            break
        _, most, at, option = max(steps, key=lambda step: step[:3])
        chosen[at] = option
    if most >= goal:
        looked += _give_back(groups, chosen, worth, goal)
        most = worth(_joined(chosen))
    return _joined(chosen), most, looked


def _give_back(groups: Groups, chosen: list[Option], worth: Worth, goal: int) -> int:
    """Take the cheapest option of each group that still reaches the goal, the dearest group first."""
    looked = 0
    for at in sorted(range(len(groups)), key=lambda at: chosen[at].cost, reverse=True):
        for option in sorted((STAY, *groups[at]), key=lambda option: option.cost):
            if option.cost >= chosen[at].cost:
                break
            looked += 1
            if worth(_joined([*chosen[:at], option, *chosen[at + 1 :]])) >= goal:
                chosen[at] = option
                break
    return looked


def _joined(chosen: Iterable[Option]) -> Option:
    whole = STAY
    for option in chosen:
        whole = whole.plus(option)
    return whole
