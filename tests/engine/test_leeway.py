"""Plans over records: a lender's own columns, changed as far as the lender says and no further."""

import itertools
import math

import msgspec
import pytest

from engine.advice.leeway import Leeway, plan_record
from engine.factors import Value
from engine.kinds import Nonlinear
from engine.scorecard import Scorecard
from tests.engine import made_models as made
from tests.engine import made_plans as plans
from tests.engine.borrowers import CN, MODEL, OPEN

CASES = {"scorecard": 5000, "boosting": 2000}
DOWN = {"card_utilisation": Leeway("down")}


def own(kind: str, seed: int) -> Scorecard | Nonlinear:
    return plans.card(made.chance(seed)) if kind == "scorecard" else plans.own_boosting(made.chance(seed))


@pytest.mark.parametrize("kind", CASES)
def test_every_plan_keeps_to_its_leeway_and_its_scores_are_fresh(kind: str) -> None:
    rng = made.chance(21)
    reached = 0
    for case in range(CASES[kind]):
        model, person, change = own(kind, case // 20), plans.person(rng), plans.leeways(rng)
        now = model.score(person).score
        target = min(max(now + rng.randint(-5, 100), 300), 850)
        found = plan_record(model, person, target, change=change, looks=200)
        assert found.before == model.score(person)
        assert found.after == model.score({**person, **found.changes})
        assert found.reachable == (found.after.score >= target)
        assert len(found.changes) == len(found.steps)
        for name, old, new in found.steps:
            leeway = change[name]
            assert old == person[name] != new
            if leeway.choices:
                assert new in leeway.choices
                continue
            assert isinstance(old, float)
            assert isinstance(new, float)
            assert leeway.low is not None
            assert leeway.high is not None
            assert leeway.low <= new <= leeway.high
            assert leeway.direction == "either" or (new < old) == (leeway.direction == "down")
            assert 99.0 not in {old, new} or name != "visits" or kind != "scorecard", "a code is no number"
            if leeway.step:
                assert math.isclose(new / leeway.step, round(new / leeway.step))
        reached += found.reachable and bool(found.steps)
    assert reached > CASES[kind] // 10


@pytest.mark.parametrize("kind", CASES)
def test_no_plan_is_of_less_effort_and_what_is_out_of_reach_is(kind: str) -> None:
    """Try every value of the grid."""
    rng = made.chance(22)
    said = {True: 0, False: 0}
    for case in range(30):
        model, person, change = own(kind, case), plans.person(rng), plans.leeways(rng)
        person["balance"] = float(rng.randint(1, 30) * 10)
        change["balance"] = Leeway("down", 0.0, 990.0, step=10.0)
        if "rate" in change:
            change["rate"] = change["rate"]._replace(step=0.05)
        now = model.score(person).score
        target = min(now + rng.randint(1, 90), 850)
        found = plan_record(model, person, target, change=change, looks=200_000)
        assert found.guarantee == "exact"
        smallest = least(model, person, change, target)
        assert found.reachable == (smallest is not None)
        said[found.reachable] += 1
        if smallest is not None:
            assert (round(found.effort * 1000), len(found.steps)) == smallest
    assert min(said.values()) > 0


def least(
    model: Scorecard | Nonlinear, person: dict[str, Value], change: dict[str, Leeway], target: int
) -> tuple[int, int] | None:
    ways: list[list[tuple[str, Value, int, int]]] = []
    for name, leeway in change.items():
        if name not in person or (person[name] == 99.0 and isinstance(model, Scorecard)):
            continue  # a code is no number to start from
        old = person[name]
        group: list[tuple[str, Value, int, int]] = [(name, old, 0, 0)]
        for new in values(name, old, leeway):
            group.append((name, new, effort(old, new, leeway), 1))  # noqa: PERF401 - as the search it is compared with
        ways.append(group)
    best = None
    for chosen in itertools.product(*ways):
        cost = sum(item[2] for item in chosen), sum(item[3] for item in chosen)
        if best is not None and cost >= best:
            continue
        if model.score({**person, **{item[0]: item[1] for item in chosen}}).score >= target:
            best = cost
    return best


def values(name: str, old: Value, leeway: Leeway) -> list[Value]:
    if leeway.choices:
        return [label for label in leeway.choices if label != old]
    step = leeway.step or 1.0
    assert leeway.high is not None
    grid = [round(at * step, 2) for at in range(round(leeway.high / step) + 1)]
    now = float(old)
    ways = {"down": now > 0, "up": True, "either": True}
    return [
        value
        for value in grid
        if value != now
        and ways[leeway.direction]
        and (leeway.direction == "either" or (value < now) == (leeway.direction == "down"))
    ]


def effort(old: Value, new: Value, leeway: Leeway) -> int:
    if leeway.choices:
        ladder, share = leeway.choices, 1.0
        if old in ladder:
            share = abs(ladder.index(str(old)) - ladder.index(str(new))) / max(len(ladder) - 1, 1)
    else:
        assert leeway.high is not None
        share = abs(float(new) - float(old)) / (float(old) or leeway.high)
    return round(leeway.effort * (50 + round(1000 * share**2)))


def test_a_factor_of_the_catalogue_keeps_its_direction_and_its_law() -> None:
    person: dict[str, Value] = {"card_utilisation": 0.9, "age": 30.0, "enquiries_6m": 3.0, "sex": "male"}
    found = plan_record(MODEL, person, MODEL.score(person, OPEN).score + 20, change=DOWN, pack=OPEN)
    assert found.reachable
    assert [step.question for step in found.steps] == ["card_utilisation"]
    for name, leeway, why in (
        ("age", Leeway("up"), "not for anybody to change"),
        ("enquiries_6m", Leeway("down"), "not for anybody to change"),
        ("sex", Leeway(choices=("female",)), "not for anybody to change"),
        ("card_utilisation", Leeway("up"), "more risk lies up"),
        ("card_utilisation", Leeway("either"), "more risk lies up"),
        ("income_ratio", Leeway("down"), "more risk lies down"),
        ("card_utilisation", Leeway(choices=("a",)), "`choices` for a class"),
        ("card_utilisation", Leeway(low=1.0, high=0.5), "`low` is above `high`"),
        ("card_utilisation", Leeway(step=0.0), "above 0"),
        ("card_utilisation", Leeway(effort=math.nan), "finite"),
        ("shoe_size", Leeway("down"), "reads no such column; accepted: age"),
    ):
        with pytest.raises(ValueError, match=why):
            plan_record(MODEL, person, 600, change={name: leeway}, pack=CN)
    with pytest.raises(ValueError, match="off the scale"):
        plan_record(MODEL, person, 100, change=DOWN)


def test_what_a_pack_forbids_is_not_changed() -> None:
    person: dict[str, Value] = {"card_utilisation": 0.9, "debt_service_ratio": 0.6}
    shut = msgspec.structs.replace(OPEN, factors={**OPEN.factors, "card_utilisation": "forbidden"})
    found = plan_record(MODEL, person, 850, change=DOWN | {"debt_service_ratio": Leeway("down")}, pack=shut)
    assert [step.question for step in found.steps] == ["debt_service_ratio"]


def test_what_is_missing_or_a_code_is_left_alone() -> None:
    model = plans.card(made.chance(2))
    change = {"visits": Leeway("down"), "rate": Leeway("down"), "place": Leeway(choices=plans.PLACES)}
    found = plan_record(model, {"visits": 99.0}, 850, change=change)
    assert (found.steps, found.guarantee) == ((), "exact")


def test_a_date_is_not_for_anybody_to_change() -> None:
    for model in (made.model(made.boosting(made.chance(1))), made.blend(made.chance(1))):
        with pytest.raises(ValueError, match="opened is a date"):
            plan_record(model, {}, 600, change={"opened": Leeway("down")})


def test_round_values_where_no_step_is_named() -> None:
    person: dict[str, Value] = {"card_utilisation": 0.8731, "open_accounts": 13.0}
    change = {"card_utilisation": Leeway("down"), "open_accounts": Leeway("either")}
    found = plan_record(MODEL, person, 850, change=change)
    for step in found.steps:
        assert isinstance(step.after, float)
        assert len(f"{step.after:g}".lstrip("0.")) <= 2
    assert float(str(found.changes["open_accounts"])).is_integer()


def test_two_digits_are_tried_where_no_step_is_named() -> None:
    grid = [*(at / 100 for at in range(10, 100)), *(at / 1000 for at in range(10, 100)), 1.0]
    for seed in range(60):
        model, person = plans.card(made.chance(seed)), {"rate": round(made.chance(seed).random(), 3) or 0.5}
        for way in ("down", "up"):
            change = {"rate": Leeway("up" if way == "up" else "down", 0.0, 1.0)}
            target = model.score(person).score + 10
            found = plan_record(model, person, target, change=change)
            good = [
                abs(value - person["rate"])
                for value in grid
                if (value > person["rate"]) == (way == "up") and model.score({"rate": value}).score >= target
            ]
            assert found.reachable == bool(good)
            if good:
                assert abs(found.changes["rate"] - person["rate"]) == pytest.approx(min(good))


def test_a_count_stays_a_count() -> None:
    found = plan_record(MODEL, {"open_accounts": 13}, 850, change={"open_accounts": Leeway("either")})
    assert isinstance(found.changes["open_accounts"], int)


def test_bounds_may_be_whole_numbers() -> None:
    found = plan_record(
        MODEL, {"open_accounts": 13}, 850, change={"open_accounts": Leeway("down", 8, 40, 1, 1)}
    )
    assert 8 <= found.changes["open_accounts"] < 13
    assert found.after.score > found.before.score


def test_a_network_and_a_blend_are_looked_at() -> None:
    rng = made.chance(4)
    for model in (made.model(made.network(rng)), made.blend(rng)):
        for _ in range(40):
            person = made.record(rng, missing=0.1)
            change = {
                "salary": Leeway("up", high=9000.0),
                "debt_service_ratio": Leeway("down"),
                "place": Leeway(choices=made.LABELS),
            }
            target = min(model.score(person).score + rng.randint(1, 80), 850)
            found = plan_record(model, person, target, change=change, looks=300)
            assert found.after == model.score({**person, **found.changes})
            assert found.reachable == (found.after.score >= target)
            assert found.guarantee == "bounded" or model.kind == "blend" or not found.before.clip
            assert float(found.changes.get("salary", 0.0)) <= 9000.0
