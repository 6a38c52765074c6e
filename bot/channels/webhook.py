"""Telegram's webhook: a small server that Telegram posts updates to, in place of our fetching them.

It listens on loopback, behind a reverse proxy that speaks TLS. Nothing of a request is read before its secret is
known to be Telegram's, and an update is committed before it is answered: what gets no 200 is sent again.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

log = logging.getLogger(__name__)

Store = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]
"""Commits updates and hands the new ones to whoever handles them; known ones do nothing. Raises if it cannot."""

HEADER = "X-Telegram-Bot-Api-Secret-Token"
HOST = "127.0.0.1"
LARGEST_BODY = 2**20
LARGEST_ID = 2**63 - 1
"""What the inbox's column holds; Telegram's numbers are far below it."""
SECONDS_TO_READ = 10.0
SECONDS_TO_WAIT = 20.0
SECONDS_TO_FINISH = 10.0


class Webhook:
    """Receives updates at one path, from whoever knows the secret."""

    def __init__(self, store: Store, secret: str, path: str = "/") -> None:
        if not secret:
            raise ValueError("a webhook without a secret would take updates from anybody")
        self._store = store
        self._secret = secret.encode()
        self._path = path
        self._runner: web.AppRunner | None = None
        self._turn = asyncio.Lock()

    async def start(self, port: int) -> int:
        """Listen on loopback and give the port; 0 takes a free one. OSError when it is taken."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post(self._path, self._receive)
        app.on_response_prepare.append(_say_little)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # Telegram never compresses; whoever does means to fill our memory
            shutdown_timeout=SECONDS_TO_FINISH,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no more; what is being stored is finished first."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            return web.Response(status=401)
        if (request.content_length or 0) > LARGEST_BODY:
            return web.Response(status=413)
        try:
            async with asyncio.timeout(SECONDS_TO_READ):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        update = _update(body)
        if update is None:
            return web.Response(status=400)
        return web.Response(status=200 if await self._kept(update) else 503)

    async def _kept(self, update: Mapping[str, Any]) -> bool:
        """Store an update; one after the other, because the order they are stored in is the order of a conversation."""
        try:
            async with asyncio.timeout(
                SECONDS_TO_WAIT
            ):  # a commit under way is never cut off, only waiting for it
                await self._turn.acquire()
        except TimeoutError:
            return False
        try:
            await self._store([update])
        except Exception as trouble:  # noqa: BLE001 - whatever went wrong, it is not stored, and Telegram sends it again
            log.warning("an update was not stored: %s", type(trouble).__name__)
            return False
        finally:
            self._turn.release()
        return True


def _update(body: bytes) -> dict[str, Any] | None:
    """Read an update; None for anything that is none."""
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    match found.get("update_id"):
        case bool():
            return None
        case int(number) if 0 <= number <= LARGEST_ID:
            return found
        case _:
            return None


async def _say_little(_: web.Request, response: web.StreamResponse) -> None:
    """Keep the versions of what we run to ourselves."""
    response.headers.pop("Server", None)
