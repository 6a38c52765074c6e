"""`audit verify | show | take-up`: look after the audit trail."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from storage.anchor import Anchor
    from storage.audit import Verdict
    from storage.database import Database

    Work = Callable[[Database, bytes, Anchor], Awaitable[int]]

LONGEST_SHOWN = 10_000


def add(commands: Any) -> None:
    """Add the commands."""
    family = commands.add_parser("audit", help="check or show the audit trail")
    actions = family.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "verify", help="hold the whole trail against its chain and its anchor; exit 1: something is wrong"
    )
    check.add_argument("--json", action="store_true", help="say it for a program")
    check.add_argument("--anchor", type=Path, metavar="FILE", help="a copy of the anchor, kept elsewhere")
    check.set_defaults(call=verify)
    see = actions.add_parser("show", help="show the last rows")
    see.add_argument("--last", type=_count, default=20, metavar="N", help="how many; default 20")
    see.set_defaults(call=show)
    take = actions.add_parser(
        "take-up", help="go on from the trail as it is: after a restore, or when its anchor was lost"
    )
    take.add_argument(
        "--reason", required=True, metavar="CODE", help="written into the trail, such as restored"
    )
    take.set_defaults(call=take_up)


def verify(told: Settings, chosen: argparse.Namespace) -> int:
    """Check the trail; changes nothing."""
    from storage import audit  # noqa: PLC0415 - heavy
    from storage.anchor import Anchor  # noqa: PLC0415 - heavy

    async def work(database: "Database", key: bytes, anchor: "Anchor") -> int:
        held = Anchor(chosen.anchor, key) if chosen.anchor else anchor
        verdict = await audit.verify(database, key, held)
        print(_as_json(verdict) if chosen.json else _as_text(verdict))
        return 0 if verdict.sound else 1

    return _with_trail(told, work)


def show(told: Settings, chosen: argparse.Namespace) -> int:
    """Show the last rows, oldest first."""
    from storage import audit  # noqa: PLC0415 - heavy

    async def work(database: "Database", _key: bytes, _anchor: "Anchor") -> int:
        async with database.read() as read:
            for row in await audit.newest(read, chosen.last):
                at = "unreadable" if row.at is None else f"{row.at:%Y-%m-%d %H:%M:%S}"
                texts = (row.actor, row.action, row.object, row.reason or "-", row.result)
                print(f"{row.id:>8}  {at:<19}  {'  '.join(_printable(text) for text in texts)}")
        return 0

    return _with_trail(told, work)


def take_up(told: Settings, chosen: argparse.Namespace) -> int:
    """Let the anchor go on from the trail as it is, and write that into the trail. Never over a broken chain."""
    from bot import wire  # noqa: PLC0415 - heavy
    from storage import audit  # noqa: PLC0415 - heavy

    try:
        entry = audit.Entry("shell", "audit.taken-up", "audit", chosen.reason, audit.DONE)
    except ValueError:
        print("--reason: accepted is a short code, such as restored or anchor-lost", file=sys.stderr)
        return 2

    async def work(database: "Database", key: bytes, anchor: "Anchor") -> int:
        verdict = await audit.verify(database, key, anchor)
        print(_as_text(verdict))
        if verdict.sound:
            print("There is nothing to take up.")
            return 0
        if not verdict.whole:
            print("The chain itself is broken; an anchor cannot mend that, so nothing was changed.")
            return 1
        anchor.take_up(verdict.head, wire.now())
        async with database.write() as write:
            head = await audit.append(write, key, [entry], wire.now())
        anchor.note(*head, wire.now())
        print(f"The anchor goes on from row {verdict.head.id}; row {head.id} says so.")
        return 0

    return _with_trail(told, work)


def _with_trail(told: Settings, work: "Work") -> int:
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy

    from bot import wire  # noqa: PLC0415 - heavy
    from storage.anchor import Anchor  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy

    async def opened() -> int:
        async with AsyncExitStack() as stack:
            vault = await wire.open_vault(told)
            stack.push_async_callback(vault.close)
            database = Database(told.database_url)
            stack.push_async_callback(database.close)
            key = vault.secret("audit")
            return await work(database, key, Anchor(told.data / "anchors" / "audit.log", key))

    try:
        return asyncio.run(opened())
    except DBAPIError as trouble:
        name = type(trouble).__name__
        print(f"The database cannot be read ({name}); has `python -m bot migrate` been run?", file=sys.stderr)
        return 2


def _as_text(verdict: "Verdict") -> str:
    outcome = "is sound" if verdict.sound else "is NOT sound"
    lines = [f"The audit trail {outcome}: {verdict.rows} rows read, anchored at row {verdict.anchored}."]
    lines += [f"{finding.fault}: {finding.words}" for finding in verdict.findings]
    return "\n".join([*lines, *(f"note: {remark}" for remark in verdict.remarks)])


def _as_json(verdict: "Verdict") -> str:
    head = {"id": verdict.head.id, "digest": verdict.head.digest.hex()}
    return json.dumps({"sound": verdict.sound, **asdict(verdict), "head": head}, indent=2)


def _printable(text: str) -> str:
    # whoever altered a row may have put a terminal's commands there
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= number <= LONGEST_SHOWN:
        raise argparse.ArgumentTypeError(f"accepted is a number from 1 to {LONGEST_SHOWN}")
    return number
