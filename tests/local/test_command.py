"""`python -m bot.channels.local` in a process of its own."""

import asyncio
import re
import stat
import sys
from pathlib import Path

import aiohttp


async def test_runs_alone(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bot.channels.local",
        "--port",
        "0",
        "--token",
        "5:OWN",
        "--data",
        str(tmp_path),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url = re.findall(r"http://127\.0\.0\.1:\d+", line)[0]
        async with aiohttp.ClientSession() as session, session.get(f"{url}/bot5:OWN/getMe") as response:
            assert (await response.json())["result"]["id"] == 5
    finally:
        process.terminate()
        assert await process.wait() == 0
    assert stat.S_IMODE((tmp_path / "chat.key").stat().st_mode) == 0o600
    assert (tmp_path / "chat.db").exists()
