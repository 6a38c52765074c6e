"""The postman: posts updates to the bot's webhook, one after the other, until each is taken.

A local chat has no name on the internet: `proxy` stands for the reverse proxy behind the webhook's https address, and
gets its path. Without one there are no webhooks here.
"""

import asyncio
import contextlib
from urllib.parse import urlsplit

import aiohttp

from bot.channels.local.updates import Updates

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_PAUSE = 2.0


class Postman:
    """Delivers while a webhook is set. The queue is the same that `getUpdates` reads."""

    def __init__(self, updates: Updates, proxy: str) -> None:
        self._updates = updates
        self.proxy = proxy
        self.url = ""
        self._proof = ""
        self._round: asyncio.Task[None] | None = None

    def set(self, url: str, secret: str) -> None:
        """Deliver to this address from now on; none ends it."""
        self.url, self._proof = url, secret
        if self._round is not None:
            self._round.cancel()
            self._round = None
        if url:
            self._round = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Go home."""
        if self._round is not None:
            self._round.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._round

    async def _deliver(self) -> None:
        pause = 0.05
        headers = {HEADER: self._proof} if self._proof else {}
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                update = await self._updates.first()
                try:
                    async with session.post(self.proxy + urlsplit(self.url).path, json=update) as answer:
                        taken = answer.status // 100 == 2
                except aiohttp.ClientError:
                    taken = False
                if taken:
                    self._updates.confirm(update["update_id"] + 1)
                    pause = 0.05
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
