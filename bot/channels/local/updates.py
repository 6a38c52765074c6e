"""The queue between the people and the bot: updates stay until the bot asks for later ones."""

import asyncio
from itertools import islice, takewhile

from bot.channels.local.errors import conflict
from bot.channels.local.shape import Json
from bot.channels.local.store import Store

_SECOND_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
_LONGEST_POLL = 50
_MOST_UPDATES = 100


class Updates:
    """Numbered updates; at most one poller waits for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: dict[int, Json] = dict(store.rows("updates"))
        self._last = store.last_id("updates")
        self._allowed: list[str] = dict(store.rows("settings")).get("allowed_updates", [])
        self._poller: asyncio.Future[None] | None = None
        self._came = asyncio.Event()

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def allowed(self) -> list[str]:
        """The kinds the bot asked for; empty means all."""
        return self._allowed

    def allow(self, kinds: list[str]) -> None:
        """Queue only these kinds from now on; what is queued already stays."""
        if kinds != self._allowed:
            self._allowed = kinds
            self._store.put("settings", "allowed_updates", kinds)

    def add(self, kind: str, content: Json) -> None:
        """Queue an update, unless the bot does not want its kind."""
        if self._allowed and kind not in self._allowed:
            return
        self._last += 1
        self._pending[self._last] = update = {"update_id": self._last, kind: content}
        self._store.put("updates", self._last, update)
        self._came.set()
        self._wake()

    async def poll(self, offset: int, limit: int, patience: int) -> list[Json]:
        """Confirm what lies before the offset, then wait up to `patience` seconds for something to give."""
        self.confirm(offset)
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(conflict(_SECOND_POLLER))
        if not self._pending and patience > 0:
            await self._wait(min(patience, _LONGEST_POLL))
        return list(islice(self._pending.values(), limit if 1 <= limit <= _MOST_UPDATES else _MOST_UPDATES))

    async def first(self) -> Json:
        """Give the oldest update, as soon as there is one; it stays until it is confirmed."""
        while not self._pending:
            self._came.clear()
            await self._came.wait()
        return next(iter(self._pending.values()))

    def confirm(self, offset: int) -> None:
        """Drop what lies before the offset."""
        first = offset if offset >= 0 else sorted(self._pending)[offset:][0] if self._pending else 0
        for update_id in list(takewhile(lambda known: known < first, self._pending)):  # they are in order
            del self._pending[update_id]
            self._store.drop("updates", update_id)
        self._store.commit()

    def clear(self) -> None:
        """Forget everything unconfirmed."""
        self.confirm(self._last + 1)

    def stop(self) -> None:
        """Let the waiting poller go home with nothing."""
        self._wake()

    async def _wait(self, patience: float) -> None:
        poller = self._poller = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poller, patience)
        except TimeoutError:
            pass
        finally:
            if self._poller is poller:
                self._poller = None

    def _wake(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
