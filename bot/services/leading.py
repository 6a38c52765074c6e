"""Leading: of all processes on one database, one works, and the others stand by.

Whoever holds the lease renews it. Whoever waits takes it over when they saw it unchanged for its whole length, by
their own clock that never jumps: what anybody's wall clock says decides nothing. The holder counts from before each
renewal and stops sooner, so a process that was paused, or cut off from the database, is still before the next begins.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from bot.services import processes
from storage import leases
from storage.database import Database
from storage.leases import Lease

log = logging.getLogger(__name__)

SURE = 0.75
"""The part of a lease's length for which its holder relies on it after a renewal."""
RENEWALS = 3
LOOKS = 10
"""How often, in the length of a lease, it is renewed, and looked at by who waits."""


class Leading:
    """One process's part in this: `win`, then `hold` while working, then `release`."""

    def __init__(
        self, database: Database, clock: Callable[[], dt.datetime], seconds: float, holder: str = ""
    ) -> None:
        self._database, self._clock, self._seconds = database, clock, seconds
        self._holder = holder or processes.name()
        self._sure_until = 0.0
        self.fence = 0  # of the lease we hold; 0 while we stand by

    @property
    def sure(self) -> bool:
        """Whether nobody else can have begun to work: ask before anything that others see."""
        return self.fence > 0 and asyncio.get_running_loop().time() < self._sure_until

    async def until_sure(self) -> None:
        """Wait while a late renewal leaves it open whether we still may."""
        while not self.sure:  # noqa: ASYNC110 - being sure ends by time passing, which tells nobody
            await asyncio.sleep(self._seconds / LOOKS)

    async def win(self) -> None:
        """Wait until the lease is ours."""
        seen: Lease | None = None
        since, loop = 0.0, asyncio.get_running_loop()
        while True:
            try:
                async with self._database.read() as read:
                    found = await leases.find(read, leases.WORKER)
                if found != seen:
                    seen, since = found, loop.time()
                    if found is not None and found.holder != leases.FREE:
                        log.debug("standing by: %s works", found.holder)
                free = found is None or found.holder == leases.FREE or processes.gone(found.holder)
                if (free or loop.time() - since >= self._seconds) and await self._take(found):
                    return
            except Exception as trouble:  # noqa: BLE001 - whatever keeps the database away, we only wait on
                log.warning("no word about the lease: %s", type(trouble).__name__)
                seen = None  # who could not look does not know for how long nothing happened
            await asyncio.sleep(self._seconds / LOOKS)

    async def hold(self) -> None:
        """Renew the lease for as long as it is ours; ends when somebody else has taken it."""
        while self.fence:
            await asyncio.sleep(self._seconds / RENEWALS)
            began = asyncio.get_running_loop().time()
            try:
                async with self._database.write() as write:
                    mine = await leases.renew(write, leases.WORKER, self.fence, self._until())
            except Exception as trouble:  # noqa: BLE001 - whatever it is, the next renewal may succeed, or come too late
                log.warning("the lease is not renewed yet: %s", type(trouble).__name__)
                continue
            if not mine:
                log.warning("another process works now; standing by")
                self.fence = 0
                return
            self._sure_until = began + self._seconds * SURE

    async def release(self) -> None:
        """Let the next one begin at once."""
        fence, self.fence = self.fence, 0
        if fence:
            try:
                async with self._database.write() as write:
                    await leases.release(write, leases.WORKER, fence)
            except Exception as trouble:  # noqa: BLE001 - it runs out by itself
                log.warning("the lease is left to run out: %s", type(trouble).__name__)

    async def _take(self, seen: Lease | None) -> bool:
        began = asyncio.get_running_loop().time()
        async with self._database.write() as write:
            fence = await leases.take(write, leases.WORKER, seen, self._holder, self._until())
        if fence:
            self.fence, self._sure_until = fence, began + self._seconds * SURE
            log.info("this process works now, the %d. to do so", fence)
        return fence > 0

    def _until(self) -> dt.datetime:
        return self._clock() + dt.timedelta(seconds=self._seconds)
