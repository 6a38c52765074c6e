"""`scam`: messages checked as the bot does it, so that a support lead can measure a change on messages of her own.

It needs no database and no key. docs/scam.md shows how to use it.
"""

import argparse
import sys
from typing import Any

from bot.cli import lines
from bot.settings import Settings

VERDICTS = {"scam": "scam", "suspicious": "suspicious", "no_sign": "no sign found"}


def add(commands: Any) -> None:
    """Add the command."""
    scam = commands.add_parser("scam", help="check messages (JSON lines: id, text) for loan scams")
    scam.add_argument("--types", action="store_true", help="list the types with their names")
    scam.add_argument(
        "--lang", metavar="LANG", default="", help="the language of the names; default: the fallback"
    )
    scam.set_defaults(call=call)


def call(told: Settings, chosen: argparse.Namespace) -> int:
    """Check messages as they come, or list the types. Exit 1: a line was none, or the language is not known."""
    language = chosen.lang or told.config.bot.fallback_language
    if language not in told.config.bot.languages:
        print(f"--lang {language}: accepted: {', '.join(told.config.bot.languages)}", file=sys.stderr)
        return 1
    return _types(language) if chosen.types else _check()


def _types(language: str) -> int:
    from bot import i18n  # noqa: PLC0415 - heavy
    from bot.views.scams import type_of  # noqa: PLC0415 - heavy
    from engine.scam import TYPES  # noqa: PLC0415 - heavy

    locale = i18n.locale(language)
    for kind in TYPES:
        lines.say({"type": kind, "name": locale.plain(type_of(kind))})
    return 0


def _check() -> int:
    from engine.scam import check  # noqa: PLC0415 - heavy

    def respond(text: str) -> dict[str, Any]:
        found = check(text)
        cues = [cue.words for cue in found.cues]
        return {"verdict": VERDICTS[found.verdict], "type": found.kind, "cues": cues}

    return lines.answer(respond, '{"id": 1, "text": "Pay the fee first"}')
