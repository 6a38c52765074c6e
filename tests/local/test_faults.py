"""Trouble on request: refusals, cut connections, slowness."""

import time

import aiohttp
import pytest

from bot.channels.local import Fault, LocalBotApi, flood
from bot.channels.local.params import Call

from .client import ALEX, Client


async def test_floods_and_failures(client: Client, server: LocalBotApi) -> None:
    server.fault = lambda call: flood(7) if call.method == "sendMessage" else Fault()
    envelope = await client.call("sendMessage", chat_id=ALEX, text="x")
    assert envelope["parameters"] == {"retry_after": 7}
    assert envelope["description"] == "Too Many Requests: retry after 7"
    assert await client.refused("getMe") == "500 Internal Server Error"
    server.fault = None
    await client.ok("getMe")
    assert [(call.method, call.code) for call in server.log][-3:] == [
        ("sendMessage", 429),
        ("getMe", 500),
        ("getMe", 200),
    ]


@pytest.mark.parametrize(("after", "arrived"), [(False, 0), (True, 1)])
async def test_a_cut_connection(client: Client, server: LocalBotApi, after: bool, arrived: int) -> None:
    server.fault = lambda _: Fault(drop=True, after=after)
    with pytest.raises(aiohttp.ClientError):
        await client.call("sendMessage", chat_id=ALEX, text="x")
    assert sum(message["from"]["is_bot"] for message in server.person(ALEX).messages()) == arrived


async def test_latency_and_the_log(client: Client, server: LocalBotApi) -> None:
    server.latency = 0.1
    began = time.perf_counter()
    await client.ok("sendMessage", chat_id=ALEX, text="x")
    assert time.perf_counter() - began >= 0.1
    assert (server.log[-1].method, server.log[-1].params) == (
        "sendMessage",
        {"chat_id": str(ALEX), "text": "x"},
    )


async def test_our_own_mistake_is_a_500(
    client: Client, server: LocalBotApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(world: object, call: Call) -> object:
        raise RuntimeError("broken")

    monkeypatch.setitem(
        __import__("bot.channels.local.methods", fromlist=["METHODS"]).METHODS, "getme", broken
    )
    assert await client.refused("getMe") == "500 Internal Server Error"
    assert "broken" in caplog.text
