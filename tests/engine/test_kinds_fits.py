from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.binning import shortest
from engine.kinds import Body, Nonlinear, Split, TreeBody
from engine.kinds.encode import Matrix, encode
from engine.kinds.face import pd_of
from engine.kinds.fidelity import Fidelity, fidelity, sample
from engine.kinds.fit_bins import cuts_of
from engine.kinds.fit_boosting import fit_boosting
from engine.kinds.fit_inputs import inputs_of
from engine.kinds.fit_network import fit_network
from engine.kinds.fit_tree import fit_tree
from engine.kinds.many import effects, log_odds_many, pd_many, raw_many, scores_many
from engine.kinds.monotone import breaches
from engine.kinds.rules import rules
from engine.table import Column, Labels, Numbers, Table
from tests.engine import made_models

FITS: dict[str, Callable[..., Body]] = {"tree": fit_tree, "boosting": fit_boosting, "network": fit_network}
ROWS = 1_500


def book(seed: int = 0, rows: int = ROWS) -> tuple[Table, NDArray[np.bool_]]:
    """Loans that go bad with debt, with little salary where debt is high, by place, and where age is not told."""
    rng = np.random.default_rng(seed)
    debt, salary = rng.uniform(0, 1, rows), rng.lognormal(8, 0.5, rows)
    place, noise = rng.integers(0, 3, rows), rng.normal(size=rows)
    untold = rng.random(rows) < 0.2
    risk = -2.2 + 2.5 * debt + 1.2 * (salary < 2500) * (debt > 0.5) + 0.7 * place + 1.0 * untold
    columns: dict[str, Column] = {
        "debt": Numbers(debt),
        "salary": Numbers(salary),
        "tenure": Numbers(np.where(untold, np.nan, noise)),
        "place": Labels(place.astype(np.int32), ("city", "town", "village")),
        "age": Numbers(np.where(rng.random(rows) < 0.3, np.nan, rng.integers(18, 80, rows))),
    }
    return Table("made", columns), rng.random(rows) < 1 / (1 + np.exp(-risk))


def fitted(kind: str, seed: int = 0) -> tuple[Nonlinear, Table]:
    table, bad = book()
    inputs = inputs_of(table, bad)
    matrix = encode(inputs, table)
    body = FITS[kind](matrix, bad, seed=seed)
    reference = [entry.reference for entry in inputs]
    weights = tuple(effects(body, matrix, reference).tolist())
    return Nonlinear(id=kind, inputs=inputs, body=body, bad_rate=float(bad.mean()), weights=weights), table


MODELS = {kind: fitted(kind) for kind in FITS}


def auc(bad: NDArray[np.bool_], raw: Matrix) -> float:
    return float((raw[~bad][:, np.newaxis] > raw[bad]).mean())


@pytest.mark.parametrize("kind", FITS)
def test_what_is_learnt_holds_for_new_loans(kind: str) -> None:
    table, bad = book(seed=1)
    log_odds = log_odds_many(MODELS[kind][0], table)
    assert (
        auc(bad, log_odds) > {"tree": 0.69, "boosting": 0.74, "network": 0.74}[kind]
    )  # of 0.77 that the truth would reach
    assert abs(pd_many(log_odds).mean() - bad.mean()) < 0.05


@pytest.mark.parametrize("kind", FITS)
def test_one_person_and_a_whole_table_agree_to_the_bit(kind: str) -> None:
    model, table = MODELS[kind]
    log_odds = log_odds_many(model, table)
    pds, scores = pd_many(log_odds), scores_many(model.scale, log_odds)
    names = [entry.name for entry in model.inputs]
    order = np.random.default_rng(3).permutation(table.rows)[:300]
    for row, record in zip(order, sample(table, names, count=300, seed=3), strict=True):
        assert model.log_odds(record) == log_odds[row]
        result = model.score(record)
        assert (result.pd, result.score) == (pds[row], scores[row])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("hidden", [(), (5,), (32, 32, 32), (4, 3, 2, 2)])
def test_networks_of_any_depth_agree_to_the_bit(hidden: tuple[int, ...], activation: str) -> None:
    rng = made_models.chance(2)
    body = made_models.network(rng, hidden, activation)
    assert body.hidden == hidden
    model = made_models.model(body)
    vectors = [model.vector(made_models.record(rng)) for _ in range(200)]
    assert [body.raw(vector) for vector in vectors] == raw_many(body, np.array(vectors)).tolist()


def test_made_trees_agree_to_the_bit() -> None:
    rng = made_models.chance(3)
    for body in [made_models.boosting(rng) for _ in range(5)] + [made_models.single(rng) for _ in range(5)]:
        model = made_models.model(body)
        vectors = [model.vector(made_models.record(rng)) for _ in range(200)]
        assert [body.raw(vector) for vector in vectors] == raw_many(body, np.array(vectors)).tolist()


@settings(deadline=None)
@given(st.lists(st.floats(-40, 40), min_size=1, max_size=50))
def test_many_pds_are_the_pds_of_each(log_odds: list[float]) -> None:
    assert pd_many(np.array(log_odds)).tolist() == [pd_of(each) for each in log_odds]


def test_pds_near_a_half_of_the_last_place_are_those_of_one_person() -> None:
    shown = (np.arange(1, 3000) + 0.5) / 1e6
    log_odds = np.log((1 - shown) / shown)
    assert pd_many(log_odds).tolist() == [pd_of(each) for each in log_odds.tolist()]


@pytest.mark.parametrize("kind", FITS)
def test_the_same_rows_and_seed_give_the_same_body(kind: str) -> None:
    assert fitted(kind)[0].hash == MODELS[kind][0].hash


@pytest.mark.parametrize("fit", [fit_tree, fit_boosting])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), directions=st.tuples(*[st.sampled_from((-1, 0, 1))] * 3))
def test_directions_are_kept(fit: Callable[..., Body], seed: int, directions: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(400, 3)).round(1)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    bad = rng.random(400) < 1 / (1 + np.exp(-np.nansum(matrix, axis=1)))
    body = fit(matrix, bad, directions=directions)
    assert breaches(body, matrix, directions, cases=60, seed=seed) == ()


def test_a_breach_is_seen() -> None:
    model, table = MODELS["network"]
    matrix = encode(model.inputs, table)
    (breach,) = breaches(model.body, matrix, [-1, 0, 0, 0, 0])  # debt was said to make loans safer
    assert breach.input == 0
    assert breach.share > 0.9
    assert breach.worst > 0.05
    assert breaches(model.body, matrix, [0, 0, 0, 0, 0]) == ()


@pytest.mark.parametrize("kind", FITS)
def test_weights_count_as_rows_do(kind: str) -> None:
    table, bad = book(rows=600)
    matrix = encode(inputs_of(table, bad), table)
    half = np.where(bad, 0.5, 1.0)
    full, lighter = FITS[kind](matrix, bad), FITS[kind](matrix, bad, weights=half)
    assert (
        0.2 < (raw_many(lighter, matrix) - raw_many(full, matrix)).mean() < 1.1
    )  # ln 2 where nothing shrinks


@pytest.mark.parametrize("kind", FITS)
def test_one_outcome_only_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="accepted: some of both"):
        FITS[kind](np.zeros((50, 2)), np.zeros(50, dtype=np.bool_))
    with pytest.raises(ValueError, match="a direction an input"):
        FITS[kind](np.zeros((50, 2)), np.arange(50) < 5, directions=(1,))


@pytest.mark.parametrize("kind", ["tree", "boosting"])
def test_inputs_that_tell_nothing_give_the_rate(kind: str) -> None:
    matrix = np.column_stack([np.zeros(400), np.full(400, np.nan)])
    bad = np.arange(400) < 100
    raw = FITS[kind](matrix, bad).raw([0.0, np.nan])
    assert raw == pytest.approx(np.log(3), abs=0.01)


def test_what_is_missing_against_what_is_known_can_be_a_split() -> None:
    rng = np.random.default_rng(0)
    untold = rng.random(2_000) < 0.5
    matrix = np.where(untold, np.nan, rng.normal(size=2_000))[:, np.newaxis]
    bad = rng.random(2_000) < np.where(untold, 0.6, 0.1)
    for fit in (fit_tree, fit_boosting):
        body = fit(matrix, bad)
        assert body.raw([np.nan]) < 0.1
        assert min(body.raw([9.0]), body.raw([-9.0])) > 1.0
        assert raw_many(body, matrix[:50]).tolist() == [body.raw(list(row)) for row in matrix[:50]]


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=60), st.integers(1, 20))
def test_cuts_part_values_and_have_few_digits(values: list[float], limit: int) -> None:
    cuts = cuts_of(np.array(values), limit)
    assert len(cuts) <= limit
    assert list(cuts) == sorted(set(cuts))
    bins = np.searchsorted(cuts, sorted(set(values)))
    assert len(set(bins)) == len(cuts) + 1  # every cut has a value on either side
    if len(set(values)) <= limit + 1:
        assert len(cuts) == len(set(values)) - 1


def test_a_cut_is_the_shortest_number_there_is() -> None:
    low, high = np.array([2431.7, 0.0, -1.2, 17.0]), np.array([2588.3, 1.0, -1.1, 18.0])
    assert shortest(low, high).tolist() == [2500.0, 0.0, -1.2, 17.0]


def test_every_person_falls_under_one_rule_and_it_gives_their_pd() -> None:
    model, table = MODELS["tree"]
    assert isinstance(model.body, TreeBody)
    every = rules(model)
    for record in sample(table, [entry.name for entry in model.inputs], count=200, seed=0):
        (fired,) = rules(model, record)
        assert fired in every
        assert fired.pd == model.pd(record)
    assert any("place is" in str(rule) for rule in every)
    with pytest.raises(ValueError, match="a network has no rules"):
        rules(MODELS["network"][0])


def test_rules_read_as_sentences() -> None:
    made = made_models.model(
        TreeBody(cuts=((30.0,), (0.2,), (), (900.0, 2000.0), (18000.0,), (0.15,)), tree=0.4)
    )
    low = Split(0, 0, False, -1.0, Split(4, 0, True, 0.1, 0.2))
    tree = Split(
        3, 1, True, Split(3, 0, False, Split(1, 0, True, 0.1, low), 0.6), Split(3, 2, False, 0.7, 0.9)
    )
    model = msgspec.structs.replace(made, body=msgspec.structs.replace(made.body, tree=tree))
    assert [" and ".join(rule.conditions) for rule in rules(model)] == [
        "salary <= 900 and housing is own or family",
        "salary <= 900 and housing is rent or other and age <= 30",
        "salary <= 900 and housing is rent or other and age > 30 and (opened <= 2019-04-14 or not known)",
        "salary <= 900 and housing is rent or other and age > 30 and opened > 2019-04-14",
        "(900 < salary <= 2000 or not known)",
        "salary > 2000",
    ]
    assert str(rules(model)[0]).endswith(f"then PD {pd_of(1.5 + 0.9 * 0.1):.1%}")


@pytest.mark.parametrize("kind", FITS)
def test_reasons_are_true_when_they_are_taken_away(kind: str) -> None:
    model, table = MODELS[kind]
    found = fidelity(model, sample(table, [entry.name for entry in model.inputs], count=200, seed=1))
    assert found.cases > 100
    assert found.passes
    assert found.within > 0.8
    assert found.correlation > 0.8
    assert found.error < 10


def test_reasons_that_are_false_do_not_pass() -> None:
    assert not Fidelity(cases=100, within=0.7, error=20.0, correlation=0.5).passes
    assert fidelity(MODELS["tree"][0], [{}]).cases in (0, 1)
