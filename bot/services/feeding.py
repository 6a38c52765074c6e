"""Feeding: the worker takes up what others put into the inbox and the outbox: replicas, commands, jobs, the hours.

A turn hands on what it made itself. For everything else there is `Context.bell`, rung by whoever commits rows outside
a turn in this process, and a look every half second whoever committed them.
"""

import asyncio
import contextlib
import logging
from math import inf

from bot.services.context import Context
from bot.services.delivery import Courier
from bot.services.lanes import Lanes
from storage import inbox
from storage.inbox import Item

log = logging.getLogger(__name__)

SECONDS = 0.5
AT_A_LOOK = 500
AT_ONCE = 16
"""Items in hand beyond which no more of our own work is taken up: whoever asks now does not wait behind a night's."""
SOON = 0.02


class Feed:
    """Looks for a worker's lanes and courier."""

    def __init__(self, context: Context, lanes: Lanes[Item], courier: Courier) -> None:
        self._context, self._lanes, self._courier = context, lanes, courier
        self._looking = False
        self._more = False  # there was no room for all

    @property
    def busy(self) -> bool:
        """Whether there may be something that is not in hand yet."""
        return self._looking or self._more or self._context.bell.is_set()

    async def run(self) -> None:
        """Look when the bell rings, and every half second."""
        bell = self._context.bell
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), SOON if self._more else SECONDS)
            self._looking = True
            bell.clear()
            try:
                await self.look()
            except Exception as trouble:  # noqa: BLE001 - whatever keeps the database away, the next look may see
                log.warning("could not look for work: %s", type(trouble).__name__)
                await asyncio.sleep(SECONDS)
            finally:
                self._looking = False

    async def look(self) -> None:
        """Take up what waits and is not in hand: every update in its order, and our own work where there is room."""
        hands, context = self._lanes.hands, self._context
        hands.look()
        async with context.database.read() as read:
            told = await inbox.told(read)
            own = await inbox.own(read, len(hands) + AT_A_LOOK)
        own = [row for row in own if row not in hands]
        room = max(AT_ONCE - len(hands), 0)
        self._more = len(own) > room
        rows = sorted([*(row for row in told if row not in hands), *own[:room]])
        if rows:
            async with context.database.write() as write:
                items = await inbox.waiting(write, context.vault, rows)
            for row in set(rows) - {item.id for item in items}:
                hands.leave(row, inf)  # it does not open, which was reported; or it is closed by now
            for item in items:
                self._lanes.put(item.chat_id, item)
        await self._courier.look()
