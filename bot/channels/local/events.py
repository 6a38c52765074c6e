"""What happens in the chat, told to whoever watches: open pages, and tests that wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.channels.local.shape import Json


class Events:
    """A stream that any number of watchers follow from the moment they join."""

    def __init__(self) -> None:
        self._watchers: dict[asyncio.Queue[Json | None], int | None] = {}

    def tell(self, kind: str, chat_id: int | None = None, **details: object) -> None:
        """One thing happened."""
        event = {"kind": kind, "chat_id": chat_id, **details}
        for queue, wanted in self._watchers.items():
            if wanted in {None, chat_id}:
                queue.put_nowait(event)

    def end(self) -> None:
        """Send every watcher home."""
        for queue in self._watchers:
            queue.put_nowait(None)

    @contextmanager
    def watch(self, chat_id: int | None = None) -> Iterator[asyncio.Queue[Json | None]]:
        """Events from now on, of one chat or of all; None is the last."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._watchers[queue] = chat_id
        try:
            yield queue
        finally:
            del self._watchers[queue]
