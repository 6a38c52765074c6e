"""What stands in the way of a command that works on backups and keys, in one clear line."""

import argparse
import sys
from collections.abc import Callable

from bot.settings import Settings

Command = Callable[[Settings, argparse.Namespace], int]


def clear(command: Command) -> Command:
    """Answer what is wrong with an archive in one line, with exit code 2."""

    def call(told: Settings, chosen: argparse.Namespace) -> int:
        from storage.archive import ArchiveError  # noqa: PLC0415 - heavy

        try:
            return command(told, chosen)
        except ArchiveError as mistake:
            print(f"Candor cannot {chosen.command}. {mistake}", file=sys.stderr)
            return 2

    return call
