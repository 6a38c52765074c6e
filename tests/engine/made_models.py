"""Made-up trees, networks and blends: seeded, so that ten thousand cases are quick and a failure comes again."""

import math
import random
from itertools import pairwise

from engine.factors import Value
from engine.kinds import (
    Blend,
    Body,
    BoostingBody,
    Curve,
    Input,
    Layer,
    NetworkBody,
    Nonlinear,
    Part,
    Split,
    TreeBody,
)
from tests.engine.borrowers import MODEL

LABELS = ("city", "town", "village")
INPUTS = (
    Input(name="age", reference=40.0, neutral=True),
    Input(
        name="housing",
        kind="class",
        codes={"own": -0.4, "rent": 0.3, "family": 0.1, "other": 0.5},
        neutral=True,
    ),
    Input(name="debt_service_ratio", reference=0.3, neutral=True),
    Input(name="salary", reference=3000.0),
    Input(name="opened", kind="date", reference=18000.0),
    Input(name="place", kind="class", codes=dict(zip(LABELS, (-0.2, 0.1, 0.4), strict=True)), other=0.2),
)
_SPREAD = (30.0, 0.5, 0.3, 2000.0, 3000.0, 0.3)  # how far values lie from the reference


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test is to be repeatable


def tree(rng: random.Random, cuts: tuple[tuple[float, ...], ...], depth: int) -> Split | float:
    if depth == 0 or rng.random() < 0.1:
        return round(rng.gauss(0.0, 0.5), 6)
    feature = rng.randrange(len(cuts))
    branches = tree(rng, cuts, depth - 1), tree(rng, cuts, depth - 1)
    return Split(feature, rng.randrange(len(cuts[feature])), rng.random() < 0.5, *branches)


def cuts(rng: random.Random) -> tuple[tuple[float, ...], ...]:
    spots = zip(INPUTS, _SPREAD, strict=True)
    return tuple(
        tuple(sorted({entry.reference + rng.gauss(0, wide) for _ in range(12)})) for entry, wide in spots
    )


def boosting(rng: random.Random, count: int = 20, depth: int = 4) -> BoostingBody:
    at = cuts(rng)
    return BoostingBody(
        cuts=at, baseline=rng.gauss(1, 0.3), trees=tuple(tree(rng, at, depth) for _ in range(count))
    )


def single(rng: random.Random) -> TreeBody:
    at = cuts(rng)
    return TreeBody(cuts=at, tree=tree(rng, at, 5))


def network(rng: random.Random, hidden: tuple[int, ...] = (8, 8, 8), activation: str = "relu") -> NetworkBody:
    curves = []
    for at, (entry, wide) in enumerate(zip(INPUTS, _SPREAD, strict=True)):
        spots = tuple(sorted({entry.reference + rng.gauss(0, wide) for _ in range(6)}))
        curves.append(Curve(input=at, at=spots, to=tuple(rng.gauss(0, 1) for _ in spots)))
        curves.append(Curve(input=at, at=(0.0,), to=(0.0,), missing=1.0))
    nets = []
    for _ in range(2):
        sizes = (len(curves), *hidden, 1)
        nets.append(
            tuple(
                Layer(
                    weights=tuple(
                        tuple(rng.gauss(0, 1.4 / math.sqrt(into)) for _ in range(into)) for _ in range(out)
                    ),
                    bias=tuple(rng.gauss(0, 0.1) for _ in range(out)),
                )
                for into, out in pairwise(sizes)
            )
        )
    return NetworkBody(
        width=len(INPUTS),
        curves=tuple(curves),
        activation="tanh" if activation == "tanh" else "relu",
        nets=tuple(nets),
    )


def model(body: Body, name: str = "made-1") -> Nonlinear:
    return Nonlinear(
        id=name,
        inputs=INPUTS,
        body=body,
        level=1.5,
        slope=0.9,
        bad_rate=0.1,
        weights=(9.0, 20.5, 14.0, 33.0, 2.0, 11.0),
    )


def blend(rng: random.Random) -> Blend:
    return Blend(
        id="blend-1",
        level=0.2,
        bad_rate=0.1,
        parts=(
            Part(weight=0.6, card=MODEL),
            Part(weight=0.3, other=model(boosting(rng))),
            Part(weight=0.1, other=model(single(rng), "made-2")),
        ),
    )


def record(rng: random.Random, missing: float = 0.25) -> dict[str, Value]:
    made: dict[str, Value] = {
        "age": round(rng.uniform(18, 90), 1),
        "housing": rng.choice(("own", "rent", "family", "other")),
        "debt_service_ratio": abs(rng.gauss(0.3, 0.3)),
        "salary": rng.lognormvariate(8, 0.6),
        "opened": rng.choice(("2019-02-28", 17_500.0, "2024-05-31")),
        "place": rng.choice((*LABELS, "moon")),
        "overdue_count_24m": float(rng.randrange(5)),
    }
    return {name: value for name, value in made.items() if rng.random() >= missing}
