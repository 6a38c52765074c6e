"""How much one request may bring, and all of them together: bytes, parts, seconds.

A body is weighed while it comes in, and read to its end before anything in it is understood, so that no framing hides
its size. Nothing is ever unpacked: no client of a Bot API compresses what it sends.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from bot.channels.local.errors import ApiError, bad_request

UPLOAD_BYTES = 10 * 2**20
"""The largest file: Telegram's limit for a photo. For documents it allows five times that; nothing here needs it."""
FORM_BYTES = 2**20
"""The largest body without a file, and the most that the fields beside a file may have together."""
PARTS = 64
HEAD_BYTES = 8 * 2**10
"""The largest head of one part."""
AT_ONCE_BYTES = 3 * (UPLOAD_BYTES + FORM_BYTES)
"""What all requests together may hold in memory."""
SECONDS = 20.0
"""How long a body may take to arrive."""

Weigh = Callable[[int], None]


def too_large() -> ApiError:
    """413, in Telegram's words."""
    return ApiError(413, "Request Entity Too Large")


class Scales:
    """Weighs the bodies that are in memory."""

    def __init__(self) -> None:
        self._all = 0

    @contextmanager
    def weighing(self) -> Iterator[Weigh]:
        """Weigh one request: the function given adds bytes to it, until the block ends. 429 when the house is full."""
        mine = 0

        def add(size: int) -> None:
            nonlocal mine
            mine += size
            self._all += size
            if self._all > AT_ONCE_BYTES:
                raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)

        try:
            yield add
        finally:
            self._all -= mine


async def read_body(request: web.Request, weigh: Weigh, most: int) -> bytearray:
    """Read a body of at most so many bytes; 400 for a packed one, 413 for a larger one, 408 for one that dawdles."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise bad_request("content encoding is not supported")
    if (request.content_length or 0) > most:
        raise too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.content.iter_any():
                weigh(len(chunk))
                body += chunk
                if len(body) > most:
                    raise too_large()
    except TimeoutError:
        raise ApiError(408, "Request Timeout") from None
    return body
