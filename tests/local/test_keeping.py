"""What is written down: everything, sealed, and nothing that was deleted."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography.exceptions import InvalidTag

from bot.channels.local import AesSeal, LocalBotApi

from .client import ALEX, TOKEN, Client, inline, png

KEY = bytes(range(32))


@asynccontextmanager
async def running(folder: Path, session: aiohttp.ClientSession) -> AsyncIterator[tuple[LocalBotApi, Client]]:
    async with LocalBotApi(TOKEN, path=folder / "chat.db", key=KEY) as server:
        yield server, Client(session, server.url)


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_restart_loses_nothing(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with running(tmp_path, session) as (server, client):
        alex = server.person(ALEX)
        await alex.say("one")
        await alex.say("two")
        await client.ok("getUpdates", offset=2)
        await client.ok(
            "sendPhoto", chat_id=ALEX, photo=png(), caption="three", reply_markup=inline(("a", "a"))
        )
        await client.ok("sendMessage", chat_id=ALEX, text="four", reply_markup={"keyboard": [["k"]]})
        await client.ok("setMyDescription", description="about")
        await alex.speak("es")
        before = alex.messages(), alex.keyboard(), alex.person
    async with running(tmp_path, session) as (server, client):
        alex = server.person(ALEX)
        assert (alex.messages(), alex.keyboard(), alex.person) == before
        assert [update["update_id"] for update in await client.ok("getUpdates")] == [2]
        assert (await client.ok("getMyDescription"))["description"] == "about"
        path = (await client.ok("getFile", file_id=alex.messages()[2]["photo"][0]["file_id"]))["file_path"]
        async with session.get(f"{client.url}/file/bot{TOKEN}/{path}") as response:
            assert await response.read() == png()


async def test_numbers_never_come_back(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with running(tmp_path, session) as (server, client):
        last = await server.person(ALEX).say("gone")
        await client.ok("deleteMessage", chat_id=ALEX, message_id=last)
        await client.ok("getUpdates", offset=2)
    async with running(tmp_path, session) as (server, client):
        assert await server.person(ALEX).say("new") == last + 1
        assert [update["update_id"] for update in await client.ok("getUpdates")] == [2]


async def test_the_files_hold_no_plain_text(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with running(tmp_path, session) as (server, client):
        await server.person(ALEX).say("my id is PLANTED-4711")
        await client.ok("sendDocument", chat_id=ALEX, document=b"PLANTED-DOCUMENT", caption="PLANTED-CAPTION")
        assert b"PLANTED" not in _bytes(tmp_path)
        assert b"Morgan" not in _bytes(tmp_path)
    assert b"PLANTED" not in _bytes(tmp_path)
    with pytest.raises(InvalidTag):
        LocalBotApi(TOKEN, path=tmp_path / "chat.db", key=os.urandom(32))


async def test_a_deleted_message_is_gone_even_for_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a seal that seals nothing, what the file holds can be read, and what it no longer holds is missed.
    monkeypatch.setattr(AesSeal, "seal", lambda _, plain: plain)
    monkeypatch.setattr(AesSeal, "open", lambda _, sealed: sealed)
    async with aiohttp.ClientSession() as session, running(tmp_path, session) as (server, client):
        said = await server.person(ALEX).say("my PIN is PLANTED-4711")
        reply = {"message_id": said}
        await client.ok("sendMessage", chat_id=ALEX, text="read it", reply_parameters=reply)
        sent = await client.ok("sendDocument", chat_id=ALEX, document=b"PLANTED-DOCUMENT")
        assert b"PLANTED-4711" in _bytes(tmp_path)
        assert b"PLANTED-DOCUMENT" in _bytes(tmp_path)
        await client.ok("deleteMessages", chat_id=ALEX, message_ids=[said, sent["message_id"]])
        await client.ok(
            "getUpdates", offset=2
        )  # a bot deletes a PIN before it confirms the update that brought it
        assert b"PLANTED" not in _bytes(tmp_path)
        assert b"read it" in _bytes(tmp_path)
        await client.ok("editMessageText", chat_id=ALEX, message_id=said + 1, text="other words")
        assert b"read it" not in _bytes(tmp_path)


def test_a_file_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        LocalBotApi(TOKEN, path=tmp_path / "chat.db")
    with pytest.raises(ValueError, match="32 bytes"):
        AesSeal(b"short")
