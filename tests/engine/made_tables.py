"""Made-up rows for models with a lender's own columns, and the same rows as every make of table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from engine import FactorPoints, Scorecard
from engine.scale import Scale
from engine.scorecard import base_points

OWN = Scorecard(
    id="own-1",
    base=base_points(Scale(), 0.1, 0.2),
    bad_rate=0.1,
    gap=0.2,
    factors=(
        FactorPoints(
            name="salary",
            own=True,
            why="",
            cuts=(1000.0, 2000.0, 5000.0),
            points=(-40, -7, 11, 30),
            missing=-9,
        ),
        FactorPoints(
            name="months",
            own=True,
            why="",
            cuts=(0.0, 12.0),
            points=(5, -5, 20),
            missing=3,
            specials=((-1.0, 33), (999.0, -33)),
        ),
        FactorPoints(
            name="town",
            own=True,
            why="",
            classes=(("Köln", "3"), ("3.5", "True"), ("北京",)),
            points=(-12, 12, 25),
            missing=-4,
            other=-6,
        ),
        FactorPoints(
            name="since", own=True, why="", unit="date", cuts=(18_000.0, 19_723.5), points=(9, 0, -9)
        ),
        FactorPoints(name="owner", own=True, why="", unit="flag", cuts=(0.5,), points=(-8, 8), missing=-1),
        FactorPoints(name="used", own=True, why="", unit="percent", cuts=(30.0, 90.0), points=(10, -3, -31)),
        FactorPoints(name="age", why="", cuts=(25.0, 60.0), points=(-10, 5, 8)),
        FactorPoints(
            name="housing",
            why="",
            classes=(("own",), ("rent", "family"), ("other",)),
            points=(15, -5, -11),
        ),
    ),
)

Row = dict[str, Any]

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "salary": st.floats(0, 1e6) | st.sampled_from([1000.0, 2000.0, 5000.0, 0.0]),
    "months": st.integers(-2, 40).map(float) | st.sampled_from([-1.0, 999.0, 12.0]),
    "town": st.sampled_from(["Köln", "3", "3.5", "True", "北京", "Ulm", " Köln", "NA"]),
    "since": st.sampled_from(["2019-04-14", "2019-04-15", "2023-12-31", "2024-01-01T12:00:00", "2024-01-02"]),
    "owner": st.booleans(),
    "used": st.sampled_from(["12%", "30 %", "30", "89.99", "90%", "100"]),
    "age": st.floats(18, 110),
    "housing": st.sampled_from(["own", "rent", "family", "other"]),
}

rows = st.lists(st.fixed_dictionaries({}, optional=_VALUES), min_size=1, max_size=12)


def columns(people: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [person.get(name) for person in people] for name in names}


def _frame(people: Sequence[Row], storage: str = "") -> pd.DataFrame:
    made = pd.DataFrame(columns(people, list(_VALUES)))
    for name in ("town", "since", "used", "housing"):
        made[name] = made[name].astype(pd.StringDtype(storage, na_value=np.nan) if storage else object)
    return made.astype({"salary": float, "months": float, "age": float})


def _arrow(people: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist([{name: person.get(name) for name in _VALUES} for person in people])


def _categories(people: Sequence[Row]) -> pd.DataFrame:
    return _frame(people).astype(dict.fromkeys(("town", "housing", "used"), "category"))


def _pieces(people: Sequence[Row]) -> pa.Table:
    whole = _arrow(people)
    made = pa.concat_tables([whole.slice(at, 1) for at in range(len(whole))])
    kinds = {
        "town": pa.dictionary(pa.int8(), pa.string()),
        "housing": pa.large_string(),
        "used": pa.string_view(),
    }
    for at, field in enumerate(made.schema):
        if field.name in kinds:
            made = made.set_column(at, field.name, made.column(at).cast(kinds[field.name]))
    return made


MAKES: dict[str, Callable[[Sequence[Row]], object]] = {
    "records": list,
    "mapping": lambda people: columns(people, list(_VALUES)),
    "arrays": lambda people: {
        name: np.array(values, dtype=object) for name, values in columns(people, list(_VALUES)).items()
    },
    "arrow": _arrow,
    "pieces": _pieces,
    "batch": lambda people: _arrow(people).to_batches()[0],
    "objects": _frame,
    "python texts": lambda people: _frame(people, "python"),
    "arrow texts": lambda people: _frame(people, "pyarrow"),
    "categories": _categories,
}
