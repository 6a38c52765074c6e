import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.watch import Earlier, Event, Reading, Rules, Warning, fold, held, improved, warnings  # noqa: A004 - the house's noun
from engine.watch.rules import Rule
from tests.engine.borrowers import CN
from tests.engine.made_events import TODAY, histories, rules
from tests.engine.test_watch_standing import day, late, made, paid

GOOD = Reading(score=700, band="B", place=1, pd=0.05)
SAME: list[Event] = []
DELAY: dict[str, Any] = {"kind": "late", "times": 1, "within_days": 365, "days": 5}


def found(
    when: Rules,
    news: list[Event] = SAME,
    past: list[Event] = SAME,
    before: Reading | None = GOOD,
    now: Reading = GOOD,
) -> tuple[Warning, ...]:
    return warnings(when, before, now, news, fold([*past, *news], TODAY, CN), TODAY)


def one(when: Rules, news: list[Event] = SAME, past: list[Event] = SAME, **readings: Any) -> Warning:
    (only,) = found(when, news, past, **readings)
    return only


def at(score: int, place: int = 1, pd: float = 0.05) -> Reading:
    return Reading(score=score, band="ABCDE"[place], place=place, pd=pd)


def test_a_fall_of_the_score_warns_from_its_threshold_on() -> None:
    when = rules(kind="points", points=40)
    assert found(when, now=at(661)) == ()
    warned = one(when, now=at(660))
    assert (warned.severity, warned.cause, dict(warned.measures)) == (2, "time", {"points": 40})
    assert found(when, before=None, now=at(300)) == ()
    assert one(when, [late(TODAY, 3, "why")], now=at(600)).cause == "why"


def test_a_fall_of_bands_and_a_crossed_chance_of_default_warn() -> None:
    band = rules(kind="band", bands=2)
    assert found(band, now=at(600, 2)) == ()
    assert dict(one(band, now=at(550, 3)).measures) == {"bands": 2}
    risk = rules(kind="pd", pd=0.25)
    assert found(risk, now=at(600, pd=0.249)) == ()
    assert dict(one(risk, now=at(600, pd=0.25)).measures) == {"pd": 25}
    assert found(risk, before=at(500, pd=0.26), now=at(400, pd=0.5)) == ()
    assert found(risk, before=None, now=at(400, pd=0.5)) == ()


def test_the_gravest_event_of_the_news_is_the_cause_of_a_fall() -> None:
    record = made("public_record", day(-1), "record", what="court judgment")
    card = made("balance", TODAY, "card", account="card", balance=Decimal(1), limit=Decimal(9))
    assert one(rules(kind="points", points=40), [card, record, late(TODAY, 3)], now=at(600)).cause == "record"


def test_a_first_and_a_repeated_delay_differ_in_severity() -> None:
    first = rules(**DELAY, severity="low").rules[0]
    again = msgspec.structs.replace(first, name="again", times=2, severity=3)
    both = msgspec.structs.replace(rules(**DELAY), rules=(first, again))
    earlier = late(day(-3), 20, "earlier")
    warned = one(both, [late(day(-1), 8, "first")])
    assert (warned.rule, warned.severity, warned.cause) == ("only", 1, "first")
    warned = one(both, [late(day(-1), 8, "second")], [earlier])
    assert (warned.rule, warned.severity) == ("again", 3)
    assert dict(warned.measures) == {"days": 8, "times": 2}
    assert one(both, [late(day(-1), 8, "second")], [late(day(-13), 20, "old")]).rule == "only"
    assert one(both, [late(day(-1), 8, "second")], [late(day(-3), 4, "grace")]).rule == "only"


def test_days_of_grace_pass_in_silence() -> None:
    assert found(rules(**DELAY), [late(TODAY, 4)]) == ()
    assert found(rules(**DELAY), [late(TODAY, 5)]) != ()


def test_a_payment_that_ends_a_known_delay_is_no_bad_news() -> None:
    due = day(-1)
    told, settled = late(due + dt.timedelta(9), 9, due=due), paid(due + dt.timedelta(12), due)
    assert found(rules(**DELAY), [settled], [told]) == ()
    assert one(rules(**DELAY), [settled]).cause == "two"  # nobody had told of the delay
    assert one(rules(**DELAY), [told, settled]).cause == "two"


def test_what_happened_long_ago_is_no_news() -> None:
    assert found(rules(**DELAY), [late(TODAY - dt.timedelta(61), 9)]) == ()
    assert found(rules(**DELAY), [late(TODAY - dt.timedelta(60), 9)]) != ()


def test_what_was_corrected_or_taken_back_warns_of_nothing() -> None:
    wrong = late(day(-1), 9)
    right = msgspec.structs.replace(wrong, version=2, days=2)
    assert found(rules(**DELAY), [wrong, right]) == ()
    assert found(rules(**DELAY), [wrong, msgspec.structs.replace(wrong, version=2, void=True)]) == ()


def card(owed: int, on: dt.date, ref: str) -> Event:
    return made("balance", on, ref, account="card", balance=Decimal(owed), limit=Decimal(1000))


def test_passing_a_limit_warns_once() -> None:
    when = rules(kind="over_limit", percent=5)
    within, over, more = card(1000, day(-2), "a"), card(1060, day(-1), "b"), card(1200, day(-1, 9), "c")
    assert found(when, [card(1050, day(-1), "b")], [within]) == ()
    warned = one(when, [over], [within])
    assert (warned.cause, dict(warned.measures)) == ("b", {"percent": 6})
    assert found(when, [more], [within, over]) == ()
    assert one(when, [more], [card(1020, day(-1), "b")]).cause == "c"
    assert found(when, [over, card(900, TODAY, "d")]) == ()
    assert found(when, [over, card(1020, TODAY, "d")]) == ()  # over it still, but by what the rule bears
    assert one(when, [over], [card(1100, day(-4), "x"), within]).cause == "b"
    overdraft = made("over_limit", TODAY, "o", account="giro", amount=Decimal(1))
    assert one(when, [overdraft]).cause == "o"


def test_a_new_public_record_warns() -> None:
    when = rules(kind="public_record")
    record = made("public_record", day(-1), "r", what="court judgment")
    assert one(when, [record]).cause == "r"
    assert found(when, [late(TODAY, 30)], [record]) == ()


def income(amount: int, on: dt.date, ref: str, what: str = "verified") -> Event:
    return made("income", on, ref, amount=Decimal(amount), what=what)


def test_a_fall_of_income_warns_where_like_is_set_against_like() -> None:
    when = rules(kind="income_fall", percent=25)
    was = income(4000, day(-3), "was")
    assert found(when, [income(3001, TODAY, "is")], [was]) == ()
    warned = one(when, [income(3000, TODAY, "is")], [was])
    assert (warned.cause, dict(warned.measures)) == ("is", {"percent": 25, "what": "verified"})
    assert found(when, [income(3000, TODAY, "is")], [income(4000, day(-3), "was", "declared")]) == ()
    assert found(when, [income(3000, day(-5), "is")], [was]) == ()
    assert found(when, [income(3000, TODAY, "is")]) == ()
    assert found(when, [income(3000, TODAY, "is")], [income(0, day(-3), "was")]) == ()


def test_a_default_warns_when_it_is_told_or_the_days_are_many() -> None:
    when = rules(kind="default", days=90)
    assert one(when, [made("default", TODAY, "d", account="loan")]).cause == "d"
    assert found(when, [late(TODAY, 89)]) == ()
    assert dict(one(when, [late(TODAY, 90)]).measures) == {"days": 90}
    assert found(rules(kind="default", days=0), [late(TODAY, 300)]) == ()


def test_the_worst_is_first() -> None:
    low, high = (rules(**DELAY, severity=word).rules[0] for word in ("low", "high"))
    fall = msgspec.structs.replace(high, name="fall", kind="points", points=10)
    all_ = msgspec.structs.replace(rules(**DELAY), rules=(low, fall))
    assert [warned.rule for warned in found(all_, [late(TODAY, 9)], now=at(600))] == ["fall", "only"]


@given(histories(), st.integers(300, 850), st.integers(300, 850))
def test_without_news_only_the_score_can_warn(history: list[Event], then: int, now: int) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "points": {"points": 20},
        "late": DELAY,
        "over_limit": {"percent": 0},
        "public_record": {},
        "income_fall": {"percent": 10},
        "default": {"days": 90},
    }
    when = [rules(**{"kind": kind, "name": kind, **numbers}).rules[0] for kind, numbers in kinds.items()]
    all_ = msgspec.structs.replace(rules(**DELAY), rules=tuple(when))
    warned = found(all_, past=history, before=at(then), now=at(now))
    assert [(one.rule, one.cause) for one in warned] == ([("points", "time")] if then - now >= 20 else [])
    for one in found(all_, history, before=at(then), now=at(now)):
        assert one.cause == "time" or one.cause in {event.ref for event in history}


def test_a_rule_keeps_quiet_for_its_cool_down() -> None:
    when = rules(kind="points", points=40)
    warned = Warning(rule="only", severity=2, cause="time")

    def after(days: int, severity: int = 2, rule: str = "only") -> str:
        on = TODAY - dt.timedelta(days)
        return held(warned, [Earlier(rule=rule, severity=severity, on=on)], None, TODAY, when)

    assert (after(0), after(29), after(30)) == ("cooldown", "cooldown", "")
    assert after(5, severity=1) == ""
    assert after(5, severity=3) == "cooldown"
    assert after(5, rule="other") == ""


@pytest.mark.parametrize(
    ("severity", "snoozed", "said"), [(1, 2, "snoozed"), (2, 2, "snoozed"), (3, 2, ""), (1, None, "")]
)
def test_what_is_worse_than_what_was_snoozed_gets_through(
    severity: int, snoozed: int | None, said: str
) -> None:
    warned = Warning(rule="only", severity=severity, cause="time")
    assert held(warned, [], snoozed, TODAY, rules(kind="points", points=40)) == said


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 40))), st.sampled_from((None, 1, 2)))
def test_a_worse_one_always_breaks_through(earlier: list[tuple[int, int]], snoozed: int | None) -> None:
    sent = [
        Earlier(rule="only", severity=severity, on=TODAY - dt.timedelta(days)) for severity, days in earlier
    ]
    worst = Warning(rule="only", severity=3, cause="time")
    assert held(worst, sent, snoozed, TODAY, rules(kind="points", points=40)) == ""


def test_a_rise_is_told_from_its_threshold_on() -> None:
    when = rules(kind="points", points=40)
    assert improved(when, at(600), at(629)) == 0
    assert improved(when, at(600), at(630)) == 30
    assert improved(when, None, at(800)) == 0


def test_a_rule_has_only_the_numbers_of_its_kind() -> None:
    assert rules(kind="points", points=40).rules == (
        Rule(name="only", kind="points", severity=2, cooldown_days=30, points=40),
    )
