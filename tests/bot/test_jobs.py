"""The jobs, on the whole program: what is due is asked of the database, not of the clock's memory."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import jobs, wire
from bot.jobs import Job, Rounds
from bot.services import saving
from bot.services.context import Context
from bot.services.leading import Leading
from storage import audit, backups, marks, periods
from storage.backups import archives
from storage.tables import audit as trail
from tests.chat import Candor

HOUR = dt.timedelta(hours=1)


async def actions(candor: Candor) -> list[str]:
    async with candor.context.database.read() as read:
        return list(await read.scalars(select(trail.c.action).order_by(trail.c.id)))


async def test_a_first_look_saves_everything_and_proves_it(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.quiet()
        rounds = rounds_of(candor)
        await candor.person().says("/start")
        await candor.quiet()
        await rounds.look()
        facts, ring = saving.folders(candor.settings)
        assert len(archives(facts, "facts")) == 1
        assert len(archives(ring, "keyring")) == 1
        async with candor.context.database.read() as read:
            made = await backups.last_good(read)
        assert made is not None
        assert made.verified_at is not None
        await rounds.look()  # nothing is due again
        assert len(archives(facts, "facts")) == 1
        assert (await actions(candor)).count("backup.make") == 1


def rounds_of(candor: Candor, table: Mapping[str, Job] | None = None) -> Rounds:
    return Rounds(candor.context, candor.front.lead, table)


async def test_what_fails_is_tried_again_after_a_pause_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    async def fails(_: Context) -> None:
        ran.append("fails")
        if len(ran) < 3:
            raise OSError("no space left")

    async def works(_: Context) -> None:
        ran.append("works")

    async with Candor(tmp_path) as candor:
        await candor.quiet()
        rounds = rounds_of(candor, {"first": Job(fails, HOUR), "second": Job(works, HOUR)})
        await rounds.look()
        assert ran == ["fails", "works"]
        await rounds.look()
        assert ran == ["fails", "works"], "not before its pause is over"
        rounds._not_before.clear()
        await rounds.look()
        assert ran == ["fails", "works", "fails"]
        await rounds.look()
        assert len(ran) == 3
        await asyncio.gather(*(rounds_of(candor, rounds.jobs).look() for _ in range(3)))
        assert len(ran) == 3, "another worker would know"


async def test_pauses_grow(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.quiet()
        rounds = rounds_of(candor, {})
        now, pauses = asyncio.get_running_loop().time(), []
        for _ in range(12):
            rounds._pause("x")
            pauses.append(rounds._not_before["x"] - now)
        assert pauses == sorted(pauses)
        assert pauses[0] >= jobs.SECONDS_BETWEEN_LOOKS
        assert pauses[-1] <= jobs.LONGEST_PAUSE + 1


async def test_a_night_missed_is_made_up_for_once_and_in_order(tmp_path: Path) -> None:
    ran: list[str] = []

    def note(name: str) -> Job:
        async def work(_: Context) -> None:
            ran.append(name)

        return Job(work, HOUR if name == "hourly" else jobs.DAY)

    async with Candor(tmp_path) as candor:
        await candor.quiet()
        table = {name: note(name) for name in ("hourly", "daily")}
        await rounds_of(candor, table).look()
        later = dataclasses.replace(candor.context, clock=lambda: wire.now() + 25 * HOUR)
        again = Rounds(later, candor.front.lead, table)
        await again.look()
        await again.look()
        assert ran == ["hourly", "daily"] * 2
        back = dataclasses.replace(candor.context, clock=lambda: wire.now() - 10 * dt.timedelta(seconds=1))
        await Rounds(back, candor.front.lead, table).look()
        assert len(ran) <= 6, "a clock set back repeats at most a period nobody had"


async def test_who_does_not_hold_the_lease_runs_nothing(tmp_path: Path) -> None:
    ran: list[int] = []

    async def work(_: Context) -> None:
        ran.append(1)

    async with Candor(tmp_path) as candor:
        await candor.quiet()
        other = Leading(candor.context.database, candor.clock, 60)
        await Rounds(candor.context, other, {"x": Job(work, HOUR)}).look()
        assert ran == []
        other.fence, other._sure_until = (
            candor.front.lead.fence - 1,
            1e12,
        )  # it was paused, and believes that it is
        await Rounds(candor.context, other, {"x": Job(work, HOUR)}).look()
        assert ran == []


@pytest.mark.parametrize(
    ("every", "at", "now", "period"),
    [
        (HOUR, 0, "2026-03-01T12:59:59", "2026-03-01T12:00:00Z"),
        (6 * HOUR, 0, "2026-03-01T11:00:00", "2026-03-01T06:00:00Z"),
        (jobs.DAY, 0, "2026-03-01T00:00:00", "2026-03-01T00:00:00Z"),
        (jobs.DAY, 2, "2026-03-01T01:59:59", "2026-02-28T02:00:00Z"),
        (jobs.DAY, 2, "2026-03-01T02:00:00", "2026-03-01T02:00:00Z"),
        (dt.timedelta(seconds=20), 0, "2026-03-01T12:00:59", "2026-03-01T12:00:40Z"),
    ],
)
def test_a_period_is_named_by_its_beginning(every: dt.timedelta, at: int, now: str, period: str) -> None:
    async def nothing(_: Context) -> None: ...

    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    assert Job(nothing, every, at * HOUR).period(moment) == period


async def test_the_clock_runs_what_is_frequent_beside_what_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, long = asyncio.Event(), asyncio.Event()

    async def takes_long(_: Context) -> None:
        long.set()
        await asyncio.sleep(60)

    async def quick(_: Context) -> None:
        ran.set()

    async with Candor(tmp_path) as candor:
        await candor.quiet()
        table = {"long": Job(takes_long, HOUR), "quick": Job(quick, dt.timedelta(seconds=20))}
        monkeypatch.setattr(jobs, "SECONDS_BETWEEN_LOOKS", 0.05)
        monkeypatch.setattr(jobs, "table", lambda _: table)
        with jobs.running(candor.context, candor.front.lead):
            async with asyncio.timeout(5):
                await long.wait()
                await ran.wait()
        async with candor.context.database.read() as read:
            assert await periods.done(read, "long") == [], "it was cut off"


async def test_the_keyring_s_backup_forgets_the_erased_too(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.quiet()
        rounds = rounds_of(candor)
        li = candor.person()
        await li.says("/start")
        await candor.quiet()
        await rounds.look()
        _, ring = saving.folders(candor.settings)
        before = set(archives(ring, "keyring"))
        await li.says("/delete")
        await candor.quiet()
        await li.presses("=yes")
        await candor.quiet()
        soon = dataclasses.replace(candor.context, clock=lambda: wire.now() + jobs.OFTEN)
        await Rounds(soon, candor.front.lead).look()
        after = set(archives(ring, "keyring"))
        assert len(after) == 1
        assert after != before


async def test_the_trail_is_held_against_its_anchor(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.quiet()
        rounds = rounds_of(candor)
        await rounds.look()
        context = candor.context
        verdict = await audit.verify(context.database, context.vault.secret("audit"), context.anchor)
        assert verdict.sound
        assert verdict.rows >= 1


@pytest.mark.parametrize("whole", [True, False])
async def test_a_job_of_one_transaction_notes_its_period_with_it(tmp_path: Path, whole: bool) -> None:
    async def writes_and_is_killed(context: Context) -> None:
        async with context.database.write() as write:
            await marks.put(write, "work", "done", context.clock())
        raise asyncio.CancelledError

    async with Candor(tmp_path) as candor:
        await candor.quiet()
        table = {"x": Job(writes_and_is_killed, HOUR, whole=whole)}
        with pytest.raises(asyncio.CancelledError):
            await rounds_of(candor, table).look()
        async with candor.context.database.read() as read:
            assert len(await periods.done(read, "x")) == whole
