"""Lanes: one thing after the other for each person, different people at the same time."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

LEFT_SECONDS = 15.0
"""How long a row that went wrong is left alone."""


class Row(Protocol):
    """What is worked on: it stands in a table, under a number."""

    @property
    def id(self) -> int:
        """Give the row's number."""


Item = TypeVar("Item", bound=Row)


class Hands:
    """Which rows are being worked on here, so that none is twice.

    A row comes to us from the transaction that made it, and from looks at its table; a look may show what was finished
    while it was under way.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._finished: set[int] = set()  # since the last look began
        self._left: dict[int, float] = {}

    def __len__(self) -> int:
        """Count the rows in hand."""
        return len(self._held)

    def __contains__(self, row: int) -> bool:
        """Say whether a row is none to begin with: in hand, just finished, or left alone for now."""
        return row in self._held or row in self._finished or row in self._left

    def look(self) -> None:
        """Begin a look: what was finished before it does not show in it."""
        self._finished.clear()
        now = asyncio.get_running_loop().time()
        self._left = {row: until for row, until in self._left.items() if until > now}

    def take(self, row: int) -> bool:
        """Begin with a row; False when it is none to begin with."""
        if row in self:
            return False
        self._held.add(row)
        return True

    def finish(self, row: int) -> None:
        """Let a row go whose end is committed."""
        self._held.discard(row)
        self._finished.add(row)

    def leave(self, row: int, seconds: float = LEFT_SECONDS) -> None:
        """Let a row go that waits on; a later look may take it up again."""
        self._held.discard(row)
        self._left[row] = asyncio.get_running_loop().time() + seconds


class Lanes(Generic[Item]):
    """Per-key queues, each worked off in order by one task while it has anything in it."""

    def __init__(self, work: Callable[[Item], Awaitable[None]], at_once: int) -> None:
        self._work = work
        self._places = asyncio.Semaphore(at_once)
        self._queues: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.hands = Hands()

    def __len__(self) -> int:
        """Count what is queued or being worked on."""
        return len(self.hands)

    def put(self, key: int, item: Item) -> None:
        """Queue an item behind those of the same key, unless it is there already."""
        if not self.hands.take(item.id):
            return
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

    def abandon(self) -> None:
        """Let everything lie as a kill would."""
        for task in self._tasks:
            task.cancel()

    def _goes_on(self) -> bool:
        return not self._stopping

    async def _run(self, key: int) -> None:
        queue = self._queues[key]
        try:
            while queue and self._goes_on():
                item = queue[0]
                async with self._places:
                    if not self._goes_on():  # it was stopped while this waited for a place
                        break
                    try:
                        await self._work(item)
                    except Exception as failure:
                        log.exception("an item was left behind: %s", type(failure).__name__)
                        self.hands.leave(item.id)
                    else:
                        self.hands.finish(item.id)
                queue.popleft()
        finally:
            del self._queues[key]
