"""One process works, the others stand by; who takes over, and when."""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from bot.services import processes
from bot.services.leading import SURE, Leading
from storage import leases
from storage.database import Database
from tests.conftest import NOW

SECONDS = 0.8


def one(database: Database, holder: str = "") -> Leading:
    return Leading(database, lambda: NOW + dt.timedelta(seconds=time.monotonic()), SECONDS, holder)


@asynccontextmanager
async def holding(lead: Leading) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.timeout(5):
        await lead.win()
    task = asyncio.create_task(lead.hold())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def wins_within(lead: Leading, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await lead.win()
    return lead.fence > 0


async def test_the_first_begins_at_once_and_the_second_stands_by(database: Database) -> None:
    first, second = one(database), one(database)
    async with database.write(), database.read():
        pass  # both connections are open
    began = time.monotonic()
    async with holding(first):
        assert time.monotonic() - began < SECONDS
        assert first.sure
        assert not await wins_within(second, 2 * SECONDS)
        assert (first.sure, second.sure) == (True, False)
        await first.release()
        assert await wins_within(second, SECONDS)
        assert second.fence == 2
        await second.release()


async def test_who_gives_no_sign_of_life_is_followed_and_had_stopped_before(database: Database) -> None:
    paused, second = one(database, "elsewhere-1"), one(database, "elsewhere-2")
    async with asyncio.timeout(5):
        await paused.win()  # and renews nothing from here on
    began, sure_for = time.monotonic(), 0.0
    winning = asyncio.create_task(second.win())
    while not winning.done():
        if paused.sure:
            sure_for = time.monotonic() - began
        await asyncio.sleep(0.005)
    assert SECONDS * SURE - 0.3 < sure_for < SECONDS
    assert time.monotonic() - began >= SECONDS
    async with asyncio.timeout(5):
        await paused.hold()  # it comes back, and finds that it was followed
    assert paused.fence == 0
    await second.release()


async def test_a_holder_whose_renewal_was_late_goes_on_where_nobody_followed(database: Database) -> None:
    lead = one(database)
    async with asyncio.timeout(5):
        await lead.win()
    await asyncio.sleep(SECONDS)
    assert not lead.sure
    async with holding_on(lead):
        async with asyncio.timeout(5):
            await lead.until_sure()
        assert lead.fence == 1


@asynccontextmanager
async def holding_on(lead: Leading) -> AsyncIterator[None]:
    task = asyncio.create_task(lead.hold())
    yield
    task.cancel()
    await asyncio.wait({task})


async def test_many_want_it_and_one_gets_it(database: Database) -> None:
    leads = [one(database, f"p{n}") for n in range(6)]
    tasks = [asyncio.create_task(lead.win()) for lead in leads]
    async with asyncio.timeout(5):
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert sorted(lead.fence for lead in leads) == [0] * 5 + [1]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_what_the_wall_clocks_say_decides_nothing(database: Database) -> None:
    first = one(database, "p1")
    for hours in (-1, 1):
        off = Leading(database, partial(NOW.__add__, dt.timedelta(hours=hours)), SECONDS, f"off{hours}")
        async with holding(first):
            assert not await wins_within(off, 1.5 * SECONDS)
            await first.release()


async def test_a_holder_killed_on_this_machine_is_followed_at_once(database: Database) -> None:
    script = "from bot.services import processes; print(processes.name(), flush=True); input()"
    child = subprocess.Popen(
        (sys.executable, "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert not processes.gone(name)
    async with database.write() as write:
        await leases.take(write, leases.WORKER, None, name, NOW)
    second = one(database)
    assert not await wins_within(second, SECONDS / 2)
    child.kill()
    assert await wins_within(second, SECONDS / 2 + 0.3)  # nobody has waited for the child: it is a zombie
    child.communicate()
    assert processes.gone(name)


@pytest.mark.parametrize("name", ["", "p1", "elsewhere-1-1", "-1-1"])
def test_of_a_process_elsewhere_nothing_is_known(name: str) -> None:
    assert not processes.gone(name)


def test_a_name_says_which_process_and_fits_its_column() -> None:
    name = processes.name()
    assert len(name) <= 40
    assert not processes.gone(name)
    place, pid, began = name.split("-")
    assert pid == str(os.getpid())
    assert processes.gone(f"{place}-{pid}-{int(began) - 1}"), "the number was given to another since"
