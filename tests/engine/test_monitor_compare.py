import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from engine.judge.evaluate import measure
from engine.judge.intervals import Bools, Figure, Floats
from engine.monitor.compare import Comparison, Side, compare, promotion
from engine.monitor.contest import contest
from engine.monitor.gates import Gate, at_least

FLOORS = {"A": 720.0, "B": 660.0, "C": 600.0, "D": 540.0, "E": 300.0}
OPEN = at_least("open", 1.0, 0.5)
SHUT = at_least("shut", 0.1, 0.5)


def _side(name: str, log_odds: Floats) -> Side:
    pd = 1 / (1 + np.exp(-log_odds))
    return Side(name, pd, np.round(600 - 57.7 * (log_odds + np.log(15))))


def _models(rows: int = 6000, noise: float = 1.0) -> tuple[Side, Side, Bools]:
    """A true model and one whose log-odds are blurred."""
    random = np.random.default_rng(0)
    truth = random.normal(-2, 1.2, rows)
    bad = random.random(rows) < 1 / (1 + np.exp(-truth))
    return _side("true", truth), _side("blurred", truth + noise * random.normal(size=rows)), bad


def _compare(champion: Side, challenger: Side, bad: Bools | None) -> Comparison:
    return compare(champion, challenger, bad, FLOORS, cutoff=600, seed=0)


def test_the_better_model_wins_and_the_worse_may_not_take_over() -> None:
    true, blurred, bad = _models()
    up, down = _compare(blurred, true, bad), _compare(true, blurred, bad)
    assert up.contest is not None
    assert down.contest is not None
    assert (up.contest.verdict, down.contest.verdict) == ("better", "worse")
    assert promotion(up, fairness=OPEN, fidelity=OPEN).allowed
    refused = promotion(down, fairness=OPEN, fidelity=OPEN)
    assert not refused.allowed
    assert [gate.name for gate in refused.gates if not gate.open] == ["ranking", "probabilities"]


@pytest.mark.parametrize(("fairness", "fidelity"), [(OPEN, SHUT), (SHUT, OPEN)])
def test_every_gate_must_be_open(fairness: Gate, fidelity: Gate) -> None:
    true, blurred, bad = _models()
    found = promotion(_compare(blurred, true, bad), fairness=fairness, fidelity=fidelity)
    assert not found.allowed
    assert [gate.name for gate in found.gates if not gate.open] == ["shut"]


def test_figures_agree_with_scikit_learn() -> None:
    true, blurred, bad = _models()
    found = contest(true.pd, blurred.pd, bad, seed=0)
    assert found.auc.difference.value == pytest.approx(
        roc_auc_score(bad, blurred.pd) - roc_auc_score(bad, true.pd)
    )
    for pair, score in ((found.brier, brier_score_loss), (found.log_loss, log_loss)):
        assert (pair.champion, pair.challenger) == pytest.approx(
            (score(bad, true.pd), score(bad, blurred.pd))
        )
        assert pair.difference.value == pytest.approx(pair.challenger - pair.champion)
    assert found.ks.champion == pytest.approx(measure(true.pd, bad, seed=0, draws=2).ks.value)
    assert found.ks.difference.low < found.ks.difference.value < found.ks.difference.high < 0


def test_a_model_beside_itself_does_not_differ() -> None:
    true, _, bad = _models(500)
    found = _compare(true, true, bad)
    assert found.contest is not None
    assert found.contest.verdict == "no difference shown"
    assert found.contest.ks.difference.value == 0.0
    assert found.correlation == pytest.approx(1.0)
    assert (found.same_band, found.farthest, found.score.mean_size) == (1.0, (), 0.0)
    assert [swap.rows for swap in found.swaps][1:3] == [0, 0]
    assert promotion(found, fairness=OPEN, fidelity=OPEN).allowed


def test_too_few_loans_and_no_outcomes_keep_the_champion() -> None:
    true, blurred, bad = _models(150, noise=0.3)
    assert not promotion(_compare(true, blurred, bad), fairness=OPEN, fidelity=OPEN).allowed
    unknown = _compare(true, blurred, None)
    assert unknown.contest is None
    assert [swap.bads for swap in unknown.swaps] == [None] * 4
    assert not promotion(unknown, fairness=OPEN, fidelity=OPEN).allowed


@pytest.mark.parametrize(("low", "opens"), [(-0.0099, True), (-0.0101, False)])
def test_it_is_the_low_end_that_may_not_be_worse_by_more_than_the_margin(low: float, opens: bool) -> None:
    true, _, bad = _models(500)
    found = _compare(true, true, bad)
    assert found.contest is not None
    auc = msgspec.structs.replace(found.contest.auc, difference=Figure(0.0, low, 0.02))
    contest_ = msgspec.structs.replace(found.contest, auc=auc)
    ranking = promotion(msgspec.structs.replace(found, contest=contest_), fairness=OPEN, fidelity=OPEN).gates[
        0
    ]
    assert (ranking.name, ranking.open) == ("ranking", opens)


@given(st.integers(0, 10_000), st.integers(1, 200))
def test_every_row_is_in_the_matrix_and_the_swaps_once(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    sides = [_side(name, random.normal(-2, 1.5, rows)) for name in ("old", "new")]
    bad = random.random(rows) < 0.2
    found = _compare(sides[0], sides[1], bad)
    assert sum(map(sum, found.migration)) == rows
    assert sum(swap.rows for swap in found.swaps) == rows
    assert sum(swap.bads or 0 for swap in found.swaps) == bad.sum()
    gaps = np.abs(sides[1].score - sides[0].score)
    assert gaps[list(found.farthest)].tolist() == sorted(gaps[gaps > 0], reverse=True)[:20]
    assert (found.contest is None) == (not bad.any() or bool(bad.all()))


def test_the_matrix_and_the_swap_set_by_hand() -> None:
    old = Side("old", np.array([0.1, 0.2, 0.3]), np.array([730.0, 610.0, 530.0]))
    new = Side("new", np.array([0.1, 0.3, 0.2]), np.array([730.0, 590.0, 620.0]))
    found = _compare(old, new, np.array([False, True, False]))
    assert found.migration[0][0] == found.migration[2][3] == found.migration[4][2] == 1
    both, gained, lost, neither = found.swaps
    assert (both.rows, gained.rows, lost.rows, neither.rows) == (1, 1, 1, 0)
    assert (gained.bads, lost.bads) == (0, 1)
    assert (lost.champion_pd, lost.challenger_pd) == (0.2, 0.3)
    assert neither.bad_rate is None
    assert found.farthest == (2, 1)


def test_big_books_are_compared_in_seconds_and_go_into_json() -> None:
    true, blurred, bad = _models(150_000)
    before = time.process_time()
    found = _compare(true, blurred, bad)
    assert time.process_time() - before < 4.0  # it takes about one
    assert msgspec.json.decode(msgspec.json.encode(found), type=Comparison) == found
    assert found == _compare(true, blurred, bad)


def test_other_rows_are_no_comparison() -> None:
    true, blurred, bad = _models(100)
    with pytest.raises(ValueError, match="the same rows"):
        _compare(true, Side("short", blurred.pd[:50], blurred.score[:50]), bad)
