import asyncio
from collections import defaultdict

import pytest

from bot.services.lanes import Lanes


async def settle(lanes: Lanes[int]) -> None:
    async with asyncio.timeout(5):
        while len(lanes):
            await asyncio.sleep(0)


async def test_one_persons_things_are_done_in_their_order_and_others_meanwhile() -> None:
    done: dict[int, list[int]] = defaultdict(list)
    busy: set[int] = set()
    most = 0

    async def work(item: int) -> None:
        nonlocal most
        key = item % 7
        assert key not in busy, "two things of one person at once"
        busy.add(key)
        most = max(most, len(busy))
        await asyncio.sleep(0.001 * (item % 3))
        busy.remove(key)
        done[key].append(item)

    lanes: Lanes[int] = Lanes(work, at_once=4)
    for item in range(140):
        lanes.put(item % 7, item)
    await settle(lanes)
    assert all(items == sorted(items) and len(items) == 20 for items in done.values())
    assert most == 4


async def test_what_goes_wrong_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def work(item: int) -> None:
        if item == 1:
            raise ValueError
        done.append(item)

    lanes: Lanes[int] = Lanes(work, at_once=1)
    for item in (1, 2, 3):
        lanes.put(5, item)
    await settle(lanes)
    assert done == [2, 3]
    assert "an item was left behind: ValueError" in caplog.text


async def test_stopping_finishes_what_is_in_hand_and_starts_nothing() -> None:
    started, finished = asyncio.Event(), []

    async def work(item: int) -> None:
        started.set()
        await asyncio.sleep(0.01)
        finished.append(item)

    lanes: Lanes[int] = Lanes(work, at_once=1)
    for item in range(5):
        lanes.put(1, item)
    await started.wait()
    await lanes.stop()
    assert finished == [0]


async def test_a_lane_that_ran_empty_opens_again() -> None:
    done = []

    async def work(item: int) -> None:
        done.append(item)
        if item < 3:
            lanes.put(1, item + 1)  # work that gives itself more

    lanes: Lanes[int] = Lanes(work, at_once=1)
    lanes.put(1, 0)
    await settle(lanes)
    lanes.put(1, 9)
    await settle(lanes)
    assert done == [0, 1, 2, 3, 9]
