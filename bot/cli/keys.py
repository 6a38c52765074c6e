"""`keys`, `rotate-keys`: see how the keys stand, and change them while the bot runs."""

import argparse
import asyncio
import datetime as dt
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from bot.cli import signing
from bot.cli.clear import clear
from bot.settings import Settings

if TYPE_CHECKING:
    from storage.database import Database
    from storage.vault import Vault

    Work = Callable[["Shop"], Awaitable[int]]

ALL = "all"


def add(commands: Any) -> None:
    """Add the commands."""
    family = commands.add_parser("keys", help="show how the keys stand; never a key")
    family.set_defaults(call=clear(status))
    actions = family.add_subparsers(dest="action", metavar="ACTION")
    index = actions.add_parser(
        "rebuild-index",
        help="look people up under a new key, also where that key was lost; stop the bot before",
    )
    index.set_defaults(call=clear(rebuild_index))
    signing.add(actions)
    turn = commands.add_parser(
        "rotate-keys", help="put a new key in the place of the old, also while the bot runs"
    )
    what = turn.add_mutually_exclusive_group()
    what.add_argument(
        "--data",
        nargs="?",
        const=ALL,
        metavar="HANDLE",
        help="not the master key but the data key of one person, or of all",
    )
    what.add_argument(
        "--retire", action="store_true", help="only take out versions of the master key that nothing needs"
    )
    turn.set_defaults(call=clear(rotate))


def status(told: Settings, _chosen: argparse.Namespace) -> int:
    """Count what is wrapped under what."""
    from bot import wire  # noqa: PLC0415 - heavy
    from bot.services.saving import folders  # noqa: PLC0415 - heavy
    from storage import backups, keyring  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy
    from storage.masterkey import MasterKeys  # noqa: PLC0415 - heavy
    from storage.restoring import exists  # noqa: PLC0415 - heavy

    async def count() -> tuple[tuple[int, int, int], dict[int, int]]:
        ring = Database(told.keyring_url)
        try:
            async with ring.read() as read:
                return await keyring.summary(read), await keyring.count_by_master(read)
        finally:
            await ring.close()

    if not exists(told.keyring_url) or not keyring.in_use(told.keyring_url):
        print("There is no keyring yet; it is made at the first start.")
        return 0
    masters = MasterKeys(told.key_file)
    (live, old, gone), keys = asyncio.run(count())
    saved = backups.count_by_master(folders(told))
    print(f"Data keys: {live:,} in use, {old:,} retired and kept for backups, {gone:,} destroyed")
    for version in sorted({*masters.versions, *keys, *saved}):
        state = "in use" if version == masters.newest else "old" if version in masters.versions else "MISSING"
        counts = f"{keys.get(version, 0):,} data keys, {saved.get(version, 0):,} backups"
        print(f"Master key, version {version} ({state}): {counts}")
    for folder, kind in zip(folders(told), ("database", "keyring"), strict=True):
        made = list(backups.archives(folder, "facts" if kind == "database" else "keyring").values())
        age = f"{_age(wire.now() - made[-1])} old" if made else "none"
        print(f"Newest backup of the {kind}: {age}")
    if len(masters.versions) > 1:
        print("A rotation is not finished: python -m bot rotate-keys goes on with it.")
    return 0


def rotate(told: Settings, chosen: argparse.Namespace) -> int:
    """Change the master key, the data keys, or only take out what is old."""
    if chosen.data:
        return _in_shop(told, lambda shop: shop.data_keys(chosen.data))
    return _in_shop(told, Shop.retire if chosen.retire else Shop.master_key)


def rebuild_index(told: Settings, _chosen: argparse.Namespace) -> int:
    """Make the fingerprints by which people are found again, under a new key."""
    from bot import wire  # noqa: PLC0415 - heavy
    from storage import pgtools, reindexing, sqlitefile  # noqa: PLC0415 - heavy
    from storage.archive import ArchiveError  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy

    async def mark(work: "Callable[[Database], Awaitable[Any]]") -> Any:
        database = Database(told.database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    under_way = asyncio.run(mark(lambda database: reindexing.begin(database, wire.now())))
    try:  # from here on no bot starts; is there one that has?
        if told.database_url.startswith("sqlite"):
            with sqlitefile.alone(sqlitefile.path_of(told.database_url)):
                pass
        else:
            pgtools.refuse_if_used(told.database_url)
    except ArchiveError:
        if not under_way:
            asyncio.run(mark(reindexing.give_up))
        raise
    return _in_shop(told, Shop.index, lost=("index",))


class Shop:
    """Where keys are changed: one at a time, with everything open."""

    def __init__(self, told: Settings, vault: "Vault", database: "Database") -> None:
        from bot.services.saving import folders  # noqa: PLC0415 - heavy

        self.told, self.vault, self.database = told, vault, database
        self.folder, self.ring = folders(told)

    async def master_key(self) -> int:
        """Add a version or go on with the last, wrap everything under it, and take the old ones out."""
        from storage import rotation  # noqa: PLC0415 - heavy

        masters = self.vault.masters
        if rotation.under_way(masters):
            print(f"Going on to version {masters.newest} of the master key.")
        else:
            if not await self._approved(f"master:{masters.newest + 1}"):
                return 2
            rotation.begin(masters)
            await self._note("keys.rotate", f"master:{masters.newest}")
            print(f"Version {masters.newest} of the master key is there. Keep a copy of {masters.path} now.")
        broken = await rotation.rewrap(self.vault, Progress("data keys"))
        await self._save_keyring()
        saved = await rotation.rewrap_backups(self.vault, self.folder, self.ring)
        print(f"backups: {saved:,} put under version {masters.newest}")
        if broken:
            print(
                f"{broken:,} data keys do not open; bring the keyring's newest backup back.", file=sys.stderr
            )
        return await self.retire()

    async def retire(self) -> int:
        """Take old versions out of the file, when nothing is wrapped under them."""
        from storage import audit, rotation  # noqa: PLC0415 - heavy

        newest = self.vault.masters.newest
        try:
            gone = await rotation.retire(self.vault, self.folder, self.ring)
        except rotation.InUse as reason:
            await self._note("keys.retire", f"master:{newest}", "in-use", audit.DENIED)
            print(f"Candor cannot retire the old master key: {reason}.", file=sys.stderr)
            return 1
        for version in gone:
            await self._note("keys.retire", f"master:{version}")
        names = ", ".join(f"version {version}" for version in gone) or "nothing"
        print(f"Retired: {names}. Version {newest} is in use.")
        if gone:
            print("A copy of a backup kept elsewhere still needs the key it was made under.")
        return 0

    async def data_keys(self, whose: str) -> int:
        """Bring one person, or everybody, to a new data key."""
        from bot import wire  # noqa: PLC0415 - heavy
        from storage import people, rekeying  # noqa: PLC0415 - heavy

        now = wire.now()
        if whose == ALL:
            if not await rekeying.under_way(self.database) and not await self._approved("data:all"):
                return 2
            await rekeying.renew_all(self.database, self.vault, now)
        else:
            async with self.database.read() as read:
                person = await people.by_handle(read, self.vault, whose)
            if person is None:
                print(f"{whose}: nobody has this handle.", file=sys.stderr)
                return 2
            if not await rekeying.behind(
                self.vault, [(whose, person.sealer.id)]
            ):  # or it was begun, and killed
                if not await self._approved(f"person:{whose}"):
                    return 2
                await rekeying.renew(self.vault, [whose], None, now)
        await self._save_keyring()  # before anything is sealed under a key that is nowhere else
        if whose == ALL:
            moved = await rekeying.move_all(self.database, self.vault, Progress("people"))
        else:
            moved = await rekeying.move(self.database, self.vault, whose)
        await self._note("keys.rotate", "data:all" if whose == ALL else f"person:{whose}")
        print(
            f"{moved.cells:,} cells sealed anew, {moved.damaged:,} damaged, {moved.busy:,} left for the next time."
        )
        return 1 if moved.damaged else 0

    async def index(self) -> int:
        """Make every fingerprint again."""
        from bot import wire  # noqa: PLC0415 - heavy
        from storage import reindexing  # noqa: PLC0415 - heavy

        broken = await reindexing.rebuild(self.database, self.vault, wire.now(), Progress("people"))
        await self._save_keyring()
        await self._note("keys.rebuild-index", "index")
        print(
            "The index is new."
            + (f" {broken:,} profiles do not open and cannot be found by it." if broken else "")
        )
        return 1 if broken else 0

    async def _approved(self, object_: str) -> bool:
        """Use up the approval of a second operator; where nobody is enrolled as operator, none is needed."""
        from bot import wire  # noqa: PLC0415 - heavy
        from bot.services import foureyes  # noqa: PLC0415 - heavy
        from storage import audit  # noqa: PLC0415 - heavy

        async with self.database.write() as write:
            if await foureyes.use(write, "keys.rotate", object_, wire.now()):
                return True
        await self._note("keys.rotate", object_, "not approved", audit.DENIED)
        print(
            f"Candor cannot rotate-keys. It takes two operators: ask for it (python -m bot approvals ask keys.rotate "
            f"{object_}), let an operator agree in the chat (/approvals), and run this again",
            file=sys.stderr,
        )
        return False

    async def _save_keyring(self) -> None:
        from bot import wire  # noqa: PLC0415 - heavy
        from storage import backups  # noqa: PLC0415 - heavy

        made = await backups.save_keyring(self.vault.keys, self.vault.masters, self.ring, wire.now())
        print(f"{made.path.name}: the newest copy of the keyring")

    async def _note(self, action: str, object_: str, reason: str = "-", result: str = "done") -> None:
        from bot import wire  # noqa: PLC0415 - heavy
        from storage import audit, damages  # noqa: PLC0415 - heavy
        from storage.anchor import Anchor, AnchorDamaged  # noqa: PLC0415 - heavy

        now, key = wire.now(), self.vault.secret("audit")
        anchor = Anchor(wire.anchor_of(self.told), key)
        await audit.catch_up(self.database, key, anchor, now)
        found = [audit.Entry("shell", "damage.found", place, "-", audit.FAILED) for place in damages.take()]
        async with self.database.write() as write:
            entries = [*found, audit.Entry("shell", action, object_, reason, result)]
            head = await audit.append(write, key, entries, now)
        try:
            anchor.note(*head, now)
        except (AnchorDamaged, OSError) as trouble:  # the next start catches up
            print(f"The audit trail is not anchored ({type(trouble).__name__}).", file=sys.stderr)


class Progress:
    """Tells on the terminal how far something is, in one line that changes; elsewhere, a line every tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._tenth = -1

    def __call__(self, done: int, total: int) -> None:
        """Say that so many of so many are done."""
        part = done / total if total else 1.0
        if not sys.stdout.isatty() and int(part * 10) == self._tenth and done < total:
            return
        self._tenth = int(part * 10)
        seconds = time.monotonic() - self._began
        words = f"{self._what}: {done:,} of {total:,}, {part:.0%}, {seconds:.0f} s"
        print(
            f"\r{words}" if sys.stdout.isatty() else words,
            end="\n" if done >= total or not sys.stdout.isatty() else "",
            flush=True,
        )


def _in_shop(told: Settings, work: "Work", lost: tuple[str, ...] = ()) -> int:
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy

    from bot import wire  # noqa: PLC0415 - heavy
    from storage.database import Database  # noqa: PLC0415 - heavy
    from storage.snapshot import drafts  # noqa: PLC0415 - heavy

    async def opened() -> int:
        async with AsyncExitStack() as stack:
            stack.enter_context(drafts(told.data / "keys", "rotation"))
            vault = await wire.open_vault(told, lost=lost)
            stack.push_async_callback(vault.close)
            database = Database(told.database_url)
            stack.push_async_callback(database.close)
            return await work(Shop(told, vault, database))

    try:
        return asyncio.run(opened())
    except DBAPIError as trouble:
        name = type(trouble).__name__
        print(f"The database cannot be used ({name}); has `python -m bot migrate` been run?", file=sys.stderr)
        return 2


def _age(span: dt.timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
