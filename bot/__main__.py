"""`python -m bot COMMAND`: start Candor, or look after its keys, backups, staff and trail. `--help` lists them."""

import argparse
import os
import sys
from typing import NoReturn

from bot import logs, settings
from bot.cli import COMMANDS
from bot.settings import SettingsError
from engine.strict import FileError
from storage.masterkey import VaultError
from storage.selfcheck import WeakDatabase


class _Parser(argparse.ArgumentParser):
    """Answers a mistyped command line without repeating a token that somebody put there."""

    def error(self, message: str) -> NoReturn:
        super().error(logs.scrub(message))


def main() -> int:
    """Run a command; a mistake in the settings is one clear line, never a traceback."""
    parser = _Parser(prog="python -m bot", description="Candor: a credit score that explains itself")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for family in COMMANDS:
        family.add(commands)
    chosen = parser.parse_args()
    try:
        told = settings.load()
        logs.set_up(told.config.logging.level)
        code: int = chosen.call(told, chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our answer has seen enough, as `head` has
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the interpreter's last flush
        return 0
    except (SettingsError, VaultError, WeakDatabase, FileError, logs.LeakError) as mistake:
        print(f"Candor cannot {chosen.command}. {mistake}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
