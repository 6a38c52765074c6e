import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import FACTORS, Band, Pack, Record, Value
from tests.engine.borrowers import CN, MODEL, OPEN, PACKS, US, packs, records, value

DIRECTED = [name for name, factor in FACTORS.items() if factor.direction in ("up", "down")]
FORBIDDEN = [(pack, name) for pack in PACKS for name in FACTORS if not pack.permits(name)]


@settings(max_examples=200)
@given(records, packs)
def test_base_points_and_clip_add_up_to_the_score(record: Record, pack: Pack) -> None:
    result = MODEL.score(record, pack)
    assert result.base + sum(item.points for item in result.points) + result.clip == result.score
    assert 300 <= result.score <= 850
    assert 0.0 < result.pd < 1.0
    assert {item.factor for item in result.points} == {name for name in record if pack.permits(name)}


def test_they_add_up_for_thousands_of_people_drawn_at_random() -> None:
    draw = random.Random(0)  # noqa: S311 - a test is to be repeatable
    for _ in range(10_000):
        record: dict[str, Value] = {}
        for name, factor in FACTORS.items():
            if draw.random() < 0.7:
                number = factor.low + (factor.high - factor.low) * draw.random() ** 4
                record[name] = draw.choice(factor.classes) if factor.classes else number
        result = MODEL.score(record, draw.choice((*PACKS, OPEN)))
        assert result.base + sum(item.points for item in result.points) + result.clip == result.score


@pytest.mark.parametrize("name", DIRECTED)
@settings(max_examples=60)
@given(st.data())
def test_risk_goes_the_way_the_catalogue_says(name: str, data: st.DataObject) -> None:
    record = data.draw(records)
    factor = FACTORS[name]
    less, more = sorted(data.draw(st.tuples(value(factor), value(factor))))
    low = MODEL.score({**record, name: less}, OPEN)
    high = MODEL.score({**record, name: more}, OPEN)
    safer, riskier = (low, high) if factor.direction == "up" else (high, low)
    assert safer.score >= riskier.score
    assert safer.pd <= riskier.pd


@given(records, packs, st.sampled_from(sorted(FACTORS)))
def test_what_is_not_known_neither_adds_nor_takes(record: Record, pack: Pack, name: str) -> None:
    without = {key: item for key, item in record.items() if key != name}
    full, less = MODEL.score(record, pack), MODEL.score(without, pack)
    assert less.completeness <= full.completeness
    points = sum(item.points for item in full.points if item.factor == name)
    assert full.score - full.clip - (less.score - less.clip) == points
    if points < 0:
        assert less.score >= full.score


def test_nothing_known_gives_the_base_and_names_all_that_is_missing() -> None:
    result = MODEL.score({}, CN)
    assert (result.score, result.completeness, result.reasons, result.strengths) == (MODEL.base, 0.0, (), ())
    effects = MODEL.effects(CN)
    assert result.missing == tuple(effects)
    assert list(effects.values()) == sorted(effects.values(), reverse=True)


@pytest.mark.parametrize(("pack", "name"), FORBIDDEN, ids=lambda item: getattr(item, "id", item))
@settings(max_examples=100)
@given(st.data())
def test_a_forbidden_factor_changes_nothing_to_the_bit(pack: Pack, name: str, data: st.DataObject) -> None:
    record = data.draw(records)
    one, other = data.draw(st.tuples(value(FACTORS[name]), value(FACTORS[name])))
    results = [
        MODEL.score(r, pack) for r in ({**record, name: one}, {**record, name: other}, _drop(record, name))
    ]
    assert len({msgspec.json.encode(result) for result in results}) == 1


@given(records, packs)
def test_the_same_record_gives_the_same_bytes(record: Record, pack: Pack) -> None:
    again = dict(reversed(list(record.items())))
    assert msgspec.json.encode(MODEL.score(record, pack)) == msgspec.json.encode(MODEL.score(again, pack))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("age", math.nan),
        ("age", math.inf),
        ("age", 17.0),
        ("age", "old"),
        ("housing", "castle"),
        ("housing", 1.0),
    ],
)
def test_a_value_outside_the_catalogue_is_refused(name: str, wrong: Value) -> None:
    with pytest.raises(ValueError, match=name):
        MODEL.score({name: wrong}, CN)


def test_the_scale_is_the_one_of_the_design() -> None:
    scale = engine.Scale()
    assert scale.points(math.log(0.98 / 0.02)) == 668
    assert scale.points(math.log(0.80 / 0.20)) == 524
    assert scale.pd(600) == 0.0625
    assert scale.pd(640) < scale.pd(600) < scale.pd(560)
    assert 0.0 < scale.pd(5000) < scale.pd(-5000) < 1.0


@pytest.mark.parametrize(
    ("score", "band"),
    [(850, "A"), (720, "A"), (719, "B"), (660, "B"), (600, "C"), (599, "D"), (540, "D"), (300, "E")],
)
def test_bands_begin_at_their_floor(score: int, band: str) -> None:
    assert MODEL.band(score) == band


def test_a_lender_sets_bands_and_bad_rate_and_the_order_stays() -> None:
    lender = MODEL.with_bad_rate(0.2).with_bands([Band("X", 600), Band("Y", 300)])
    risky, safe = {"card_utilisation": 0.99}, {"card_utilisation": 0.05}
    assert lender.base < MODEL.base
    assert lender.hash != MODEL.hash
    assert lender.score(safe, CN).score - lender.score(risky, CN).score == 54
    assert lender.score({}, CN).band == "Y"
    for wrong in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="bad rate"):
            MODEL.with_bad_rate(wrong)
    for bands in ([], [Band("A", 500)], [Band("A", 300), Band("B", 400)], [Band("A", 400), Band("A", 300)]):
        with pytest.raises(ValueError, match="bands"):
            MODEL.with_bands(bands)


def test_bills_paid_on_time_can_only_help() -> None:
    entry = next(factor for factor in MODEL.factors if factor.name == "utilities_on_time")
    assert min(entry.points) == 0
    assert max(entry.points) > 0


def test_where_age_is_forbidden_a_young_and_an_old_person_are_one() -> None:
    assert MODEL.score({"age": 19.0}, US) == MODEL.score({"age": 80.0}, US) == MODEL.score({}, US)
    assert MODEL.score({"age": 19.0}, CN).score < MODEL.score({"age": 80.0}, CN).score


def _drop(record: Record, name: str) -> Record:
    return {key: item for key, item in record.items() if key != name}
