"""Whether a model keeps to the directions of risk: by its splits where it can be known, else by trying."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.kinds.encode import Matrix
from engine.kinds.many import raw_many
from engine.kinds.nonlinear import Body

_STEPS = 20
_SLACK = 1e-9


class Breach(NamedTuple):
    """How one input goes against its direction: in what `share` of the cases tried, and by how much at most.

    `worst` is in log-odds, over one step of a twentieth of the rows.
    """

    input: int
    share: float
    worst: float


def breaches(
    body: Body, matrix: Matrix, directions: Sequence[int], *, cases: int = 200, seed: int = 0
) -> tuple[Breach, ...]:
    """Try each directed input (+1: risk rises with it, -1: falls) over its range in random rows of an encoded matrix.

    Gives only the inputs that were seen to go against their direction; none seen is no proof for a network.
    """
    rows = np.random.default_rng(seed).permutation(len(matrix))[:cases]
    found = []
    for at, direction in enumerate(directions):
        known = matrix[~np.isnan(matrix[:, at]), at]
        if not direction or not len(known):
            continue
        grid = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _STEPS + 1)))
        tried = np.repeat(matrix[rows], len(grid), axis=0)
        tried[:, at] = np.tile(grid, len(rows))
        steps = np.diff(raw_many(body, tried).reshape(len(rows), len(grid)), axis=1) * direction
        worst = steps.max(axis=1, initial=0.0)
        if (worst > _SLACK).any():
            found.append(Breach(at, float((worst > _SLACK).mean()), float(worst.max())))
    return tuple(found)
