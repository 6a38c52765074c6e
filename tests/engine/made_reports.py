"""Made-up models and evidence for the reports: small, seeded, and with names that mean harm."""

import numpy as np

from engine.bins import FactorPoints
from engine.report.evidence import Evidence, term
from engine.scale import Scale
from engine.scorecard import Scorecard, base_points
from engine.table import Labels, Numbers, Table

HOSTILE = "<script>alert(1)</script>&\"'|$x^_**{{0}}\x07]( 中\u202e"
BAD_RATE = 0.2


def own_card(name: str = "salary") -> Scorecard:
    """A scorecard of a lender's own columns, one of each sort; `name` is that of the weightiest."""
    factors = (
        FactorPoints(
            name=name,
            why="fitted",
            own=True,
            cuts=(1000.5, 2500.0, 1234567.0),
            points=(-40, -3, 12, 35),
            missing=-11,
            specials=((-1.0, 4), (999999.0, -7)),
        ),
        FactorPoints(
            name="home",
            why="fitted",
            own=True,
            classes=(("own", "paid off"), ("rent",), ("with family", "3")),
            points=(20, -5, 2),
            other=-9,
            missing=-1,
        ),
        FactorPoints(
            name="opened", why="fitted", own=True, unit="date", cuts=(17000.0, 18000.25), points=(9, 0, -9)
        ),
        FactorPoints(name="phone", why="fitted", own=True, unit="flag", cuts=(0.5,), points=(-6, 6)),
        FactorPoints(
            name="late", why="fitted", own=True, unit="percent", cuts=(0.1, 12.5), points=(8, -8, -30)
        ),
        FactorPoints(name="term_months", why="longer is riskier", cuts=(12.01, 24.01), points=(6, 0, -12)),
    )
    return Scorecard(id="own-1", base=base_points(Scale(), BAD_RATE, 0.0), bad_rate=BAD_RATE, factors=factors)


def table(rows: int = 900, seed: int = 0, name: str = "salary") -> Table:
    """A book of the columns of `own_card`, missing values and special codes among them."""
    random = np.random.default_rng(seed)
    salary = np.round(random.lognormal(7.5, 0.8, rows), 1)
    salary[random.random(rows) < 0.1] = np.nan
    salary[random.random(rows) < 0.05] = -1.0
    late = np.where(random.random(rows) < 0.5, 0.0, random.uniform(0, 30, rows))
    return Table(
        "made",
        {
            name: Numbers(salary),
            "home": Labels(
                random.integers(-1, 4, rows).astype(np.int32), ("moon", "own", "rent", "with family")
            ),
            "opened": Numbers(random.uniform(16500, 18500, rows).round(), "date"),
            "phone": Numbers(random.integers(0, 2, rows).astype(np.float64), "flag"),
            "late": Numbers(late, "percent"),
            "term_months": Numbers(random.integers(3, 48, rows).astype(np.float64)),
        },
    )


def evidence(
    model: Scorecard, *, hostile: str = "", seed: int = 0, rows: int = 900, with_periods: bool = True
) -> Evidence:
    """Two kinds on made-up loans whose outcomes follow the model; groups and periods are drawn."""
    name = model.factors[0].name
    train, held = table(rows, seed, name), table(rows, seed + 1, name)
    random = np.random.default_rng(seed)
    points, odds = _odds(model, held)
    pd = 1.0 / (1.0 + np.exp(odds))
    bad = random.random(rows) < pd
    before = random.random(rows) < 1.0 / (1.0 + np.exp(_odds(model, train)[1]))
    other = np.clip(pd + random.normal(0, 0.03, rows), 0.001, 0.999)
    sexes = (random.integers(-1, 2, rows), (f"f{hostile}", f"m{hostile}"))
    months = (random.integers(0, 3, rows), tuple(f"2024-0{month}{hostile}" for month in (1, 2, 3)))
    return Evidence(
        pd={"scorecard": pd, "boosting": other},
        bad=bad,
        chosen="scorecard",
        scores=points.astype(np.float64),
        groups={f"sex{hostile}": sexes},
        periods=months if with_periods else None,
        terms={
            entry.name: term(entry, train[entry.name], before, held[entry.name]) for entry in model.factors
        },
    )


def _odds(model: Scorecard, held: Table) -> tuple[np.ndarray, np.ndarray]:
    """Give each row's score and log-odds of good, one person at a time."""
    scores = []
    for row in range(held.rows):
        record: dict[str, float | str] = {}
        for name, column in held.columns.items():
            one = column.texts()[row] if isinstance(column, Labels) else float(column.values[row])
            if one is not None and one == one:  # noqa: PLR0124 - NaN
                record[name] = one
        result = model.score(record)
        scores.append(result.score - result.clip)
    scored = np.array(scores)
    scale = model.scale
    log_odds = np.log(scale.anchor_odds) + (scored - scale.anchor_score) / scale.points_per_log_odds
    return np.clip(scored, scale.low, scale.high), log_odds
