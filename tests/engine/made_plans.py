"""Made-up models and people for plans: small enough that every plan there is can be tried."""

import random
from decimal import Decimal

import engine
from engine import QUESTIONS, Answer, Pack, bounds
from engine.advice.leeway import Leeway
from engine.bins import FactorPoints
from engine.factors import Value
from engine.kinds import Blend, BoostingBody, Curve, Input, Layer, NetworkBody, Nonlinear, Part, TreeBody
from engine.scale import Scale
from engine.scorecard import Scorecard, base_points
from tests.engine import made_models as made
from tests.engine.borrowers import MODEL

# Where a value of each factor commonly lies, and how far apart.
FACTORS = {
    "loan_to_income": (0.5, 0.4),
    "instalment_to_income": (0.3, 0.3),
    "debt_service_ratio": (0.4, 0.3),
    "total_owed_to_income": (0.8, 0.8),
    "card_utilisation": (0.5, 0.4),
    "open_accounts": (6.0, 4.0),
    "spending_to_income": (0.5, 0.3),
    "term_months": (18.0, 12.0),
    "enquiries_6m": (2.0, 2.0),
    "employment_months": (30.0, 30.0),
    "age": (40.0, 12.0),
}
INPUTS = tuple(Input(name=name, reference=middle, neutral=True) for name, (middle, _) in FACTORS.items())


def _cuts(rng: random.Random, most: int) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(sorted({max(round(rng.gauss(middle, wide), 3), 0.01) for _ in range(rng.randint(1, most))}))
        for middle, wide in FACTORS.values()
    )


def _model(body: BoostingBody | TreeBody | NetworkBody, name: str = "made-1") -> Nonlinear:
    return Nonlinear(
        id=name, inputs=INPUTS, body=body, level=1.5, bad_rate=0.1, weights=(10.0,) * len(INPUTS)
    )


def tree(rng: random.Random, most: int = 3) -> Nonlinear:
    at = _cuts(rng, most)
    return _model(TreeBody(cuts=at, tree=made.tree(rng, at, 6)))


def boosting(rng: random.Random, most: int = 3, count: int = 15) -> Nonlinear:
    at = _cuts(rng, most)
    trees = tuple(made.tree(rng, at, 3) for _ in range(count))
    return _model(BoostingBody(cuts=at, baseline=0.5, trees=trees), "made-2")


def network(rng: random.Random) -> Nonlinear:
    curves = tuple(
        Curve(input=at, at=(0.0, middle + wide), to=(-1.0, 1.0))
        for at, (middle, wide) in enumerate(FACTORS.values())
    )
    layers = []
    for into, out in ((len(curves), 4), (4, 1)):
        weights = tuple(tuple(rng.gauss(0, 0.6) for _ in range(into)) for _ in range(out))
        layers.append(Layer(weights=weights, bias=(0.1,) * out))
    return _model(NetworkBody(width=len(INPUTS), curves=curves, nets=(tuple(layers),)), "made-3")


def blend(rng: random.Random) -> Blend:
    parts = (
        Part(weight=0.5, card=MODEL),
        Part(weight=0.3, other=boosting(rng)),
        Part(weight=0.2, other=tree(rng)),
    )
    return Blend(id="made-4", level=0.1, bad_rate=0.1, parts=parts)


def answers(rng: random.Random, pack: Pack, skipped: float = 0.2) -> dict[str, Answer]:
    """Acceptable answers to most of the questions, forbidden ones too."""
    found: dict[str, Answer] = {}
    for name, question in QUESTIONS.items():
        if rng.random() < skipped:
            continue
        if question.kind == "class":
            found[name] = rng.choice(question.choices)
            continue
        low, high = bounds(question, pack)
        if question.kind == "money":
            wanted = Decimal(rng.randint(1, 4000)) * pack.median_monthly_income / 1000
            found[name] = max(round(wanted, pack.minor_units), low)
        else:
            found[name] = rng.randint(int(low), min(int(high), int(low) + 60))
    return found


PLACES = ("city", "town", "village")
OWN = ("balance", "visits", "rate", "place", "fixed")


def card(rng: random.Random) -> Scorecard:
    """A lender's own columns, whose points go up and down as they please."""

    def points(count: int) -> tuple[int, ...]:
        return tuple(rng.randint(-60, 60) for _ in range(count))

    def cuts(low: float, high: float, digits: int) -> tuple[float, ...]:
        found = {round(rng.uniform(low, high), digits) for _ in range(rng.randint(1, 3))}
        return tuple(sorted(found))

    balance, visits, rate, fixed = cuts(50, 900, 0), cuts(1, 9, 0), cuts(0.1, 0.9, 2), cuts(1, 9, 0)
    entries = (
        FactorPoints(name="balance", own=True, why="", cuts=balance, points=points(len(balance) + 1)),
        FactorPoints(
            name="visits",
            own=True,
            why="",
            cuts=visits,
            points=points(len(visits) + 1),
            specials=((99.0, 70),),
        ),
        FactorPoints(name="rate", own=True, why="", cuts=rate, points=points(len(rate) + 1), missing=80),
        FactorPoints(
            name="place", own=True, why="", classes=tuple((label,) for label in PLACES), points=points(3)
        ),
        FactorPoints(name="fixed", own=True, why="", cuts=fixed, points=points(len(fixed) + 1)),
    )
    return Scorecard(id="own-1", base=base_points(Scale(), 0.1, 0.0), bad_rate=0.1, factors=entries)


def own_boosting(rng: random.Random) -> Nonlinear:
    """The same columns, boosted."""
    inputs = (
        Input(name="balance", reference=400.0),
        Input(name="visits", reference=5.0),
        Input(name="rate", reference=0.5),
        Input(name="place", kind="class", codes=dict(zip(PLACES, (-0.3, 0.0, 0.3), strict=True))),
        Input(name="fixed", reference=5.0),
    )
    spots = ((50, 900, 0), (1, 9, 0), (0.1, 0.9, 2), (-0.2, 0.2, 1), (1, 9, 0))
    at = tuple(
        tuple(sorted({round(rng.uniform(low, high), digits) for _ in range(rng.randint(1, 3))}))
        for low, high, digits in spots
    )
    body = BoostingBody(cuts=at, baseline=0.5, trees=tuple(made.tree(rng, at, 3) for _ in range(10)))
    return Nonlinear(id="own-2", inputs=inputs, body=body, level=1.0, bad_rate=0.1, weights=(9.0,) * 5)


def person(rng: random.Random) -> dict[str, Value]:
    found: dict[str, Value] = {
        "balance": float(rng.randint(0, 99) * 10),
        "visits": rng.choice((float(rng.randint(0, 12)), 99.0)),
        "rate": round(rng.random(), 2),
        "place": rng.choice((*PLACES, "moon")),
        "fixed": float(rng.randint(0, 9)),
    }
    return {name: value for name, value in found.items() if rng.random() > 0.1}


def leeways(rng: random.Random) -> dict[str, Leeway]:
    """What a person can change; never `fixed`."""
    found = {
        "balance": Leeway(rng.choice(("down", "up", "either")), 0.0, 990.0, step=10.0),
        "visits": Leeway(rng.choice(("down", "up", "either")), 0.0, 12.0, effort=rng.choice((0.5, 1.0, 2.0))),
        "rate": Leeway(rng.choice(("down", "up", "either")), 0.0, 1.0, step=0.01),
        "place": Leeway(choices=tuple(rng.sample(PLACES, rng.randint(1, 3)))),
    }
    return {name: leeway for name, leeway in found.items() if rng.random() > 0.2}


assert set(FACTORS) <= set(engine.FACTORS)
