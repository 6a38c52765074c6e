"""The webhook over real sockets: who may post, what is an update, and that 200 means stored."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot import settings, wire
from bot.channels.webhook import HEADER, LARGEST_BODY, LARGEST_ID, Webhook
from bot.services import intake
from storage.inbox import Item
from storage.tables import inbox

SECRET = "kN3-webhook_secret-of-a-test-0123456789"
PATH = "/from-telegram"


class Inbox:
    """Stores as the real one does: by number, once; and fails when told to."""

    def __init__(self) -> None:
        self.kept: dict[int, Mapping[str, Any]] = {}
        self.effects: list[int] = []
        self.asked = 0
        self.trouble: Exception | None = None

    async def store(self, updates: Sequence[Mapping[str, Any]]) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        for update in updates:
            if update["update_id"] not in self.kept:
                self.kept[update["update_id"]] = update
                self.effects.append(update["update_id"])


class Poster:
    """Telegram's part, and an attacker's."""

    def __init__(self, session: aiohttp.ClientSession, root: str, inbox: Inbox) -> None:
        self._session, self._root, self.inbox = session, root, inbox

    async def send(
        self,
        body: Any,
        secret: str | None = SECRET,
        path: str = PATH,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, Mapping[str, str]]:
        given = dict(headers or {}) | ({} if secret is None else {HEADER: secret})
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._session.request(method, self._root + path, data=raw, headers=given) as answer:
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    inbox = Inbox()
    webhook = Webhook(inbox.store, SECRET, PATH)
    port = await webhook.start(0)
    async with aiohttp.ClientSession() as session:
        yield Poster(session, f"http://127.0.0.1:{port}", inbox)
    await webhook.stop()


def update(number: int = 1, text: str = "hello") -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": text},
    }


async def test_an_update_is_stored_before_it_is_answered(poster: Poster) -> None:
    status, body, headers = await poster.send(update(5))
    assert (status, body) == (200, "")
    assert poster.inbox.kept == {5: update(5)}
    assert "Server" not in headers


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", SECRET[:-1], SECRET + "0", SECRET.swapcase(), f" {SECRET}x", "é", "𝟘" * 40]
)
async def test_without_the_secret_nothing_is_told_and_nothing_is_kept(
    poster: Poster, secret: str | None
) -> None:
    status, body, _ = await poster.send(update(), secret=secret)
    assert (status, body) == (401, "")
    assert poster.inbox.asked == 0


async def test_a_body_is_not_read_before_the_secret_is_known(poster: Poster) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(poster._root.rpartition(":")[2]))
    writer.write(
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: wrong\r\nContent-Length: 1000\r\n\r\n".encode()
    )
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 2)  # not a byte of the body was sent
    assert b" 401 " in line
    writer.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_taken(poster: Poster, method: str) -> None:
    status, _, _ = await poster.send(b"", method=method)
    assert status == 405
    assert poster.inbox.asked == 0


@pytest.mark.parametrize(
    "path", ["/", "/other", PATH + "/", PATH + "/x", "//from-telegram", "/../etc/passwd"]
)
async def test_only_one_path_is_there(poster: Poster, path: str) -> None:
    status, _, _ = await poster.send(update(), path=path)
    assert status == 404
    assert poster.inbox.asked == 0


@pytest.mark.parametrize("said", [True, False], ids=["said", "unsaid"])
async def test_a_body_too_large_is_refused(poster: Poster, said: bool) -> None:
    large = json.dumps(update(text="x" * 2 * 2**20)).encode()
    length = f"Content-Length: {len(large)}" if said else "Transfer-Encoding: chunked"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(poster._root.rpartition(":")[2]))
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\n{length}\r\n\r\n".encode())
    writer.write(large if said else f"{len(large):x}\r\n".encode() + large + b"\r\n0\r\n\r\n")
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert poster.inbox.asked == 0
    assert (await poster.send(update()))[0] == 200  # the next one is served


async def test_the_largest_body_passes(poster: Poster) -> None:
    body = json.dumps(update())[:-1] + " " * (LARGEST_BODY - len(json.dumps(update()))) + "}"
    assert len(body) == LARGEST_BODY
    assert (await poster.send(body.encode()))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"7", b'"text"', b"[]", b'[{"update_id": 1}]', b"{}", b'{"update_id": null}',
        b'{"update_id": "1"}', b'{"update_id": 1.0}', b'{"update_id": 1e3}', b'{"update_id": true}',
        b'{"update_id": -1}', b'{"update_id": NaN}',
        b'{"update_id": 1} {"update_id": 2}', b'\xff\xfe{"update_id": 1}', b'\xef\xbb\xbf{"update_id": 1}',
        b'{"update_id": 1, "message": {"text": "\\ud800"}}', b"[" * 100_000, b'{"update_id":' * 50_000,
        f'{{"update_id": {LARGEST_ID + 1}}}'.encode(), b'{"update_id": ' + b"9" * 5000 + b"}",
        gzip.compress(b'{"update_id": 1}', mtime=0), b"update_id=1",
    ],
)  # fmt: skip
async def test_what_is_no_update_is_refused_and_not_kept(poster: Poster, body: bytes) -> None:
    assert (await poster.send(body))[0] == 400
    assert poster.inbox.asked == 0


async def test_a_compressed_body_is_not_unpacked(poster: Poster) -> None:
    bomb = gzip.compress(b" " * 50 * 2**20 + b'{"update_id": 1}')
    assert len(bomb) < LARGEST_BODY
    status, _, _ = await poster.send(bomb, headers={"Content-Encoding": "gzip"})
    assert status == 400
    assert poster.inbox.asked == 0


async def test_an_update_told_a_hundred_times_has_one_effect(poster: Poster) -> None:
    answers = await asyncio.gather(*(poster.send(update(9)) for _ in range(100)))
    answers += [await poster.send(update(number)) for number in (10, 3, 9, 10)]  # old ones too, in any order
    assert {status for status, _, _ in answers} == {200}
    assert sorted(poster.inbox.effects) == [3, 9, 10]


async def test_what_is_not_stored_is_asked_for_again(
    poster: Poster, caplog: pytest.LogCaptureFixture
) -> None:
    poster.inbox.trouble = RuntimeError("the disk is full of hello")
    status, body, _ = await poster.send(update(text="hello"))
    assert (status, body) == (503, "")
    assert "an update was not stored: RuntimeError" in caplog.text
    assert "hello" not in caplog.text
    poster.inbox.trouble = None
    status, _, _ = await poster.send(update(text="hello"))
    assert status == 200
    assert poster.inbox.effects == [1]


async def test_a_slow_sender_is_shown_out(poster: Poster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.webhook.SECONDS_TO_READ", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(poster._root.rpartition(":")[2]))
    writer.write(
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nContent-Length: 100\r\n\r\n{{".encode()
    )
    await writer.drain()
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 2)
    writer.close()


async def test_what_is_being_stored_is_finished_before_the_door_closes() -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    kept: list[Mapping[str, Any]] = []

    async def slowly(updates: Sequence[Mapping[str, Any]]) -> None:
        entered.set()
        await release.wait()
        kept.extend(updates)

    webhook = Webhook(slowly, SECRET, PATH)
    port = await webhook.start(0)
    async with aiohttp.ClientSession() as session:
        poster = Poster(session, f"http://127.0.0.1:{port}", Inbox())
        sending = asyncio.create_task(poster.send(update()))
        await entered.wait()
        stopping = asyncio.create_task(webhook.stop())
        await asyncio.sleep(0.05)
        release.set()
        assert (await sending)[0] == 200
        await stopping
        assert kept == [update()]
        with pytest.raises(aiohttp.ClientConnectionError):
            await poster.send(update(2))


async def test_it_listens_on_this_machine_only(poster: Poster) -> None:
    assert poster._root.startswith("http://127.0.0.1:")
    with pytest.raises(ValueError, match="without a secret"):
        Webhook(poster.inbox.store, "")


async def test_updates_are_stored_one_after_the_other_and_none_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.webhook.SECONDS_TO_WAIT", 0.1)
    release = asyncio.Event()
    at_once: list[int] = []
    most = 0

    async def slowly(updates: Sequence[Mapping[str, Any]]) -> None:
        nonlocal most
        at_once.append(1)
        most = max(most, len(at_once))
        await release.wait()
        at_once.pop()

    webhook = Webhook(slowly, SECRET, PATH)
    port = await webhook.start(0)
    async with aiohttp.ClientSession() as session:
        poster = Poster(session, f"http://127.0.0.1:{port}", Inbox())
        first = asyncio.create_task(poster.send(update(1)))
        await asyncio.sleep(0.02)
        assert (await poster.send(update(2)))[0] == 503  # it is sent again, and found no harm done
        release.set()
        assert (await first)[0] == 200
        assert (await poster.send(update(2)))[0] == 200
    await webhook.stop()
    assert most == 1


async def test_a_hundred_repeats_are_one_row_of_the_real_inbox(tmp_path: Path, database_url: str) -> None:
    environ = {"CANDOR_DATA": str(tmp_path), "DATABASE_URL": database_url, "BOT_TOKEN": "1:TEST"}
    told = settings.load(environ=environ)
    wire.prepare(told)
    context = await wire.build(told)
    handed: list[Item] = []

    async def store(updates: Sequence[Mapping[str, Any]]) -> None:
        handed.extend(await intake.take_in(context, updates))

    webhook = Webhook(store, SECRET, PATH)
    port = await webhook.start(0)
    try:
        async with aiohttp.ClientSession() as session:
            poster = Poster(session, f"http://127.0.0.1:{port}", Inbox())
            answers = await asyncio.gather(*(poster.send(update(900)) for _ in range(100)))
            answers += [await poster.send(update(number)) for number in (901, 3, 900, 3)]
            answers += [
                await poster.send({"update_id": 902, "channel_post": {"chat": {"id": 1, "type": "channel"}}})
            ]
            broken = [
                await poster.send({"update_id": 903, "message": shape})
                for shape in (5, "x", [1], {"chat": 7})
            ]
            async with context.database.read() as read:
                rows = (await read.execute(select(inbox.c.update_id).order_by(inbox.c.id))).scalars().all()
    finally:
        await webhook.stop()
        await context.database.close()
        await context.vault.close()
    assert {status for status, _, _ in answers} == {200}
    assert [row for row in rows if row in {900, 901, 3}] == [900, 901, 3]
    assert [item.payload["update_id"] for item in handed] == [900, 901, 3]
    assert {status for status, _, _ in broken} <= {200, 503}  # never a 500, and never a row
    assert 903 not in rows
