"""A bot's end of the line, bare: calls a method and gives the envelope as it came."""

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]
ALEX, LI = 700002, 700001
TOKEN = "1:LOCAL"


@dataclass
class Client:
    session: aiohttp.ClientSession
    url: str

    async def call(self, method: str, **params: object) -> Json:
        """The envelope, with the HTTP status beside it. Bytes go as uploads, the rest as PTB sends it."""
        form = aiohttp.FormData()
        for name, value in params.items():
            if isinstance(value, bytes):
                form.add_field(name, value, filename=f"{name}.bin")
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        async with self.session.post(
            f"{self.url}/bot{TOKEN}/{method}", data=form if params else None
        ) as response:
            envelope: Json = await response.json()
            return envelope | {"status": response.status}

    async def ok(self, method: str, **params: object) -> Any:
        envelope = await self.call(method, **params)
        assert envelope["ok"], envelope
        assert envelope["status"] == 200
        return envelope["result"]

    async def refused(self, method: str, **params: object) -> str:
        envelope = await self.call(method, **params)
        assert not envelope["ok"], envelope
        assert envelope["status"] == envelope["error_code"]
        return f"{envelope['error_code']} {envelope['description']}"


def png(width: int = 40, height: int = 30, colour: bytes = b"\x0f\x76\x6e") -> bytes:
    """A real picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def inline(*buttons: tuple[str, str]) -> Json:
    return {"inline_keyboard": [[{"text": text, "callback_data": data}] for text, data in buttons]}
