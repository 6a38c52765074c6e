"""`run`, `api` and `migrate`: start the bot, only its HTTP interface, or only bring its databases up to date."""

import argparse
import asyncio
import sys
from typing import Any

from bot.settings import Settings


def add(commands: Any) -> None:
    """Add the commands."""
    start = commands.add_parser("run", help="start the bot (without BOT_TOKEN: with its own chat page)")
    start.set_defaults(call=run)
    lone = commands.add_parser("api", help="serve lenders' programs alone, beside a bot that runs elsewhere")
    lone.set_defaults(call=api)
    up = commands.add_parser("migrate", help="bring the databases up to date and stop")
    up.set_defaults(call=migrate)


def run(told: Settings, _chosen: argparse.Namespace) -> int:
    """Run the bot until it is told to stop."""
    from telegram.error import InvalidToken  # noqa: PLC0415 - heavy: after the settings are known to be right

    from bot import wire  # noqa: PLC0415 - heavy
    from bot.services.opening import NotApproved  # noqa: PLC0415 - heavy

    wire.prepare(told)
    try:
        asyncio.run(wire.run(told, lambda words: print(words, flush=True)))
    except InvalidToken:
        print("Candor cannot run. BOT_TOKEN: the Bot API does not know this token", file=sys.stderr)
        return 2
    except NotApproved as missing:
        print(f"Candor cannot run. {missing}", file=sys.stderr)
        return 2
    except OSError as trouble:
        port = f"BOT_WEBHOOK_PORT {told.webhook_port}" if told.webhook_url else f"CANDOR_PORT {told.port}"
        print(f"Candor cannot run. {port}: {trouble.strerror or trouble}", file=sys.stderr)
        return 2
    return 0


def api(told: Settings, _chosen: argparse.Namespace) -> int:
    """Serve the HTTP interface until it is told to stop."""
    from bot import wire  # noqa: PLC0415 - heavy
    from bot.services.opening import NotApproved  # noqa: PLC0415 - heavy

    wire.prepare(told)
    try:
        asyncio.run(wire.serve(told, lambda words: print(words, flush=True)))
    except NotApproved as missing:
        print(f"Candor cannot serve. {missing}", file=sys.stderr)
        return 2
    return 0


def migrate(told: Settings, _chosen: argparse.Namespace) -> int:
    """Bring the databases up to date."""
    from bot import wire  # noqa: PLC0415 - heavy

    wire.prepare(told)
    print("The database is up to date.")
    return 0
