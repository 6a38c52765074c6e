from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fitting.contest import FEW_BADS, Candidate, blend_weights, choose, folds
from engine.fitting.setup import Setup

RANDOM = np.random.default_rng(0)
GOOD = RANDOM.random(4_000) < 0.8


def candidate(kind: str, losses: np.ndarray) -> Candidate:
    return Candidate(kind, np.zeros(len(losses)), 0.0, 1.0, 0.7, losses)


def field(**losses: np.ndarray) -> Mapping[str, Candidate]:
    return {kind: candidate(kind, of) for kind, of in losses.items()}


def test_the_lowest_loss_wins_where_it_is_clear() -> None:
    base = RANDOM.random(1_000)
    taken, why = choose(field(scorecard=base + 0.1, boosting=base, blend=base + 0.05), 500)
    assert taken == "boosting"
    assert "lowest" in why


def test_a_simpler_kind_wins_where_it_is_not() -> None:
    base = RANDOM.random(1_000)
    noisy = base + RANDOM.normal(0.001, 1.0, 1_000)
    taken, why = choose(field(blend=base, boosting=base + 0.2, scorecard=noisy), 500)
    assert taken == "scorecard"
    assert "simpler" in why


def test_few_bad_loans_leave_it_to_the_scorecard() -> None:
    base = RANDOM.random(1_000)
    assert choose(field(scorecard=base + 9, boosting=base), FEW_BADS - 1)[0] == "scorecard"
    assert choose(field(tree=base), 20)[0] == "tree"  # it was asked for


def test_the_blend_finds_who_knows() -> None:
    truth = np.where(GOOD, 1.0, -1.0)
    knows = truth + RANDOM.normal(size=4_000)
    weights = blend_weights({"knows": knows, "guesses": RANDOM.normal(size=4_000)}, GOOD)
    assert weights["knows"] > 1.0
    assert weights["guesses"] == pytest.approx(0.0, abs=0.1)


@given(st.integers(0, 99), st.integers(2, 60))
def test_every_row_is_asked_once_and_never_when_it_was_fitted(seed: int, bads: int) -> None:
    bad = np.arange(300) < bads
    cut = folds(bad, Setup(seed=seed))
    assert sorted(np.concatenate([asked for _, asked in cut]).tolist()) == list(range(300))
    for fitted, asked in cut:
        assert not set(fitted.tolist()) & set(asked.tolist())
        assert 0 < bad[fitted].sum() < len(fitted)


def test_the_loans_of_one_customer_stay_together() -> None:
    customer = np.repeat(np.arange(100), 3)
    bad = np.random.default_rng(1).random(300) < 0.4
    for fitted, asked in folds(bad, Setup(), customer):
        assert not set(customer[fitted].tolist()) & set(customer[asked].tolist())


def test_one_bad_loan_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match="two of each"):
        folds(np.arange(50) < 1, Setup())
