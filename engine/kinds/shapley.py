"""Shapley attributions against one reference: what each input adds to f(x) - f(reference), in log-odds.

Lundberg et al., "From local explanations to global understanding with explainable AI for trees" (2020), the
interventional value with a single reference; for a network Castro et al. (2009) and Mitchell et al. (2022),
"Sampling permutations for Shapley value estimation". The sum is f(x) - f(reference) by construction.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from engine.kinds.network import NetworkBody
from engine.kinds.trees import BoostingBody, TreeBody, Walk

EXACT_UP_TO = 8  # moves: 256 looks at the function
_LOOKS = 1_000  # for a sample, more where there are many inputs
_LEAST_PAIRS = 10  # of permutations
_MASK = (1 << 64) - 1

Function = Callable[[Sequence[float]], float]


class Attribution(NamedTuple):
    """`amounts`, one an input, and the standard error of each; the error is 0 where they are exact."""

    amounts: list[float]
    errors: list[float]


def of_trees(
    body: TreeBody | BoostingBody, vector: Sequence[float], reference: Sequence[float]
) -> Attribution:
    """Give the exact attribution for a tree or for many.

    A path to a leaf asks some inputs that only `vector` answers so (A) and some that only `reference` does (B).
    The leaf v is paid out in the permutations where all of A comes before all of B:
    v (|A|-1)! |B|! / (|A|+|B|)! to each of A, and - v |A|! (|B|-1)! / (|A|+|B|)! to each of B.
    """
    width = body.width
    amounts = [0.0] * width
    mine, theirs = body.slots(vector), body.slots(reference)
    if mine != theirs:
        for walk in body.walks:
            if isinstance(walk, tuple):
                _descend(walk, mine, theirs, width, (), (), amounts)
    return Attribution(amounts, [0.0] * width)


def of_network(
    body: NetworkBody, vector: Sequence[float], reference: Sequence[float], seed: int
) -> Attribution:
    """Give the attribution for a network: exact when few inputs differ, else by a sample that `seed` decides.

    Turning an input moves the sums that enter the first layer by a fixed step, so that a look at a mixture of the
    two vectors starts there.
    """
    start, turns = body.starts(vector, reference)
    players = [at for at, turn in enumerate(turns) if any(turn)]
    ends = body.raw(reference), body.raw(vector)
    found = of_moves(body.finish, start, [turns[player] for player in players], ends, seed)
    amounts, errors = [0.0] * body.width, [0.0] * body.width
    for player, amount, error in zip(players, found.amounts, found.errors, strict=True):
        amounts[player], errors[player] = amount, error
    return Attribution(amounts, errors)


def of_moves(
    function: Function,
    start: Sequence[float],
    moves: Sequence[Sequence[float]],
    ends: tuple[float, float],
    seed: int,
) -> Attribution:
    """Give what each move adds to a function of `start` plus the moves made; `ends`: of none made, and of all.

    Exact by enumeration up to `EXACT_UP_TO` moves, else by antithetic permutations: each is also walked backwards,
    which makes what two moves do together exact. The same seed gives the same sample on any machine.
    """
    if not moves:
        return Attribution([], [])
    if len(moves) <= EXACT_UP_TO:
        return Attribution(_enumerate(function, start, moves, ends), [0.0] * len(moves))
    return _sample(function, start, moves, ends, seed)


def _descend(
    node: Walk,
    mine: Sequence[int],
    theirs: Sequence[int],
    width: int,
    only_mine: tuple[int, ...],
    only_theirs: tuple[int, ...],
    amounts: list[float],
) -> None:
    while isinstance(node, tuple):
        slot, cut, left, right = node
        here, there = (left if mine[slot] <= cut else right), (left if theirs[slot] <= cut else right)
        feature = slot - width if slot >= width else slot
        if here is there or feature in only_mine:
            node = here
        elif feature in only_theirs:
            node = there
        else:
            _descend(there, mine, theirs, width, only_mine, (*only_theirs, feature), amounts)
            node, only_mine = here, (*only_mine, feature)
    if only_mine or only_theirs:
        gain, loss = _shares(len(only_mine), len(only_theirs))
        for feature in only_mine:
            amounts[feature] += gain * node
        for feature in only_theirs:
            amounts[feature] -= loss * node


@cache
def _shares(mine: int, theirs: int) -> tuple[float, float]:
    """Give the share of a leaf paid to each input of A, and the one taken from each of B."""
    orders = math.factorial(mine + theirs)
    gain = math.factorial(mine - 1) * math.factorial(theirs) / orders if mine else 0.0
    loss = math.factorial(mine) * math.factorial(theirs - 1) / orders if theirs else 0.0
    return gain, loss


def _enumerate(
    function: Function, start: Sequence[float], moves: Sequence[Sequence[float]], ends: tuple[float, float]
) -> list[float]:
    """Shapley's own formula, over every set of moves; a set is its bits."""
    count = len(moves)
    states = [list(start)]
    for chosen in range(1, 1 << count):
        newest = chosen.bit_length() - 1
        states.append(_add(states[chosen ^ (1 << newest)], moves[newest]))
    worth = [ends[0], *map(function, states[1:-1]), ends[1]]
    amounts = [0.0] * count
    for chosen in range(1 << count):
        share = (
            _shares(chosen.bit_count() + 1, count - 1 - chosen.bit_count())[0]
            if chosen != len(worth) - 1
            else 0.0
        )
        for player in range(count):
            if not chosen >> player & 1:
                amounts[player] += share * (worth[chosen | 1 << player] - worth[chosen])
    return amounts


def _sample(
    function: Function,
    start: Sequence[float],
    moves: Sequence[Sequence[float]],
    ends: tuple[float, float],
    seed: int,
) -> Attribution:
    count = len(moves)
    pairs = max(_LEAST_PAIRS, _LOOKS // (2 * count))
    sums, squares = [0.0] * count, [0.0] * count
    state = seed & _MASK
    for _ in range(pairs):
        order = list(range(count))
        for last in range(count - 1, 0, -1):  # Fisher-Yates
            state, drawn = _splitmix(state)
            other = drawn % (last + 1)
            order[last], order[other] = order[other], order[last]
        forth = _walk(function, start, moves, order, ends)
        back = _walk(function, start, moves, order[::-1], ends)
        for player in order:
            gain = (forth[player] + back[player]) / 2.0
            sums[player] += gain
            squares[player] += gain * gain
    means = [total / pairs for total in sums]
    spread = [max(square / pairs - mean * mean, 0.0) for square, mean in zip(squares, means, strict=True)]
    return Attribution(means, [math.sqrt(variance / (pairs - 1)) for variance in spread])


def _walk(
    function: Function,
    start: Sequence[float],
    moves: Sequence[Sequence[float]],
    order: Sequence[int],
    ends: tuple[float, float],
) -> list[float]:
    """Make the moves one after the other, and note what each changes."""
    now, before, gains = start, ends[0], [0.0] * len(order)
    for player in order[:-1]:
        now = _add(now, moves[player])
        after = function(now)
        gains[player] = after - before
        before = after
    gains[order[-1]] = ends[1] - before
    return gains


def _add(state: Sequence[float], move: Sequence[float]) -> list[float]:
    return [a + b for a, b in zip(state, move, strict=True)]


def _splitmix(state: int) -> tuple[int, int]:
    """SplitMix64 (Steele, Lea and Flood, 2014): the next state and 64 bits drawn from it."""
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return state, mixed ^ (mixed >> 31)
