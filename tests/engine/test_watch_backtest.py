import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.strict import BookError
from engine.watch import Event, Rules, problem
from engine.watch import backtest as test
from engine.watch.figures import Tally, share
from engine.watch.past import BOOKS, read
from engine.watch.replay import Past, Told, moments, replay
from tests.engine.borrowers import CN, MODEL
from tests.engine.made_events import TODAY, histories, rules

DELAY = rules(kind="late", times=1, within_days=365, days=5)
SEVERAL = msgspec.structs.replace(
    DELAY,
    rules=(
        *DELAY.rules,
        *rules(name="fall", kind="points", points=20).rules,
        *rules(name="over", kind="over_limit", percent=0).rules,
        *rules(name="default", kind="default", days=90).rules,
    ),
)


def past(history: list[Event], chance: random.Random, *, bad: bool = True) -> Past:
    """A past in which everything came to be known some days after it happened."""
    told = [Told(event, event.on + dt.timedelta(chance.randrange(40))) for event in history]
    days = sorted({one.known for one in told} | {TODAY, TODAY - dt.timedelta(1300)})
    return Past(id="one", answers={}, told=told, days=days, ended=TODAY + dt.timedelta(30), bad=bad)


def late(on: dt.date, ref: str, days: int = 9) -> Told:
    return Told(
        Event(ref=ref, kind="instalment_late", on=on, account="loan", sender="lender:1", days=days), on
    )


def of(*told: Told, when: Rules = DELAY) -> list[dt.date]:
    start = TODAY - dt.timedelta(400)
    days = sorted({start, TODAY, *(one.known for one in told)})
    made = Past(id="one", answers={}, told=told, days=days, ended=TODAY + dt.timedelta(30), bad=True)
    return [one.on for one in replay(moments(made, MODEL, CN), when)]


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False), st.integers(0, 1300))
def test_nothing_is_known_before_its_time(history: list[Event], chance: random.Random, back: int) -> None:
    whole, cut = past(history, chance), TODAY - dt.timedelta(back)
    known = [one for one in whole.told if one.known <= cut]
    other = msgspec.structs.replace(whole, told=known, bad=False)
    then, now = (
        [one for one in replay(moments(each, MODEL, CN), SEVERAL) if one.on <= cut] for each in (whole, other)
    )
    assert then == now
    stopped = msgspec.structs.replace(whole, ended=cut)
    assert all(moment.day < cut for moment in moments(stopped, MODEL, CN))


def test_what_had_happened_when_the_watch_began_is_no_news() -> None:
    first = TODAY - dt.timedelta(400)
    assert of(late(first, "before")) == []
    assert of(late(first + dt.timedelta(1), "after")) == [first + dt.timedelta(1)]


def test_a_rule_that_has_warned_keeps_quiet_for_its_cool_down() -> None:
    days = [TODAY - dt.timedelta(at) for at in (100, 80, 69)]
    assert of(*(late(on, f"e{at}") for at, on in enumerate(days))) == [days[0], days[2]]


def test_a_fall_is_measured_from_the_best_score_since_the_last_alert() -> None:
    def used(at: int, percent: int) -> Told:
        on = TODAY - dt.timedelta(300 - at)
        owed = Event(ref=f"b{at}", kind="balance", on=on, account="card", sender="lender:1")
        sums = {"balance": Decimal(percent), "limit": Decimal(100)}
        return Told(msgspec.structs.replace(owed, **sums), on)

    when = rules(kind="points", points=30, cooldown_days=0)
    drop = [used(0, 5), used(1, 60)]  # 31 points
    assert len(of(*drop, when=when)) == 1
    assert len(of(*drop, used(2, 80), when=when)) == 1  # 11 more
    assert len(of(*drop, used(2, 5), used(3, 60), when=when)) == 2
    assert len(of(used(0, 40), used(1, 5), used(2, 60), when=when)) == 1


def test_a_borrower_counts_by_what_came_of_the_warnings() -> None:
    tally, default = Tally(), dt.date(2026, 1, 1)
    tally.add(
        [default - dt.timedelta(400), default - dt.timedelta(90), default - dt.timedelta(10)], 20, default
    )
    tally.add([default - dt.timedelta(29)], 10, default)
    tally.add([], 10, default)
    tally.add([default], 60, None)
    found = tally.figures
    assert (found.borrowers, found.bad, found.alerts, found.lead) == (4, 3, 5, 60)
    assert [found.warned.value, found.ahead.value] == pytest.approx([2 / 3, 1 / 3])
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.false.value == pytest.approx(
        2.0
    )  # one of a year and more before, one of somebody who stayed good
    assert found.false.months == 100
    assert found.false.low < 2 < found.false.high


def test_a_warning_after_the_default_was_none() -> None:
    tally, default = Tally(), dt.date(2026, 1, 1)
    tally.add([default, default + dt.timedelta(1)], 10, default)
    assert tally.figures.warned.value == 0
    assert tally.figures.false.value == pytest.approx(20)


def test_nothing_counted_is_no_fault() -> None:
    found = Tally().figures
    assert found.lead is None
    assert (found.warned.of, found.false.value) == (0, 0)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0, 0.2775), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1)]
)
def test_the_interval_of_a_share_is_wilson_s(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-4)


def test_the_interval_of_a_rate_covers_it_nineteen_times_in_twenty() -> None:
    chance = random.Random(5)  # noqa: S311 - no secret is made
    covered = 0
    for _ in range(400):
        tally = Tally()
        for _ in range(300):
            months = chance.randrange(3, 24)
            nervous = chance.random() < 0.2
            days = [TODAY] * sum(chance.random() < (0.1 if nervous else 0.01) for _ in range(months))
            tally.add(days, months, None)
        rate = tally.figures.false
        covered += rate.low <= 2.8 <= rate.high
    assert 366 <= covered <= 394  # 380 +- three standard errors


def _point(threshold: float, ahead: float, false: float) -> test.Point:
    figures = Tally().figures
    return test.Point(
        threshold,
        msgspec.structs.replace(
            figures,
            ahead=msgspec.structs.replace(figures.ahead, value=ahead),
            false=msgspec.structs.replace(figures.false, value=false),
        ),
    )


def test_the_threshold_that_warns_most_in_time_at_a_bearable_price_is_chosen() -> None:
    curve = [_point(10, 0.8, 3.01), _point(20, 0.5, 3.0), _point(30, 0.5, 2.0), _point(40, 0.2, 1.0)]
    assert test.chosen(curve) == 30
    assert test.chosen(curve[:1]) is None


def test_nobody_is_judged_on_whom_a_threshold_was_chosen() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret is made
    pasts = [msgspec.structs.replace(past([], chance, bad=at % 5 == 0), id=str(at)) for at in range(200)]
    report = test.run("made", pasts, MODEL, CN, SEVERAL, split=True)
    chosen_on, judged = report.points[0].figures.borrowers, report.together.borrowers
    assert (report.borrowers, report.bad, chosen_on + judged) == (200, 40, 200)
    assert 70 < judged < 130
    whole = test.run("made", pasts, MODEL, CN, SEVERAL, split=False)
    assert (whole.together.borrowers, whole.pds[0].figures.borrowers) == (200, 200)


def test_a_default_that_is_told_is_no_early_warning() -> None:
    on = TODAY - dt.timedelta(3)
    told = Told(Event(ref="d", kind="default", on=on, account="loan", sender="lender:1"), on)
    days = [TODAY - dt.timedelta(9), on]
    one = Past(id="1", answers={}, told=[told], days=days, ended=TODAY, bad=True)
    report = test.run("made", [one], MODEL, CN, SEVERAL, split=False)
    assert (report.rules["default"].alerts, report.together.alerts) == (1, 0)


TAIWAN = [f"BILL_AMT{at}" for at in range(1, 7)] + [f"PAY_AMT{at}" for at in range(1, 7)]


def _taiwan(folder: Path, statuses: dict[str, int]) -> Past:
    months = {"PAY_0": 0, "PAY_2": 0, "PAY_3": 0, "PAY_4": 0, "PAY_5": 0, "PAY_6": 0, **statuses}
    row = {"ID": 1, "LIMIT_BAL": 1000, "AGE": 30, "default.payment.next.month": 1, **months}
    row |= {name: 100 * at for at, name in enumerate(TAIWAN)}
    path = folder / "taiwan_default" / "UCI_Credit_Card.csv"
    path.parent.mkdir()
    path.write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n", encoding="utf-8")
    (found,) = read("taiwan", folder, CN)
    return found


def test_a_card_three_months_behind_is_told_month_by_month(tmp_path: Path) -> None:
    found = _taiwan(tmp_path, {"PAY_5": 1, "PAY_4": 2, "PAY_3": 3, "PAY_2": 0, "PAY_0": -2})
    assert found.bad
    assert [day.month for day in found.days] == [4, 5, 6, 7, 8, 9]
    at = {moment.day.month: moment.standing for moment in moments(found, MODEL, CN)}
    assert [list(at[month].days_past_due.values()) for month in range(4, 10)] == [
        [],
        [30],
        [60],
        [90],
        [],
        [],
    ]
    assert [at[month].answers["overdue_count_24m"] for month in (4, 7, 8)] == [0, 1, 1]
    assert at[8].answers["worst_overdue_days"] == (dt.date(2005, 8, 31) - dt.date(2005, 4, 30)).days
    assert at[9].answers["card_utilisation"] == Decimal(0)
    assert at[4].answers["card_utilisation"] == Decimal(50)


def _write(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_earlier_loans_of_a_customer_are_told_day_by_day(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "superlender/trainprevloans.csv",
        "customerid,systemloanid,approveddate,termdays,closeddate,firstduedate,firstrepaiddate",
        "c1,7,2017-01-01 10:00:00,60,2017-03-20 0:00,2017-02-01 0:00,2017-02-09 0:00",
        "c1,8,2017-06-25 10:00:00,30,2017-09-01 0:00,2017-07-25 0:00,2017-09-01 0:00",
    )
    _write(
        tmp_path,
        "superlender/traindemographics.csv",
        "customerid,birthdate,employment_status_clients",
        "c1,1987-01-02 00:00:00,Permanent",
    )
    _write(
        tmp_path,
        "superlender/trainperf.csv",
        "customerid,approveddate,termdays,good_bad_flag",
        "c1,2017-07-28 10:00:00,30,Bad",
        "c2,2017-07-28 10:00:00,30,Good",
    )
    (found,) = read("superlender", tmp_path, CN)  # of the other nothing had happened before
    assert found.answers == {"age": 29, "occupation": "permanent"}
    assert (found.bad, found.ended, found.days[-1]) == (True, dt.date(2017, 8, 27), dt.date(2017, 7, 28))
    assert max(one.known for one in found.told) <= dt.date(2017, 7, 28)
    last = list(moments(found, MODEL, CN))[-1].standing
    assert [(one.days, one.paid) for one in last.lates] == [(8, True), (18, True), (3, False)]
    assert [one.days for one in last.lates if one.account == "lender:1/8"] == [3]


def test_an_account_below_nothing_is_over_its_limit(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "berka/feup/trans_comp.csv",
        "trans_id;account_id;date;type;amount;balance;k_symbol",
        "1;5;970110;credit;18000;18000;",
        "2;5;970310;withdrawal;18900;-900;",
        "3;5;970331;withdrawal;10;-910;sanction interest if negative balance",
        "4;5;970420;credit;9000;8090;",
    )
    _write(tmp_path, "berka/account.asc", "account_id;date", "5;970101")
    _write(
        tmp_path,
        "berka/derived/loan_comp_labelled.csv",
        "loan_id,account_id,date,bad",
        "9,5,970515,1",
    )
    (found,) = read("berka", tmp_path, CN)
    at = {moment.day: moment.standing for moment in moments(found, MODEL, CN)}
    assert [one.account for one in at[dt.date(1997, 3, 31)].over_limit] == ["lender:1/current"]
    assert at[dt.date(1997, 4, 30)].over_limit == ()
    assert at[dt.date(1997, 4, 30)].answers["monthly_income"] == 0  # the median of 9,000, nothing and nothing
    assert found.ended == dt.date(1997, 6, 15)


@pytest.mark.parametrize("book", BOOKS)
def test_a_book_that_is_not_there_is_named(book: str, tmp_path: Path) -> None:
    with pytest.raises(BookError, match="accepted: a book that is there"):
        list(read(book, tmp_path, CN))


def test_every_figure_of_the_past_is_an_event_without_fault(tmp_path: Path) -> None:
    for one in _taiwan(tmp_path, {"PAY_5": 1, "PAY_4": 8, "PAY_3": 3, "PAY_2": -2}).told:
        assert problem(one.event, one.known) is None
