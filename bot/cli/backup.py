"""`backup`, `backups`, `restore`: save everything there is to lose, see what is saved, bring it back."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.clear import clear
from bot.settings import Settings

if TYPE_CHECKING:
    from storage.backups import Backup

WIDTH = "{:<34}  {:<17}  {:>12}  {}"


def add(commands: Any) -> None:
    """Add the commands."""
    save = commands.add_parser("backup", help="save the database and the keyring, encrypted")
    save.add_argument(
        "--verify", action="store_true", help="then restore it into a scratch database and see that it holds"
    )
    save.set_defaults(call=clear(backup))
    show = commands.add_parser("backups", help="list the backups there are")
    show.set_defaults(call=clear(backups))
    back = commands.add_parser(
        "restore", help="put a backup in the place of the database, which is kept under another name"
    )
    back.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a backup of the database")
    back.add_argument("--keyring", type=Path, metavar="FILE", help="the newest backup of the keyring")
    back.set_defaults(call=clear(restore))


def backup(told: Settings, chosen: argparse.Namespace) -> int:
    """Save the database and the keyring now."""
    from bot import wire  # noqa: PLC0415 - heavy
    from bot.services.saving import folders  # noqa: PLC0415 - heavy
    from storage.backups import back_up  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy
    from storage.masterkey import MasterKeys  # noqa: PLC0415 - heavy

    async def work() -> int:
        async with AsyncExitStack() as stack:
            database, keys = Database(told.database_url), Database(told.keyring_url)
            for opened in (database, keys):
                stack.push_async_callback(opened.close)
            masters, (folder, ring) = MasterKeys(told.key_file), folders(told)
            made = await back_up(database, keys, masters, folder, ring, wire.now(), check=chosen.verify)
        people, tables = made.manifest.rows.get("people", 0), len(made.manifest.rows)
        print(f"{made.path}: {made.size:,} bytes, {people:,} people, {tables} tables")
        print(f"{ring}: the newest copy of the keyring")
        print(
            "Restored into a scratch database: it holds." if chosen.verify else "Not tried yet: see --verify."
        )
        return 0

    return asyncio.run(work())


def backups(told: Settings, _chosen: argparse.Namespace) -> int:
    """List what lies in the folders of backups, newest first, and what is known of each."""
    from bot.services.saving import folders  # noqa: PLC0415 - heavy
    from storage.backups import archives  # noqa: PLC0415 - heavy

    folder, ring = folders(told)
    known = asyncio.run(_known(told))
    for place, kind in ((folder, "facts"), (ring, "keyring")):
        found = archives(place, "facts" if kind == "facts" else "keyring")
        print(f"{place}: {len(found) or 'no'} backups of the {kind}")
        for name, at in reversed(found.items()):
            size = (place / name).stat().st_size
            print(WIDTH.format(name, f"{at:%Y-%m-%d %H:%M}Z", f"{size:,}", _state(known.get(name), kind)))
    return 0


def restore(told: Settings, chosen: argparse.Namespace) -> int:
    """Put archives in the place of the current databases."""
    from bot import wire  # noqa: PLC0415 - heavy
    from storage.masterkey import MasterKeys  # noqa: PLC0415 - heavy
    from storage.restoring import restore as bring_back  # noqa: PLC0415 - heavy

    if not chosen.file and not chosen.keyring:
        print("Candor cannot restore. Name a backup, or one of the keyring with --keyring", file=sys.stderr)
        return 2
    done = bring_back(
        chosen.file,
        MasterKeys(told.key_file),
        told.database_url,
        told.keyring_url,
        told.data,
        wire.now(),
        chosen.keyring,
    )
    for manifest in done.manifests:
        people = f", {manifest.rows['people']:,} people" if "people" in manifest.rows else ""
        print(f"Restored: {manifest.kind} of {manifest.made_at[:16]}Z{people}.")
    if done.removed:
        print(f"{done.removed:,} people were removed again: they were erased after this backup was made.")
    if done.keyless:
        print(f"{done.keyless:,} people have no key in the keyring: what is sealed of theirs cannot be read.")
    for name in done.kept:
        print(f"What was there is kept as {name}; delete it when you do not need it any more.")
    if chosen.file:
        print("Before the next start: python -m bot audit take-up --reason restored")
    return 0


async def _known(told: Settings) -> "dict[str, Backup]":
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - heavy

    from storage.backups import listed  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy
    from storage.restoring import exists  # noqa: PLC0415 - heavy

    if not exists(told.database_url):
        return {}
    database = Database(told.database_url)
    try:
        async with database.read() as read:
            return {row.name: row for row in await listed(read)}
    except SQLAlchemyError:  # a damaged database must not hide what could replace it
        return {}
    finally:
        await database.close()


def _state(row: "Backup | None", kind: str) -> str:
    if kind == "keyring":
        return "proved when it was made"
    if row is None:
        return "the database knows nothing of it"
    if row.error:
        return f"NOT to be relied on: {row.error}"
    return f"proved {row.verified_at:%Y-%m-%d %H:%M}Z" if row.verified_at else "never proved"
