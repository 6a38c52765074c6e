"""getUpdates: waiting, confirming, one poller at a time."""

import asyncio

from bot.channels.local import LocalBotApi

from .client import ALEX, Client


async def _ids(client: Client, **params: object) -> list[int]:
    return [update["update_id"] for update in await client.ok("getUpdates", **params)]


async def test_updates_stay_until_a_higher_offset(client: Client, server: LocalBotApi) -> None:
    for text in "abc":
        await server.person(ALEX).say(text)
    assert await _ids(client) == [2, 3, 4]
    assert await _ids(client, limit=2) == [2, 3]
    assert await _ids(client, offset=3) == [3, 4]
    assert await _ids(client) == [3, 4]
    assert await _ids(client, offset=-1) == [4]
    assert await _ids(client) == [4]
    assert await _ids(client, offset=5) == []
    assert server.pending_updates == 0


async def test_a_poll_waits_for_news(client: Client, server: LocalBotApi) -> None:
    poll = asyncio.create_task(_ids(client, timeout=10))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await server.person(ALEX).say("news")
    assert await asyncio.wait_for(poll, 1) == [2]


async def test_a_second_poller_ends_the_first(client: Client, server: LocalBotApi) -> None:
    first = asyncio.create_task(client.refused("getUpdates", timeout=10))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(_ids(client, timeout=10))
    assert await asyncio.wait_for(first, 1) == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await server.person(ALEX).say("news")
    assert await asyncio.wait_for(second, 1) == [2]


async def test_only_allowed_kinds_are_queued(client: Client, server: LocalBotApi) -> None:
    await _ids(client, allowed_updates=["message"])
    await server.person(ALEX).block()
    await server.person(ALEX).block(blocked=False)
    await server.person(ALEX).say("x")
    (update,) = await client.ok("getUpdates")
    assert update["message"]["text"] == "x"


async def test_stopping_does_not_wait_for_the_poller(server: LocalBotApi, client: Client) -> None:
    poll = asyncio.create_task(_ids(client, timeout=50))
    await asyncio.sleep(0.05)
    await asyncio.wait_for(server.stop(), 2)
    assert await poll == []
