import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bins import Lookup
from engine.report.binned import bins
from engine.report.evidence import Evidence, term
from engine.report.terms import told
from engine.table import Labels
from tests.engine.made_reports import own_card, table

MODEL = own_card()


@pytest.mark.parametrize("at", range(len(MODEL.factors)))
def test_a_term_counts_what_the_model_would_read(at: int) -> None:
    entry = MODEL.factors[at]
    train, held = table(400, 3)[entry.name], table(300, 4)[entry.name]
    bad = np.random.default_rng(5).random(400) < 0.3
    labels, goods, bads, now = term(entry, train, bad, held)
    lookup, shown = Lookup(entry), bins(entry, exact=False)
    assert labels == tuple(one.label for one in shown)
    assert (sum(goods), sum(bads), sum(now)) == (400 - bad.sum(), bad.sum(), 300)
    values = train.texts() if isinstance(train, Labels) else train.values
    points = [
        lookup.points[lookup.absent if value is None or str(value) == "nan" else lookup.bin(value)]
        for value in values
    ]
    counted = sum(one.points * (good + poor) for one, good, poor in zip(shown, goods, bads, strict=True))
    assert counted == sum(points)


@pytest.mark.parametrize(
    "wrong",
    [
        {"chosen": "tree"},
        {"scores": np.zeros(3)},
        {"groups": {"sex": (np.zeros(3, dtype=np.int64), ("f",))}},
        {"periods": (np.zeros(3, dtype=np.int64), ("2024",))},
        {"terms": {"age": (("a", "b"), (1, 2), (1,), (0, 1))}},
    ],
)
def test_evidence_that_does_not_fit_together_is_refused(wrong: dict[str, object]) -> None:
    whole: dict[str, object] = {
        "pd": {"scorecard": np.array([0.1, 0.2])},
        "bad": np.array([True, False]),
        "chosen": "scorecard",
        "scores": np.array([700.0, 600.0]),
    }
    Evidence(**whole)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match=r"accepted|count"):
        Evidence(**{**whole, **wrong})  # type: ignore[arg-type]  # wrong on purpose


def test_woe_iv_and_ks_by_hand() -> None:
    found = told("age", (("young", "old", "nobody"), (30, 70, 0), (8, 2, 0), (1, 1, 1)), None)
    young, old = found.bins  # the empty bin is left out
    assert young.woe == pytest.approx(math.log(0.3 / 0.8))
    assert old.woe == pytest.approx(math.log(0.7 / 0.2))
    assert found.iv == pytest.approx(-0.5 * young.woe + 0.5 * old.woe)
    assert found.ks == pytest.approx(0.5)


counts = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=8)


@given(counts)
def test_information_is_never_negative_and_ks_is_a_share(drawn: list[tuple[int, int]]) -> None:
    goods, bads = zip(*drawn, strict=True)
    names = tuple(map(str, range(len(drawn))))
    found = told("x", (names, goods, bads, goods), None)
    assert math.isfinite(found.iv)
    assert 0.0 <= found.ks <= 1.0 + 1e-9
    if min(sum(goods), sum(bads)) and all(good and bad for good, bad in drawn):
        assert found.iv >= -1e-12
