"""What happens in the chat, told to whoever watches: open pages, and tests that wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.channels.local.shape import Json


class Events:
    """A stream that any number of watchers follow from the moment they join."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[Json | None]] = set()

    def tell(self, kind: str, chat_id: int | None = None, **details: object) -> None:
        """One thing happened."""
        event = {"kind": kind, "chat_id": chat_id, **details}
        for queue in self._watchers:
            queue.put_nowait(event)

    def end(self) -> None:
        """Send every watcher home."""
        for queue in self._watchers:
            queue.put_nowait(None)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Json | None]]:
        """Events from now on; None is the last."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)
