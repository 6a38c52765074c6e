"""The same conversation with updates posted to us: Telegram's other way, at the real program's own address."""

import asyncio
import socket
from pathlib import Path

import pytest

from bot import settings, wire
from bot.channels.local import LocalBotApi
from tests.chat import TOKEN, Candor

SECRET = "kD0v-3hJx_9QwZ5tB7nR2mC8sF4gL6aP1yE"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def candor(tmp_path: Path) -> Candor:
    port = free_port()
    made = Candor(tmp_path)
    made.api = LocalBotApi(TOKEN, people=(), proxy=f"http://127.0.0.1:{port}")
    made.settings = settings.load(
        environ={
            "CANDOR_DATA": str(tmp_path),
            "BOT_TOKEN": TOKEN,
            "BOT_WEBHOOK_URL": "https://bot.example/updates",
            "BOT_WEBHOOK_SECRET": SECRET,
            "BOT_WEBHOOK_PORT": str(port),
        }
    )
    return made


async def test_a_conversation_by_webhook(candor: Candor) -> None:
    async with candor:
        li = candor.person(language="en")
        await li.says("/start")
        await candor.quiet()
        assert li.heard("welcome.language")
        polls = [call.method for call in candor.api.log if call.method.lower() == "getupdates"]
        assert polls == []
        assert candor.refused_calls == []


async def test_what_comes_while_we_are_away_is_answered_after_the_start(candor: Candor) -> None:
    async with candor:
        li = candor.person(language="en")
        await li.says("/start")
        await candor.quiet()
        await candor.stop_bot()
        await li.player.say("/help")
        await asyncio.sleep(0.3)
        assert candor.api.pending_updates == 1
        await asyncio.to_thread(wire.prepare, candor.settings)
        await candor.start_bot()
        await candor.quiet()
        assert candor.api.pending_updates == 0
        assert li.heard("help.text")
