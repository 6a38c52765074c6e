"""python-telegram-bot's way to the network, over aiohttp: half the cost of its default, and it never logs a URL.

A URL of the Bot API holds the token.
"""

import json
from typing import Any

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
OK = 200


class NotReached(NetworkError):
    """No connection came about, so the call was surely not carried out."""


class AiohttpRequest(BaseRequest):
    """One pool of connections; safe for concurrent calls."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take where the call does not say."""
        return READ_SECONDS

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read an answer. One that is cut short leaves open what became of the call, and its words belong in no log."""
        try:
            return json.loads(payload)
        except ValueError:
            raise NetworkError("an answer that is no JSON") from None

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - aiohttp has no such limit
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - waiting for a place counts as connecting
    ) -> tuple[int, bytes]:
        """Make one request; gives status and body."""
        if self._session is None:
            raise RuntimeError("the request object is not initialised")
        timeout = aiohttp.ClientTimeout(
            connect=_seconds(connect_timeout, CONNECT_SECONDS), sock_read=_seconds(read_timeout, READ_SECONDS)
        )
        data, headers = _body(request_data)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=timeout
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as trouble:
            raise NotReached(type(trouble).__name__) from None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as trouble:
            raise NetworkError(type(trouble).__name__) from None

    async def download(self, url: str, most: int, seconds: float) -> bytes | None:
        """Get a file of at most `most` bytes as it lies there, unpacking nothing; None when it is larger.

        Raises NetworkError when it does not come whole within the time.
        """
        if self._session is None:
            raise RuntimeError("the request object is not initialised")
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        got = bytearray()
        try:
            async with self._session.get(url, timeout=timeout, auto_decompress=False) as answer:
                if answer.status != OK:
                    raise NetworkError(f"status {answer.status}")
                if (answer.content_length or 0) > most:
                    return None
                async for chunk in answer.content.iter_any():
                    got += chunk
                    if len(got) > most:
                        return None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as trouble:
            raise NetworkError(type(trouble).__name__) from None
        return bytes(got)


def _seconds(given: Any, default: float) -> float:
    return default if given is None or isinstance(given, DefaultValue) else float(given)


def _body(request_data: RequestData | None) -> tuple[Any, dict[str, str]]:
    if request_data is None or not (request_data.parameters or request_data.contains_files):
        return None, {}
    if not request_data.contains_files:
        body = request_data.url_encoded_parameters().encode()
        return body, {"Content-Type": "application/x-www-form-urlencoded"}
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, {}
