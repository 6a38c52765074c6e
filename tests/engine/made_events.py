"""Made-up events: every kind, right by themselves, of few senders and accounts so that they meet each other."""

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from engine.watch import KINDS, Event, Kind, Rules, problem, read_rules
from engine.watch.events import fields_of

TODAY = dt.date(2026, 2, 28)
FIRST = TODAY - dt.timedelta(days=1200)

_days = st.dates(FIRST, TODAY)
_sums = st.integers(0, 40_000).map(Decimal)
_WHAT = {"enquiry": ("application", "review"), "income": ("declared", "verified")}


def _value(kind: Kind, field: str, on: dt.date) -> st.SearchStrategy[object]:
    if field == "account":
        return st.sampled_from(("card", "loan"))
    if field == "due":
        latest = on - dt.timedelta(days=1) if kind == "instalment_late" else on + dt.timedelta(days=40)
        return st.dates(on - dt.timedelta(days=90), latest)
    if field == "until":
        return st.dates(on, on + dt.timedelta(days=900))
    if field == "days":
        return st.integers(1, 120)
    if field == "balance":
        return st.integers(-500, 9000).map(Decimal)
    if field == "what":
        return st.sampled_from(_WHAT.get(kind, ("court judgment", "other")))
    return _sums.map(lambda sum_: sum_ + 1) if kind == "over_limit" and field == "amount" else _sums


@st.composite
def events(draw: st.DrawFn, ref: str = "one", kind: Kind | None = None) -> Event:
    """One event called `ref`, version 1, that has no fault."""
    chosen = draw(st.just(kind) if kind else st.sampled_from(KINDS))
    on = draw(_days)
    needs, takes = fields_of(chosen)
    told = {field: draw(_value(chosen, field, on)) for field in needs}
    told |= {field: draw(_value(chosen, field, on)) for field in takes if draw(st.booleans())}
    sender = draw(st.sampled_from(("lender:1", "lender:2", "self")))
    made = Event(ref=ref, kind=chosen, on=on, sender=sender, **told)  # type: ignore[arg-type]  # each by its field
    assert problem(made, TODAY) is None, made
    return made


@st.composite
def histories(draw: st.DrawFn, most: int = 14) -> list[Event]:
    """Events of one borrower, each with a name of its own."""
    return [draw(events(ref=f"e{at}")) for at in range(draw(st.integers(0, most)))]


@st.composite
def arrivals(draw: st.DrawFn, history: list[Event]) -> list[Event]:
    """The same history as it may arrive: mistaken first versions, things taken back, repeats, and no order."""
    came: list[Event] = []
    for event in history:
        version = draw(st.integers(1, 3))
        came += [msgspec.structs.replace(event, version=version)] * draw(st.integers(1, 2))
        for earlier in range(1, version):
            wrong = draw(events(ref=event.ref))
            came.append(
                msgspec.structs.replace(wrong, sender=event.sender, version=earlier, void=draw(st.booleans()))
            )
    for at in range(draw(st.integers(0, 3))):
        mistake = draw(events(ref=f"x{at}"))
        came += [mistake, msgspec.structs.replace(mistake, version=2, void=True)]
    return draw(st.permutations(came))


def rules(**changes: object) -> Rules:
    """One rule, such as `rules(kind="points", points=40)`, among the numbers that hold for all."""
    table = {"name": "only", "severity": "medium", "cooldown_days": 30, **changes}
    return read_rules({"rules": [table], "escalate_minutes": 60, "improve_points": 30, "recent_days": 60})
