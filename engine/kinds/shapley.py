"""Shapley attributions against one reference: what each input adds to f(x) - f(reference), in log-odds.

Lundberg et al., "From local explanations to global understanding with explainable AI for trees" (2020), the
interventional value with a single reference; for a network Castro et al. (2009) and Mitchell et al. (2022),
"Sampling permutations for Shapley value estimation". The sum is f(x) - f(reference) by construction.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from engine.kinds.trees import BoostingBody, TreeBody, Walk

EXACT_UP_TO = 7  # inputs that differ: 128 looks at the network, as many as the sample takes
_LOOKS = 320  # at the network, for the sample: two permutations at least, however many inputs there are
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


def of_function(
    function: Function, vector: Sequence[float], reference: Sequence[float], seed: int
) -> Attribution:
    """Give the attribution for any function: exact when few inputs differ, else by antithetic permutations.

    Every permutation is also walked backwards, which takes out what is linear in the order. `seed` decides the
    permutations: the same seed gives the same sample on any machine. Inputs that do not differ get 0.
    """
    players = [i for i, (x, r) in enumerate(zip(vector, reference, strict=True)) if not _same(x, r)]
    if len(players) <= EXACT_UP_TO:
        return Attribution(_enumerate(function, vector, reference, players), [0.0] * len(vector))
    return _sample(function, vector, reference, players, seed)


def _same(x: float, r: float) -> bool:
    return x == r or (math.isnan(x) and math.isnan(r))


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
    function: Function, vector: Sequence[float], reference: Sequence[float], players: Sequence[int]
) -> list[float]:
    """Shapley's own formula, over every set of the inputs that differ."""
    worth = []
    for chosen in range(1 << len(players)):
        mixed = list(reference)
        for place, player in enumerate(players):
            if chosen >> place & 1:
                mixed[player] = vector[player]
        worth.append(function(mixed))
    amounts = [0.0] * len(vector)
    for place, player in enumerate(players):
        bit = 1 << place
        for chosen in range(1 << len(players)):
            if not chosen & bit:
                size = chosen.bit_count()
                share = _shares(size + 1, len(players) - 1 - size)[0]
                amounts[player] += share * (worth[chosen | bit] - worth[chosen])
    return amounts


def _sample(
    function: Function, vector: Sequence[float], reference: Sequence[float], players: list[int], seed: int
) -> Attribution:
    count = len(players)
    pairs = max(2, _LOOKS // (2 * count))
    sums, squares = [0.0] * len(vector), [0.0] * len(vector)
    ends = function(reference), function(vector)
    state = seed & _MASK
    for _ in range(pairs):
        order = list(players)
        for last in range(count - 1, 0, -1):  # Fisher-Yates
            state, drawn = _splitmix(state)
            other = drawn % (last + 1)
            order[last], order[other] = order[other], order[last]
        forth = _walk(function, vector, reference, order, ends)
        back = _walk(function, vector, reference, order[::-1], ends)
        for player in players:
            gain = (forth[player] + back[player]) / 2.0
            sums[player] += gain
            squares[player] += gain * gain
    means = [total / pairs for total in sums]
    spread = [max(square / pairs - mean * mean, 0.0) for square, mean in zip(squares, means, strict=True)]
    return Attribution(means, [math.sqrt(variance / (pairs - 1)) for variance in spread])


def _walk(
    function: Function,
    vector: Sequence[float],
    reference: Sequence[float],
    order: Sequence[int],
    ends: tuple[float, float],
) -> dict[int, float]:
    """Turn the reference into the vector an input at a time, and note what each turn changes."""
    mixed, before, gains = list(reference), ends[0], {}
    for player in order[:-1]:
        mixed[player] = vector[player]
        now = function(mixed)
        gains[player] = now - before
        before = now
    gains[order[-1]] = ends[1] - before
    return gains


def _splitmix(state: int) -> tuple[int, int]:
    """SplitMix64 (Steele, Lea and Flood, 2014): the next state and 64 bits drawn from it."""
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return state, mixed ^ (mixed >> 31)
