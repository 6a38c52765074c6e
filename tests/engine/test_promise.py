import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import engine
from engine import Answer, plan, record
from engine.advice import promise
from engine.advice.leeway import Leeway, plan_record
from engine.advice.promise import Promise, PromiseError
from engine.factors import Record, Value
from tests.engine import made_models as made
from tests.engine import made_plans as plans
from tests.engine.borrowers import CN, MODEL, MX, YOUNG_IN_DEBT

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
UNTIL = NOON + dt.timedelta(days=365)
LATER = NOON + dt.timedelta(days=100)
TARGET = 540


def made_promise() -> tuple[Promise, Record, Record]:
    found = plan(MODEL, YOUNG_IN_DEBT, CN, TARGET)
    start = record(YOUNG_IN_DEBT, CN)
    answers: dict[str, Answer] = {**YOUNG_IN_DEBT, **found.changes}
    planned = record(answers, CN, months_later=found.months)
    return promise.promise(found, start, planned, made_at=NOON, valid_until=UNTIL), start, planned


PROMISED, START, PLANNED = made_promise()


def test_a_promise_says_who_promised_what_until_when() -> None:
    assert (PROMISED.model_id, PROMISED.model_hash) == (MODEL.id, MODEL.hash)
    assert (PROMISED.pack_id, PROMISED.pack_version) == ("cn", CN.version)
    assert PROMISED.expected == MODEL.score(PLANNED, CN).score >= PROMISED.target == TARGET
    assert PROMISED.before == MODEL.score(START, CN).score
    assert PROMISED.record_hash == promise.record_hash(START) != promise.record_hash(PLANNED)
    loan = next(step for step in PROMISED.steps if step.name == "loan_amount")
    assert (loan.before, loan.after) == ("30000", "23000")


def test_done_as_planned_is_reached() -> None:
    told = promise.check(PROMISED, MODEL, PLANNED, LATER, CN)
    assert (told.holds, told.why, told.changed) == (True, "reached", ())
    assert told.score_now == told.score_then == told.score_plan == PROMISED.expected


def test_not_yet_done_is_open() -> None:
    told = promise.check(PROMISED, MODEL, START, NOON, CN)
    assert (told.holds, told.why) == (True, "open")
    assert (told.score_now, told.score_then) == (PROMISED.before, PROMISED.expected)
    assert {change.name for change in told.changed} == {
        name for name in PLANNED if PLANNED[name] != START[name]
    }


def test_half_done_and_more_than_asked_is_open() -> None:
    half = {**START, "card_utilisation": 0.0}
    told = promise.check(PROMISED, MODEL, half, LATER, CN)
    assert (told.holds, told.why) == (True, "open")
    assert told.score_then >= PROMISED.expected


def test_something_worse_breaks_it() -> None:
    worse = {**PLANNED, "overdue_count_24m": 5.0, "worst_overdue_days": 120.0}
    told = promise.check(PROMISED, MODEL, worse, LATER, CN)
    assert (told.holds, told.why) == (False, "record")
    assert told.score_then < TARGET
    assert {(change.name, change.planned, change.now) for change in told.changed} == {
        ("overdue_count_24m", 1.0, 5.0),
        ("worst_overdue_days", 10.0, 120.0),
    }


def test_after_its_time_it_holds_no_longer() -> None:
    told = promise.check(PROMISED, MODEL, PLANNED, UNTIL, CN)
    assert told.holds
    told = promise.check(PROMISED, MODEL, PLANNED, UNTIL + dt.timedelta(seconds=1), CN)
    assert (told.holds, told.why) == (False, "expired")
    assert told.score_now == PROMISED.expected, "what the score is, is told all the same"


@pytest.mark.parametrize(("rate", "holds"), [(0.02, True), (0.3, False)])
def test_another_model_says_what_it_says_of_the_same_plan(rate: float, holds: bool) -> None:
    other = MODEL.with_bad_rate(rate)
    told = promise.check(PROMISED, other, START, LATER, CN)
    assert (told.holds, told.why) == (holds, "model")
    assert told.score_plan == other.score(PLANNED, CN).score
    assert (told.score_plan >= TARGET) is holds


def test_another_law_is_told() -> None:
    newer = msgspec.structs.replace(CN, version=CN.version + 1)
    assert promise.check(PROMISED, MODEL, PLANNED, LATER, newer).why == "pack"
    assert promise.check(PROMISED, MODEL, PLANNED, LATER, MX).why == "pack"
    assert promise.check(PROMISED, MODEL, PLANNED, LATER).why == "pack"


def test_replayed_under_a_new_model_every_broken_promise_is_flagged() -> None:
    """For a hundred people of any kind of model: it holds exactly if the new model reaches the target."""
    rng = made.chance(1)
    flags = set()
    for seed in range(100):
        model, other = plans.own_boosting(made.chance(seed)), plans.own_boosting(made.chance(seed + 1000))
        person = plans.person(rng)
        target = min(model.score(person).score + 15, 850)
        found = plan_record(model, person, target, change=plans.leeways(rng), looks=300)
        if not found.reachable:
            continue
        planned = {**person, **found.changes}
        promised = promise.promise(found, person, planned, made_at=NOON, valid_until=UNTIL)
        again = msgspec.json.decode(msgspec.json.encode(promised), type=Promise)
        assert again == promised
        assert promise.check(again, model, planned, LATER).why == "reached"
        told = promise.check(again, other, planned, LATER)
        assert told.why == "model"
        assert told.holds == (other.score(planned).score >= target)
        flags.add(told.holds)
    assert flags == {True, False}


def test_nothing_is_promised_that_was_not_reached() -> None:
    found = plan(MODEL, YOUNG_IN_DEBT, CN, 850)
    with pytest.raises(ValueError, match="nothing to promise"):
        promise.promise(found, START, PLANNED, made_at=NOON, valid_until=UNTIL)


def test_times_have_a_zone_and_run_forward() -> None:
    found = plan(MODEL, YOUNG_IN_DEBT, CN, TARGET)
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        promise.promise(found, START, PLANNED, made_at=naive, valid_until=UNTIL)
    with pytest.raises(ValueError, match="without a zone"):
        promise.check(PROMISED, MODEL, START, naive, CN)
    with pytest.raises(ValueError, match="after `made_at`"):
        promise.promise(found, START, PLANNED, made_at=NOON, valid_until=NOON)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    promise.save(PROMISED, tmp_path / "promise.json")
    assert promise.load(tmp_path / "promise.json") == PROMISED
    assert json.loads((tmp_path / "promise.json").read_bytes())["made_at"] == "2026-03-01T12:00:00Z"


BROKEN = {
    "another start": ({"start": {"card_utilisation": 0.1}}, "`record_hash` is not that of `start`"),
    "less than its target": ({"target": 800}, "below `target`"),
    "a naive time": ({"made_at": "2026-03-01T12:00:00"}, r"made_at"),
    "an end before": ({"valid_until": "2026-02-01T12:00:00Z"}, "after `made_at`"),
    "unknown": ({"colour": 1}, "accepted here: format, model_id"),
    "newer": ({"format": 2}, r"\$.format"),
    "a hash": ({"model_hash": "x"}, r"\$.model_hash"),
}


@pytest.mark.parametrize(("change", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_promise_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "promise.json"
    path.write_text(json.dumps(msgspec.to_builtins(PROMISED) | change))
    with pytest.raises(PromiseError, match=rf"promise\.json: .*{reason}"):
        promise.load(path)


def test_a_promise_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromiseError, match="cannot be read"):
        promise.load(tmp_path / "none.json")
    with pytest.raises(PromiseError, match="a folder"):
        promise.load(tmp_path)


def test_missing_values_and_dates_are_kept_as_json_keeps_them() -> None:
    model = made.model(made.boosting(made.chance(3)))
    person: dict[str, Value] = {"salary": 900.0, "place": "town", "age": float("nan")}
    given: dict[str, Any] = {**person, "opened": dt.date(2020, 2, 29), "housing": ""}
    assert promise.record_hash(given) == promise.record_hash(
        {"place": "town", "salary": 900, "opened": "2020-02-29"}
    )
    change = {"salary": Leeway("up", high=9000.0), "place": Leeway(choices=made.LABELS)}
    best = plan_record(model, given, 850, change=change)
    found = plan_record(model, given, best.after.score, change=change)
    promised = promise.promise(found, given, {**given, **found.changes}, made_at=NOON, valid_until=UNTIL)
    told = promise.check(promised, model, {**given, **found.changes}, LATER)
    assert (told.why, told.score_now) == ("reached", found.after.score)
    with pytest.raises(ValueError, match="not finite"):
        promise.record_hash({"salary": float("inf")})


def test_money_is_text_and_counts_are_numbers() -> None:
    found = plan(
        MODEL, {"total_owed": Decimal(60000), "open_accounts": 11, "monthly_income": Decimal(4000)}, CN, 590
    )
    assert found.reachable
    assert engine.Step("x", Decimal(1), Decimal("1E+3")).after == 1000
    start: dict[str, Value] = {"age": 30.0}
    kept = promise.promise(found, start, start, made_at=NOON, valid_until=UNTIL)
    assert all(isinstance(step.after, str) == (step.name == "total_owed") for step in kept.steps)
