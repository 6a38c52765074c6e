import datetime as dt
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.watch.figures import Tally
from engine.watch.ledger import ENOUGH, Ledger, Sent, Watched, ledger
from engine.watch.replay import moments, replay
from tests.engine.borrowers import CN, MODEL
from tests.engine.made_events import TODAY, histories
from tests.engine.test_watch_backtest import SEVERAL, past


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days)


def sent(days: int, person: str = "p", rule: str = "late", **told: object) -> Sent:
    return Sent(person=person, rule=rule, on=ago(days), **told)  # type: ignore[arg-type]  # each by its field


def watched(person: str = "p", start: int = 1000, **told: object) -> Watched:
    return Watched(person=person, start=ago(start), **told)  # type: ignore[arg-type]  # each by its field


def of(*log: Sent, book: tuple[Watched, ...] = (watched(),)) -> Ledger:
    return ledger(log, book, TODAY)


def test_an_alert_is_judged_once_it_can_be() -> None:
    assert of(sent(365)).together.undecided == 1
    assert of(sent(365)).together.figures.alerts == 0
    year = of(sent(366)).together
    assert (year.undecided, year.figures.alerts, year.figures.precision.value) == (0, 1, 0)
    right = of(sent(40), book=(watched(default=ago(5)),)).together
    assert (right.undecided, right.figures.precision.value, right.figures.lead, right.missed) == (0, 1, 35, 0)
    repaid = of(sent(40), book=(watched(end=ago(5)),)).together
    assert (repaid.undecided, repaid.figures.precision.value) == (0, 0)
    assert repaid.figures.false.value == pytest.approx(100 / (995 / 30.44))


def test_a_default_without_thirty_days_of_warning_was_missed() -> None:
    book = (watched("a", default=ago(5)), watched("b", default=ago(5)), watched("c", default=ago(5)))
    found = of(sent(34, "a"), sent(35, "b"), book=book).together
    assert found.missed == 2
    assert found.figures.warned.value == pytest.approx(2 / 3)
    after = of(sent(3, "a"), book=book).together
    assert (after.figures.alerts, after.missed) == (0, 3)


def test_contact_and_recovery_are_of_those_who_were_reached() -> None:
    line = of(
        sent(10, contact_hours=2.0, cured=True),
        sent(20, contact_hours=10.0, cured=False),
        sent(30, contact_hours=3.0),
        sent(40),
    ).together
    assert (line.contact_hours, line.cured.value, line.cured.of) == (3.0, 0.5, 2)
    assert of(sent(40)).together.contact_hours is None


def test_a_rule_of_many_false_alerts_is_noisy() -> None:
    book = tuple(watched(f"p{at}", default=ago(1) if at < 3 else None) for at in range(ENOUGH))
    log = [sent(366 if at >= 3 else 50, f"p{at}", "fall") for at in range(ENOUGH)]
    (rule,) = of(*log, book=book).rules
    assert (rule.rule, rule.noisy, rule.figures.precision.value) == ("fall", True, 0.1)
    assert not of(*log[1:], book=book).rules[0].noisy
    better = (*book[:3], *(watched(f"p{at}", default=ago(1)) for at in range(3, 6)), *book[6:])
    assert (
        not of(*log[:3], *(sent(50, f"p{at}", "fall") for at in range(3, 6)), *log[6:], book=better)
        .rules[0]
        .noisy
    )


def test_a_higher_threshold_is_suggested_where_the_small_falls_were_false() -> None:
    book = tuple(watched(f"p{at}", 400, default=ago(1) if at < 20 else None) for at in range(100))
    small = [sent(380, f"p{at}", "fall", points=25) for at in range(20, 100)]
    great = [sent(60, f"p{at}", "fall", points=75) for at in range(20)]
    assert of(*small, *great, book=book).points == 30
    assert of(*great, book=book).points is None  # too few are decided
    assert of(*small, book=book[20:]).points is None  # nobody defaulted: nothing can be said


def test_alerts_outside_of_a_watch_are_not_of_it() -> None:
    assert of(sent(500), book=(watched(start=400),)).together.figures.alerts == 0


@given(st.lists(st.tuples(histories(8), st.booleans()), max_size=6), st.randoms(use_true_random=False))
def test_the_figures_of_the_back_test_come_back_from_the_log(
    borrowers: list[tuple[list[object], bool]], chance: random.Random
) -> None:
    tally, log, book = Tally(), [], []
    for at, (history, bad) in enumerate(borrowers):
        one = msgspec.structs.replace(past(history, chance, bad=bad), id=str(at))  # type: ignore[arg-type]  # events
        days = sorted({raised.on for raised in replay(moments(one, MODEL, CN), SEVERAL)})
        tally.add(days, one.months, one.ended if bad else None)
        log += [Sent(person=one.id, rule="any", on=day) for day in days]
        book.append(
            Watched(person=one.id, start=one.days[0], end=one.ended, default=one.ended if bad else None)
        )
    chance.shuffle(log)
    chance.shuffle(book)
    later = TODAY + dt.timedelta(500)
    found = ledger(log, book, later).together.figures
    assert msgspec.structs.replace(found, false=tally.figures.false) == tally.figures
    for name in ("value", "low", "high", "months"):
        assert getattr(found.false, name) == pytest.approx(getattr(tally.figures.false, name))
