import asyncio
from collections import defaultdict
from dataclasses import dataclass

import pytest

from bot.services.lanes import Hands, Lanes


@dataclass(frozen=True)
class Row:
    id: int


async def settle(lanes: Lanes[Row]) -> None:
    async with asyncio.timeout(5):
        while len(lanes):
            await asyncio.sleep(0)


async def test_one_persons_things_are_done_in_their_order_and_others_meanwhile() -> None:
    done: dict[int, list[int]] = defaultdict(list)
    busy: set[int] = set()
    most = 0

    async def work(row: Row) -> None:
        nonlocal most
        item = row.id
        key = item % 7
        assert key not in busy, "two things of one person at once"
        busy.add(key)
        most = max(most, len(busy))
        await asyncio.sleep(0.001 * (item % 3))
        busy.remove(key)
        done[key].append(item)

    lanes: Lanes[Row] = Lanes(work, at_once=4)
    for item in range(140):
        lanes.put(item % 7, Row(item))
    await settle(lanes)
    assert all(items == sorted(items) and len(items) == 20 for items in done.values())
    assert most == 4


async def test_what_goes_wrong_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def work(row: Row) -> None:
        if row.id == 1:
            raise ValueError
        done.append(row.id)

    lanes: Lanes[Row] = Lanes(work, at_once=1)
    for item in (1, 2, 3):
        lanes.put(5, Row(item))
    await settle(lanes)
    assert done == [2, 3]
    assert "an item was left behind: ValueError" in caplog.text


async def test_stopping_finishes_what_is_in_hand_and_starts_nothing() -> None:
    started, finished = asyncio.Event(), []

    async def work(row: Row) -> None:
        started.set()
        await asyncio.sleep(0.01)
        finished.append(row.id)

    lanes: Lanes[Row] = Lanes(work, at_once=1)
    for item in range(5):
        lanes.put(1, Row(item))
    await started.wait()
    await lanes.stop()
    assert finished == [0]


async def test_a_lane_that_ran_empty_opens_again() -> None:
    done = []

    async def work(row: Row) -> None:
        done.append(row.id)
        if row.id < 3:
            lanes.put(1, Row(row.id + 1))  # work that gives itself more

    lanes: Lanes[Row] = Lanes(work, at_once=1)
    lanes.put(1, Row(0))
    await settle(lanes)
    lanes.put(1, Row(9))
    await settle(lanes)
    assert done == [0, 1, 2, 3, 9]


async def test_a_row_that_comes_by_two_ways_is_done_once() -> None:
    done, going_on = [], asyncio.Event()

    async def work(row: Row) -> None:
        await going_on.wait()
        done.append(row.id)

    lanes: Lanes[Row] = Lanes(work, at_once=4)
    lanes.hands.look()  # a look at the table begins and sees the row,
    lanes.put(1, Row(1))
    lanes.put(1, Row(1))  # which is in hand already,
    going_on.set()
    await settle(lanes)
    lanes.put(1, Row(1))  # or finished when the look ends
    await settle(lanes)
    assert done == [1]
    lanes.hands.look()
    lanes.put(1, Row(1))  # a look that began after its end shows that it waits again
    await settle(lanes)
    assert done == [1, 1]


async def test_what_went_wrong_is_left_alone_for_a_while() -> None:
    hands = Hands()
    assert hands.take(1)
    hands.leave(1, 0.05)
    hands.look()
    assert not hands.take(1)
    await asyncio.sleep(0.06)
    hands.look()
    assert hands.take(1)


async def test_what_is_abandoned_ends_in_the_middle() -> None:
    begun, ended = asyncio.Event(), False

    async def work(_: Row) -> None:
        nonlocal ended
        begun.set()
        await asyncio.sleep(60)
        ended = True

    lanes: Lanes[Row] = Lanes(work, at_once=1)
    lanes.put(1, Row(1))
    await begun.wait()
    lanes.abandon()
    await lanes.stop()
    assert not ended


async def test_what_waits_for_a_place_is_not_begun_after_a_stop() -> None:
    done: list[int] = []
    go_on = asyncio.Event()

    async def work(row: Row) -> None:
        await go_on.wait()
        done.append(row.id)

    lanes: Lanes[Row] = Lanes(work, at_once=1)
    for number in range(50):
        lanes.put(number, Row(number))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(lanes.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert done == [0]
