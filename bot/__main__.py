"""`python -m bot run | migrate`: start Candor, or only bring its database up to date."""

import argparse
import asyncio
import sys

from bot import logs, settings
from bot.settings import Settings, SettingsError
from engine.strict import FileError
from storage.vault import VaultError


def main() -> int:
    """Run a command; a mistake in the settings is one clear line, never a traceback."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Candor: a credit score that explains itself"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start the bot (without BOT_TOKEN: with its own chat page)")
    commands.add_parser("migrate", help="bring the database up to date and stop")
    chosen = parser.parse_args()
    try:
        told = settings.load()
        logs.set_up(told.config.logging.level)
        return _run(told) if chosen.command == "run" else _migrate(told)
    except (SettingsError, VaultError, FileError) as mistake:
        print(f"Candor cannot start. {mistake}", file=sys.stderr)
        return 2


def _migrate(told: Settings) -> int:
    from bot import wire  # noqa: PLC0415 - a mistyped setting is answered before anything heavy is loaded

    wire.prepare(told)
    print("The database is up to date.")
    return 0


def _run(told: Settings) -> int:
    from telegram.error import InvalidToken  # noqa: PLC0415

    from bot import wire  # noqa: PLC0415

    wire.prepare(told)
    try:
        asyncio.run(wire.run(told, lambda words: print(words, flush=True)))
    except InvalidToken:
        print("Candor cannot start. BOT_TOKEN: the Bot API does not know this token", file=sys.stderr)
        return 2
    except OSError as trouble:
        print(f"Candor cannot start. CANDOR_PORT {told.port}: {trouble.strerror or trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
