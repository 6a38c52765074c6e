"""`python -m bot.channels.local`: the local chat alone, for a bot that runs in a process of its own."""

import argparse
import asyncio
import os
import secrets
import signal
import sys
from pathlib import Path

from bot.channels.local.server import LocalBotApi


def read_key(path: Path) -> bytes:
    """Read the 32 bytes of this file; it is made first, for its owner's eyes only, when there is none."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.local", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one (default %(default)s)")
    parser.add_argument(
        "--token", default="1:LOCAL", help="what the bot must call itself (default %(default)s)"
    )
    parser.add_argument("--data", type=Path, help="directory to keep the chat in; without it, in memory only")
    parser.add_argument(
        "--key-file", type=Path, help="32 bytes that seal the chat (default DATA/chat.key, made at need)"
    )
    parser.add_argument(
        "--latency", type=float, default=0.0, help="seconds added to every call (default %(default)s)"
    )
    return parser.parse_args(arguments)


async def _interruption() -> None:
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    await interrupted.wait()


async def run(options: argparse.Namespace) -> None:
    """Serve until interrupted."""
    path = key = None
    if options.data is not None:
        options.data.mkdir(parents=True, exist_ok=True)
        path, key = options.data / "chat.db", read_key(options.key_file or options.data / "chat.key")
    server = LocalBotApi(options.token, path=path, key=key, latency=options.latency)
    try:
        url = await server.start(options.host, options.port)
        sys.stdout.write(f"Chat page {url}/   Bot API {url}/bot<token>/METHOD\n")
        sys.stdout.flush()
        await _interruption()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(run(_options(None)))
