import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given

from engine.watch import Event, current, problem
from engine.watch.events import KINDS, fields_of
from tests.engine.made_events import TODAY, events

LATE = Event(ref="a-1", kind="instalment_late", on=TODAY, account="loan", days=12)
BALANCE = Event(
    ref="a-1", kind="balance", on=TODAY, account="card", balance=Decimal("-3.5"), limit=Decimal(100)
)
RECORD = Event(ref="a-1", kind="public_record", on=TODAY, what="court judgment")
INCOME = Event(ref="a-1", kind="income", on=TODAY, amount=Decimal(4000), what="verified")
ENQUIRY = Event(ref="a-1", kind="enquiry", on=TODAY, what="review")
OVER = Event(ref="a-1", kind="over_limit", on=TODAY, account="card", amount=Decimal(1))


@pytest.mark.parametrize("event", [LATE, BALANCE, RECORD, INCOME, ENQUIRY, OVER])
def test_what_is_right_has_no_fault(event: Event) -> None:
    assert problem(event, TODAY) is None


@pytest.mark.parametrize(
    ("event", "changes", "field", "key"),
    [
        (LATE, {"ref": ""}, "ref", "letters"),
        (LATE, {"ref": "a b"}, "ref", "letters"),
        (LATE, {"ref": "é"}, "ref", "letters"),
        (LATE, {"ref": "x" * 65}, "ref", "letters"),
        (LATE, {"account": "no way"}, "account", "letters"),
        (LATE, {"sender": "\n"}, "sender", "letters"),
        (LATE, {"version": 0}, "version", "low"),
        (LATE, {"version": 10**7}, "version", "high"),
        (LATE, {"on": TODAY + dt.timedelta(1)}, "on", "future"),
        (LATE, {"on": dt.date(1949, 12, 31)}, "on", "past"),
        (LATE, {"due": TODAY}, "due", "future"),
        (LATE, {"due": dt.date(1990, 1, 1)}, "due", "far"),
        (LATE, {"days": None}, "days", "missing"),
        (LATE, {"days": 0}, "days", "low"),
        (LATE, {"days": 3651}, "days", "high"),
        (LATE, {"account": ""}, "account", "missing"),
        (LATE, {"what": "x"}, "what", "unasked"),
        (LATE, {"amount": Decimal(-1)}, "amount", "low"),
        (LATE, {"amount": Decimal("NaN")}, "amount", "high"),
        (LATE, {"amount": Decimal("1E+30")}, "amount", "high"),
        (LATE, {"amount": Decimal("1.00001")}, "amount", "decimals"),
        (BALANCE, {"limit": None}, "limit", "missing"),
        (BALANCE, {"limit": Decimal(-1)}, "limit", "low"),
        (BALANCE, {"balance": None}, "balance", "missing"),
        (BALANCE, {"days": 3}, "days", "unasked"),
        (OVER, {"amount": Decimal(0)}, "amount", "low"),
        (RECORD, {"what": ""}, "what", "missing"),
        (RECORD, {"what": "x" * 81}, "what", "long"),
        (RECORD, {"what": "a\u202eb"}, "what", "letters"),
        (RECORD, {"until": TODAY - dt.timedelta(1)}, "until", "past"),
        (RECORD, {"until": dt.date(2099, 1, 1)}, "until", "far"),
        (INCOME, {"what": "certain"}, "what", "choice"),
        (INCOME, {"amount": None}, "amount", "missing"),
        (ENQUIRY, {"what": "hard"}, "what", "choice"),
    ],
)
def test_a_fault_names_its_field_and_reason_and_an_example(
    event: Event, changes: dict[str, Any], field: str, key: str
) -> None:
    fault = problem(msgspec.structs.replace(event, **changes), TODAY)
    assert fault is not None
    assert (fault.field, fault.key) == (field, key)
    assert fault.example


@given(events())
def test_the_example_of_what_is_missing_is_accepted(event: Event) -> None:
    needs, _ = fields_of(event.kind)
    for field in needs:
        without = msgspec.structs.replace(event, **{field: "" if field in ("account", "what") else None})
        fault = problem(without, TODAY)
        assert fault is not None
        raw = msgspec.to_builtins(without) | {field: fault.example}
        again = msgspec.convert(raw, Event, strict=False)
        assert problem(again, TODAY) is None


@pytest.mark.parametrize("kind", KINDS)
def test_taking_back_needs_only_the_name(kind: Any) -> None:
    assert problem(Event(ref="a", kind=kind, on=TODAY, version=2, void=True), TODAY) is None


def test_an_unknown_field_or_kind_is_refused_when_it_is_read() -> None:
    right = msgspec.json.encode(LATE)
    assert msgspec.json.decode(right, type=Event) == LATE
    for wrong in (right.replace(b'"days"', b'"dayz"'), right.replace(b"instalment_late", b"late")):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=Event)


def test_the_newest_version_holds_and_what_is_void_is_gone() -> None:
    second = msgspec.structs.replace(LATE, version=2, days=3)
    other = msgspec.structs.replace(LATE, sender="lender:2")
    assert (
        current([second, LATE, other, LATE]) == (second, other)[:: 1 if second.sender < other.sender else -1]
    )
    gone = msgspec.structs.replace(second, version=3, void=True)
    assert current([gone, second, LATE]) == ()
    back = msgspec.structs.replace(LATE, version=4)
    assert current([back, gone]) == (back,)
