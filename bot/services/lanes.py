"""Lanes: one thing after the other for each person, different people at the same time."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
log = logging.getLogger(__name__)


class Lanes(Generic[Item]):
    """Per-key queues, each worked off in order by one task while it has anything in it."""

    def __init__(self, work: Callable[[Item], Awaitable[None]], at_once: int) -> None:
        self._work = work
        self._places = asyncio.Semaphore(at_once)
        self._queues: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def __len__(self) -> int:
        """Count what is queued or being worked on."""
        return sum(len(queue) for queue in self._queues.values())

    def put(self, key: int, item: Item) -> None:
        """Queue an item behind those of the same key."""
        queue = self._queues.get(key)
        if queue is not None:
            queue.append(item)
            return
        self._queues[key] = deque([item])
        task = asyncio.create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Finish the items in hand and start no others; what is queued lies in the database."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, key: int) -> None:
        queue = self._queues[key]
        try:
            while queue and not self._stopping:
                async with self._places:
                    try:
                        await self._work(queue[0])
                    except Exception as failure:
                        log.exception("an item was left behind: %s", type(failure).__name__)
                queue.popleft()
        finally:
            del self._queues[key]
