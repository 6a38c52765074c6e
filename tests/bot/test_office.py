"""Office hours: by when a question is answered, whatever the hour, the day and the clocks of a place."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import settings
from bot.office import Office
from bot.sections import Support

SUPPORT = msgspec.to_builtins(settings.read_config(settings.ROOT / "config.toml").support)
WEEK = {"days": ("mon", "tue", "wed", "thu", "fri"), "answer_hours": 4}


def office(hours: str = "09:00-18:00", zone: str = "UTC", **changes: object) -> Office:
    given = {**SUPPORT, **WEEK, "hours": hours, "zone": zone, **changes}
    return Office.of(msgspec.convert(given, Support))


def at(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{written}+00:00")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("2026-11-23 10:00", "2026-11-23 14:00"),  # a Monday, within hours
        ("2026-11-23 14:00", "2026-11-23 18:00"),  # to the minute
        ("2026-11-23 16:30", "2026-11-24 11:30"),  # the rest on Tuesday
        ("2026-11-23 03:00", "2026-11-23 13:00"),  # before it opens
        ("2026-11-23 22:00", "2026-11-24 13:00"),  # after it closed
        ("2026-11-27 17:00", "2026-11-30 12:00"),  # Friday, then Monday
        ("2026-11-28 12:00", "2026-11-30 13:00"),  # Saturday
    ],
)
def test_a_promise_counts_open_hours_only(asked: str, answered: str) -> None:
    assert office().promise(at(asked)) == at(answered)


def test_hours_are_those_of_the_place() -> None:
    there = office(zone="America/Mexico_City")  # UTC-6
    assert there.promise(at("2026-11-23 10:00")) == at("2026-11-23 19:00")
    assert there.open_at(at("2026-11-23 15:00"))
    assert not there.open_at(at("2026-11-23 14:59"))
    assert not there.open_at(at("2026-11-28 16:00"))


def test_hours_follow_the_clock_on_the_wall_when_it_is_put_back() -> None:
    there = office(zone="Europe/Madrid", days=["sat", "sun"])
    assert there.promise(at("2026-10-24 06:00")) == at("2026-10-24 11:00")  # still summer: 09:00 is 07:00 UTC
    assert there.promise(at("2026-10-25 06:00")) == at("2026-10-25 12:00")  # winter since the night


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)), st.integers(1, 240))  # noqa: DTZ001 - made aware below
def test_a_promise_is_kept_within_open_hours_and_never_too_early(moment: dt.datetime, hours: int) -> None:
    now, there = moment.replace(tzinfo=dt.UTC), office("08:30-24:00", "Asia/Shanghai", answer_hours=hours)
    promised = there.promise(now)
    assert promised - now >= dt.timedelta(hours=hours)
    assert there.open_at(promised - dt.timedelta(seconds=1))


@pytest.mark.parametrize("wrong", [{"hours": "18:00-09:00"}, {"zone": "Mars/Base"}, {"zone": "../etc"}])
def test_what_makes_no_office_is_refused_by_its_name(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}: "):
        office(**{"hours": "09:00-18:00", "zone": "UTC", **wrong})


@pytest.mark.parametrize("hours", ["9-18", "09:00-25:00", "24:00-24:00", "09:00"])
def test_what_is_no_time_of_day_is_refused(hours: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        office(hours)
