import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judge.intervals import Bools, Floats
from engine.monitor.reject import Rejects, rejects, worsen


def _applicants(rows: int = 4000) -> tuple[Floats, Bools, Floats]:
    random = np.random.default_rng(0)
    pd = random.beta(2, 8, rows)
    accepted = pd < 0.25
    return pd[accepted], random.random(accepted.sum()) < pd[accepted], pd[~accepted]


def test_the_supposition_is_labelled_and_its_cost_rises_with_the_multiple() -> None:
    pd, bad, refused = _applicants()
    found = rejects(pd, bad, refused, cutoff=0.25)
    assert found.assumption.startswith("ASSUMPTION")
    assert found.known.multiplier is None
    assert found.known.rows == found.accepted == len(pd)
    assert found.known.bad_rate == bad.mean()
    assert found.known.approval == 1.0
    for method in ("fuzzy augmentation", "parcelling"):
        rows = [scenario for scenario in found.scenarios if scenario.method == method]
        assert [row.multiplier for row in rows] == [1.0, 1.5, 2.0, 3.0]
        rates = [row.bad_rate for row in rows]
        assert rates == sorted(rates)
        assert rates[0] > found.known.bad_rate
        assert {row.rows for row in rows} == {4000}


def test_fuzzy_augmentation_by_hand() -> None:
    pd, bad = np.array([0.1, 0.3]), np.array([False, True])
    found = rejects(pd, bad, np.array([0.5]), cutoff=0.5, multipliers=[3.0]).scenarios[0]
    assert found.refused_bad_rate == pytest.approx(0.75)  # odds of 1 become odds of 3
    assert found.bad_rate == pytest.approx((0 + 1 + 0.75) / 3)
    assert found.approval == pytest.approx(2 / 3)
    assert found.approved_bad_rate == pytest.approx(1.75 / 3)
    # Pairs of (bad, good) by weight: the bad third of 0.3 and the 0.75 of the refused, over the good.
    goods, wins = 1.0 + 0.25, 1.0 * 1.0 + 0.75 * (1.0 + 0.125)
    assert found.auc == pytest.approx(wins / (1.75 * goods))


def test_parcelling_by_hand() -> None:
    pd, bad = np.repeat([0.1, 0.3], 10), np.arange(20) % 10 < np.repeat([0, 4], 10)
    found = rejects(pd, bad, np.array([0.05, 0.9]), cutoff=0.1, multipliers=[2.0]).scenarios[1]
    low, high = 0.5 / 11, 4.5 / 11  # no bad of ten, and four of ten
    worse = [2 * rate / (1 + rate) for rate in (low, high)]
    assert found.method == "parcelling"
    assert found.refused_bad_rate == pytest.approx(sum(worse) / 2)
    assert found.bad_rate == pytest.approx((4 + sum(worse)) / 22)
    assert found.approved_bad_rate == pytest.approx(worse[0] / 11)  # the ten of 0.1 and the one of 0.05
    assert found.approval == pytest.approx(11 / 22)


def test_true_probabilities_of_the_refused_are_recovered_by_a_multiple_of_one() -> None:
    pd, bad, refused = _applicants()
    fuzzy = rejects(pd, bad, refused, cutoff=0.25, multipliers=[1.0]).scenarios[0]
    assert fuzzy.refused_bad_rate == pytest.approx(refused.mean())


@given(st.floats(0, 1), st.floats(0.01, 50))
def test_worse_odds_stay_a_chance(chance: float, multiplier: float) -> None:
    worse = float(worsen(np.array([chance]), multiplier)[0])
    assert 0.0 <= worse <= 1.0
    if 0.01 < chance < 0.99:
        assert worse / (1 - worse) == pytest.approx(multiplier * chance / (1 - chance))


def test_the_report_goes_into_json() -> None:
    found = rejects(*_applicants(), cutoff=0.25)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Rejects) == found


def test_what_cannot_be_supposed_is_refused() -> None:
    pd, bad, refused = _applicants(200)
    with pytest.raises(ValueError, match="both good and bad"):
        rejects(pd, np.zeros_like(bad), refused, cutoff=0.25)
    with pytest.raises(ValueError, match="above 0"):
        rejects(pd, bad, refused, cutoff=0.25, multipliers=[0.0])
    with pytest.raises(ValueError, match="refused applicants"):
        rejects(pd, bad, refused[:0], cutoff=0.25)
