import datetime as dt
import os
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.watch import Event, Standing, fold
from engine.watch.standing import later
from tests.engine.borrowers import CN, MODEL, MX, PACKS, US
from tests.engine.made_events import TODAY, arrivals, events, histories

MANY = int(os.environ.get("WATCH_EXAMPLES", "1000"))
thorough = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
_FALLING = ("overdue_count_24m", "worst_overdue_days", "enquiries_6m", "public_records")


def day(months: int = 0, days: int = 0) -> dt.date:
    return later(TODAY, months) + dt.timedelta(days=days)


def made(kind: str, on: dt.date = TODAY, ref: str = "one", sender: str = "lender:1", **told: Any) -> Event:
    return Event(ref=ref, kind=kind, on=on, sender=sender, **told)  # type: ignore[arg-type]  # one of KINDS


def late(on: dt.date, days: int, ref: str = "one", account: str = "loan", **told: Any) -> Event:
    return made("instalment_late", on, ref, days=days, account=account, **told)


def paid(on: dt.date, due: dt.date, ref: str = "two", account: str = "loan") -> Event:
    return made("instalment_paid", on, ref, due=due, account=account)


def of(*told: Event, on: dt.date = TODAY) -> Standing:
    return fold(told, on, CN)


@thorough
@given(st.data())
def test_order_repeats_lateness_and_corrections_never_matter(data: st.DataObject) -> None:
    history = data.draw(histories())
    came = data.draw(arrivals(history))
    pack = data.draw(st.sampled_from(PACKS))
    assert fold(came, TODAY, pack) == fold(sorted(history, key=lambda event: event.on), TODAY, pack)


@thorough
@given(histories(), st.randoms(use_true_random=False))
def test_two_tellings_under_one_version_give_the_same_either_way(history: list[Event], chance: Any) -> None:
    twice = [
        *history,
        *(msgspec.structs.replace(one, ref=f"e{len(history) - at - 1}") for at, one in enumerate(history)),
    ]
    shuffled = chance.sample(twice, len(twice))
    assert fold(shuffled, TODAY, CN) == fold(twice, TODAY, CN)


@thorough
@given(histories(), st.integers(0, 1500), st.integers(0, 1500), st.sampled_from(PACKS))
def test_time_alone_only_ever_helps(history: list[Event], one: int, more: int, pack: engine.Pack) -> None:
    then, now = (fold(history, day(days=days), pack).answers for days in (one, one + more))
    assert then.keys() == now.keys()
    for name in then:
        before, after = then[name], now[name]
        if name == "credit_history_months":
            assert before <= after  # type: ignore[operator]  # numbers
        elif name in _FALLING:
            assert before >= after  # type: ignore[operator]  # numbers
        else:
            assert before == after
    was, is_ = (MODEL.score(engine.record(answers, pack), pack).score for answers in (then, now))
    assert was <= is_


@thorough
@given(histories(), st.integers(0, 400), st.integers(0, 2000))
def test_nothing_changes_before_the_day_of_the_next_change_and_something_on_it(
    history: list[Event], after: int, within: int
) -> None:
    today = day(days=after)
    standing = fold(history, today, CN)
    end = standing.next_change or today + dt.timedelta(days=4000)
    assert end > today
    for between in (end - dt.timedelta(days=1), today + dt.timedelta(days=within % (end - today).days)):
        assert fold(history, between, CN).answers == standing.answers
    if standing.next_change:
        assert fold(history, end, CN).answers != standing.answers


@thorough
@given(histories(), events(ref="due", kind="instalment_due"), st.sampled_from(PACKS))
def test_what_nobody_told_of_is_not_held_against_anybody(
    history: list[Event], due: Event, pack: engine.Pack
) -> None:
    standing = fold(history, TODAY, pack)
    assert fold([*history, due], TODAY, pack) == standing
    assert fold((), TODAY, pack).answers == {}
    for name, answer in standing.answers.items():
        assert engine.problem(engine.QUESTIONS[name], answer, pack) is None
    assert standing.verified <= standing.answers.keys()


def test_a_late_instalment_counts_for_two_years_from_the_last_day_it_was_late() -> None:
    standing = of(
        late(day(-1), 12), late(day(-30), 40, "two", due=day(-31)), paid(day(-29), day(-29), "three")
    )
    assert standing.answers == {"overdue_count_24m": 1, "worst_overdue_days": 12}
    assert standing.next_change == later(day(-1), 24)
    assert standing.days_past_due == {"lender:1/loan": 40}  # unpaid as far as anybody told
    gone = of(late(day(-1), 12), on=day(23))
    assert gone.answers == {"overdue_count_24m": 0, "worst_overdue_days": 0}
    assert gone.lates == ()
    assert gone.next_change is None


def test_the_last_word_on_an_instalment_holds() -> None:
    due = day(-2)
    first, worse = late(due + dt.timedelta(5), 5, due=due), late(due + dt.timedelta(20), 20, "two", due=due)
    assert of(first, worse).answers["worst_overdue_days"] == 20
    assert of(first, worse).answers["overdue_count_24m"] == 1
    settled = of(first, worse, paid(due + dt.timedelta(20), due, "three"))
    assert settled.answers["worst_overdue_days"] == 20
    assert settled.days_past_due == {}
    assert settled.lates[0].paid
    on_time = of(first, paid(due, due))
    assert on_time.answers["overdue_count_24m"] == 1  # told of after the payment: it may have bounced
    assert of(paid(due, due)).answers == {"overdue_count_24m": 0, "worst_overdue_days": 0}
    corrected = msgspec.structs.replace(worse, version=2, days=7)
    assert of(first, worse, corrected).answers["worst_overdue_days"] == 7
    assert of(first, msgspec.structs.replace(first, version=2, void=True)).answers == {}


def test_two_lenders_may_use_the_same_number_for_an_account() -> None:
    other = msgspec.structs.replace(late(day(-1), 9, "one"), sender="lender:2")
    standing = of(late(day(-1), 9), other)
    assert standing.answers["overdue_count_24m"] == 2
    assert standing.days_past_due == {"lender:1/loan": 9, "lender:2/loan": 9}


def test_use_of_limits_is_that_of_the_last_balances_of_open_accounts() -> None:
    def balance(owed: int, limit: int, on: dt.date, ref: str, account: str) -> Event:
        return made("balance", on, ref, account=account, balance=Decimal(owed), limit=Decimal(limit))

    old, new = balance(900, 1000, day(-2), "a", "card"), balance(250, 1000, day(-1), "b", "card")
    credit = balance(-700, 1000, day(-1), "c", "second")
    nothing = balance(100, 0, day(-1), "d", "third")
    standing = of(new, old, credit, nothing)
    assert standing.answers == {"card_utilisation": Decimal("12.5")}
    assert [over.account for over in standing.over_limit] == ["lender:1/third"]
    closed = made("account_closed", day(), "e", account="second")
    assert of(new, old, credit, closed).answers == {"card_utilisation": Decimal("25.0")}
    assert of(balance(9000, 100, day(), "a", "card")).answers == {"card_utilisation": Decimal(200)}


def test_an_account_is_over_its_limit_until_told_otherwise() -> None:
    def balance(owed: int, on: dt.date, ref: str) -> Event:
        return made("balance", on, ref, account="card", balance=Decimal(owed), limit=Decimal(1000))

    over = made("over_limit", day(-1), "over", account="card", amount=Decimal(50))
    worse = balance(1200, day(-1, 3), "worse")
    (found,) = of(over, worse).over_limit
    assert found.since == day(-1)
    assert found.percent == 20
    assert found.steps == ((("lender:1", "over"), None), (("lender:1", "worse"), Decimal(20)))
    assert of(over, worse, balance(1000, day(), "right")).over_limit == ()
    assert of(over, balance(1000, day(-1), "same day")).over_limit[0].percent is None
    assert of(over, made("account_closed", day(), "gone", account="card")).over_limit == ()


def test_only_applications_are_enquiries_and_for_six_months() -> None:
    asked = [made("enquiry", day(-5), "a", what="application"), made("enquiry", day(-1), "b", what="review")]
    standing = of(*asked)
    assert standing.answers == {"enquiries_6m": 1}
    assert standing.next_change == later(day(-5), 6)
    assert of(asked[1]).answers == {}


@pytest.mark.parametrize(
    ("pack", "until", "last"),
    [
        (CN, dt.date(2026, 6, 30), dt.date(2026, 6, 30)),
        (CN, None, dt.date(2031, 2, 28)),
        (US, None, dt.date(2033, 2, 28)),
        (MX, dt.date(2035, 1, 1), dt.date(2032, 2, 28)),  # the law counts from the day of the record
    ],
)
def test_a_public_record_drops_out_the_day_after(
    pack: engine.Pack, until: dt.date | None, last: dt.date
) -> None:
    told = [made("public_record", what="court judgment", until=until)]
    assert fold(told, TODAY, pack).next_change == last + dt.timedelta(days=1)
    assert fold(told, last, pack).answers == {"public_records": 1}
    after = fold(told, last + dt.timedelta(days=1), pack)
    assert after.answers == {"public_records": 0}
    assert after.records == ()


def test_accounts_count_where_they_are_told_of() -> None:
    told = [
        made("account_opened", dt.date(2024, 1, 31), "a", account="loan"),
        made("account_opened", dt.date(2025, 1, 31), "b", account="card"),
        made("account_closed", dt.date(2025, 6, 1), "c", account="card"),
    ]
    standing = of(*told)
    assert standing.answers == {"open_accounts": 1, "credit_history_months": 25}
    assert standing.next_change == dt.date(2026, 3, 31)
    again = made("account_opened", dt.date(2025, 7, 1), "d", account="card")
    assert of(*told, again).answers["open_accounts"] == 2
    gone = made("account_closed", dt.date(2025, 8, 1), "e", account="loan")
    assert of(*told, gone).answers == {"credit_history_months": 25}


def test_a_verified_income_beats_a_declared_one() -> None:
    proved = made("income", day(-3), "a", amount=Decimal(3000), what="verified")
    said = made("income", day(-1), "b", sender="self", amount=Decimal(9000), what="declared")
    both = of(said, proved)
    assert both.answers["monthly_income"] == 3000
    assert both.verified == {"monthly_income"}
    assert of(said).answers["monthly_income"] == 9000
    assert of(said).verified == frozenset()


def test_what_the_borrower_brought_is_not_verified() -> None:
    mine = made("enquiry", day(-1), "a", sender="self", what="application")
    theirs = made("enquiry", day(-1), "a", what="application")
    assert of(theirs).verified == {"enquiries_6m"}
    assert of(theirs, mine).verified == frozenset()


def test_over_what_was_told_the_higher_count_holds() -> None:
    standing = of(
        late(day(-1), 12),
        made("income", day(), "b", amount=Decimal(3000), what="verified"),
    )
    told: engine.Answers = {
        "overdue_count_24m": 3,
        "worst_overdue_days": 2,
        "monthly_income": Decimal(9000),
        "age": 30,
    }
    assert standing.over(told) == {
        "overdue_count_24m": 3,
        "worst_overdue_days": 12,
        "monthly_income": 3000,
        "age": 30,
    }
    assert of().over(told) == told


def test_months_end_where_their_month_does() -> None:
    assert later(dt.date(2024, 8, 31), 6) == dt.date(2025, 2, 28)
    assert later(dt.date(2023, 12, 15), 1) == dt.date(2024, 1, 15)
    assert later(dt.date(2024, 1, 15), -1) == dt.date(2023, 12, 15)
