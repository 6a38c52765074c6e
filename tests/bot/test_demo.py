"""The demonstration's people and months: the same from the same seed, whole, and with bearably many warnings."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

import engine
from bot.demo.clock import Clock
from bot.demo.crowd import FIRST_CHAT, OF, SHARES, Borrower, crowd, history
from bot.demo.months import happened, to_guest
from bot.services import records, scoring
from bot.settings import ROOT, read_config
from engine import Pack
from engine.watch import Event, Reading, Standing, current, fold, problem, warnings
from engine.watch.standing import later
from tests.engine.borrowers import PACKS

TODAY = dt.date(2026, 11, 23)
MODEL = engine.load()
RULES = read_config(ROOT / "config.toml").watch.when
MONTHS = 14


def sent(told: Sequence[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, sender="lender:1") for event in told]


def reading(one: Borrower, told: Sequence[Event], day: dt.date, pack: Pack) -> tuple[Reading, Standing]:
    standing = fold(told, day, pack)
    answers = {name: records.plain(answer) for name, answer in standing.over(one.said).items()}
    result = MODEL.score(engine.record(scoring.usable(answers, pack, {"score"}), pack), pack)
    names = [band.name for band in MODEL.bands]
    place = names.index(result.band)
    return Reading(score=result.score, band=result.band, place=place, pd=result.pd), standing


def test_the_same_seed_gives_the_same_people() -> None:
    first, again = (list(crowd(1, 50, PACKS[2], TODAY)) for _ in range(2))
    assert first == again
    assert first != list(crowd(2, 50, PACKS[2], TODAY))
    assert len({one.reference for one in first}) == len({one.chat for one in first}) == 50
    assert all(one.chat < FIRST_CHAT for one in first)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: str(pack.id))
@pytest.mark.parametrize("today", [TODAY, dt.date(2028, 2, 29), dt.date(2027, 1, 31), dt.date(2026, 4, 27)])
def test_everything_told_could_be_told_by_a_lender(pack: Pack, today: dt.date) -> None:
    names: Counter[tuple[int, str]] = Counter()
    for one in crowd(1, OF, pack, today):
        told = list(history(one, today))
        assert all(problem(event, today) is None for event in told)
        for month in range(1, MONTHS):
            news = happened(one, month, later(today, month - 1), later(today, month))
            assert all(problem(event, later(today, month)) is None for event in news), one.story
            assert all(later(today, month - 1) < event.on <= later(today, month) for event in news)
            told += news
        assert len(current(sent(told))) == len(told), "two events have one name"
        names.update((one.number, event.kind) for event in told)
    assert {kind for _, kind in names} >= {
        "instalment_paid",
        "instalment_late",
        "balance",
        "default",
        "income",
    }


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: str(pack.id))
def test_each_month_has_some_warnings_and_no_flood(pack: Pack) -> None:
    found: Counter[int] = Counter()
    for one in crowd(1, OF, pack, TODAY):
        told = sent(list(history(one, TODAY)))
        best, _ = reading(one, told, TODAY, pack)
        for month in range(1, MONTHS):
            day = later(TODAY, month)
            news = sent(happened(one, month, later(TODAY, month - 1), day))
            told += news
            now, standing = reading(one, told, day, pack)
            if warnings(RULES, best, now, news, standing, day):
                found[month] += 1
                best = now
                assert one.story != "steady"
            elif now.score > best.score:
                best = now
    assert all(4 <= found[month] <= 14 for month in range(1, MONTHS)), found
    assert sum(SHARES.values()) < OF // 3


def test_somebody_real_is_late_twice_and_then_pays() -> None:
    told: list[Event] = []
    days = [later(TODAY, month) for month in range(7)]
    for before, after, until in zip([TODAY, *days], days, days[1:], strict=False):
        told += to_guest("G-1", TODAY, before, after, until)
    standing = fold(sent(told), days[-1], PACKS[2])
    assert [one.days for one in standing.lates if one.paid] == [30, 31]
    assert standing.days_past_due == {}
    assert [event.days for event in told if event.kind == "instalment_late"] == [9, 20]


def test_the_clock_goes_forward_only() -> None:
    base = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    clock = Clock(lambda: base)
    clock.forward(31)
    clock.forward(3)
    assert clock() == base + dt.timedelta(days=31)
