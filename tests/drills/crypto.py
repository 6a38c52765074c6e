"""T11: `python -m tests.drills.crypto`: sealed values moved, put back and altered by somebody who owns the database.

Each must be refused where it is opened, told by whoever reads it, and keep nobody from an answer. Then what was
confided is looked for, byte by byte, in every file there is.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import logging
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import (
    backups,
    damages,
    inbox,
    keyring,
    migrate,
    outbox,
    people,
    pins,
    rekeying,
    rights,
    rotation,
    snapshot,
    staff,
    tables,
)
from storage.cells import VERSION, seal, unseal
from storage.database import Database, sync_url
from storage.masterkey import MasterKeys
from storage.tables import CHAT
from storage.vault import Vault, VaultError
from tests.drills import cells
from tests.drills.backup import create, postgresql
from tests.drills.cells import Cell
from tests.journeys import test_damage
from tests.storage import sample

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
BY_CHANCE = 0.02
"""Which part of the swaps is tried where each look into the keyring is a connection to a server."""


@dataclass
class Report:
    """What the drill found."""

    swapped: int = 0
    replayed: int = 0
    flipped: int = 0
    read: int = 0
    turns: int = 0
    canaries: int = 0
    files: int = 0
    size: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        tried = f"{self.swapped:,} swapped, {self.replayed:,} put back, {self.flipped:,} bits flipped"
        told = (
            f"{self.read:,} read by their keepers and told, {self.turns} kinds of damage answered in the chat"
        )
        looked = f"{self.canaries} canaries looked for in {self.files:,} files of {self.size / 2**20:.0f} MiB"
        return f"T11 | {tried}, {told} | {looked} | opened, untold, unanswered or found: {len(self.problems)}"


class _RolledBack(Exception):
    """Nothing of an attack is to stay."""


async def refused(vault: Vault, cell: Cell, row: Mapping[str, Any], key_id: int = 0) -> bool:
    """Say whether a cell of a row that was tampered with does not open."""
    try:
        unseal(cell.table, await vault.sealer(key_id or cell.key_id), row, cell.column)
    except VaultError:
        return True
    return False


async def swap(database: Database, vault: Vault, part: float, rng: random.Random, report: Report) -> None:
    """Put every value into every other cell: alone, with its row's version, and for messages with its key."""
    found = [cell async for cell in cells.every(database)]
    for target in found:
        for source in found:
            if source is target or rng.random() > part:
                continue
            row = {**target.row, target.column: source.value}
            tries = [(row, 0)]
            if source.table is target.table or rng.random() < 0.1:
                versioned = {**row, VERSION: source.row[VERSION]}
                tries += [(versioned, 0)]
                if target.table in CHAT and source.row.get("chat_id") != target.row["chat_id"]:
                    tries += [(versioned, source.key_id)]
            for tampered, key_id in tries:
                report.swapped += 1
                if not await refused(vault, target, tampered, key_id):
                    report.problems.append(f"{source} opened as {target}")
        await asyncio.sleep(0)


async def put_back(database: Database, vault: Vault, report: Report) -> None:
    """Put the former value into its own cell."""
    async for cell in cells.every(database):
        sealer = await vault.sealer(cell.key_id)
        plain = unseal(cell.table, sealer, cell.row, cell.column)
        written = {**cell.row, **seal(cell.table, sealer, cell.row, **{cell.column: plain})}
        assert unseal(cell.table, sealer, written, cell.column) == plain
        report.replayed += 1
        if not await refused(vault, cell, {**written, cell.column: cell.value}):
            report.problems.append(f"{cell}: an old value was taken")


async def flip(database: Database, vault: Vault, report: Report) -> None:
    """Flip every bit of one cell of each column, and cut it everywhere."""
    sampled = {str(cell): [cell] for cell in [cell async for cell in cells.every(database)]}
    for (cell,) in sampled.values():
        value = cell.value
        spoilt = [value[:at] for at in range(len(value))]
        for bit in range(len(value) * 8):
            broken = bytearray(value)
            broken[bit // 8] ^= 1 << bit % 8
            spoilt.append(bytes(broken))
        for each in spoilt:
            report.flipped += 1
            if not await refused(vault, cell, {**cell.row, cell.column: each}):
                report.problems.append(f"{cell}: altered, it opens")


async def read(database: Database, vault: Vault, many: int, rng: random.Random, report: Report) -> None:
    """Tamper in the database itself, and let the keepers read: each must say so, and nothing else may happen."""
    found = [cell async for cell in cells.every(database)]
    for number in range(many):
        target = found[number % len(found)]
        other = rng.choice([cell for cell in found if cell is not target])
        value = rng.choice([other.value, target.value[:-1] + bytes([target.value[-1] ^ 1]), b"", b"\x02"])
        damages.take()
        with contextlib.suppress(_RolledBack):
            async with database.write() as write:
                change = update(target.table).where(*target.here)
                await write.execute(change.values({target.column: value}))
                report.read += 1
                try:
                    await _keepers(write, vault, target)
                    told = bool(damages.take())
                except VaultError:
                    told = True  # whoever asked tells it
                except Exception as trouble:  # noqa: BLE001 - that is what is looked for
                    told = False
                    report.problems.append(f"{target}: {type(trouble).__name__}")
                if not told:
                    report.problems.append(f"{target}: nobody told")
                raise _RolledBack


async def _keepers(write: AsyncConnection, vault: Vault, cell: Cell) -> None:
    if cell.table in CHAT:
        await (inbox if cell.table.name == "inbox" else outbox).waiting(write, vault)
        return
    number = cell.row["id" if cell.table.name == "people" else "person_id"]
    handle = await write.scalar(select(tables.people.c.handle).where(tables.people.c.id == number))
    person = await people.by_handle(write, vault, str(handle))
    assert person is not None
    await rights.export(write, person)
    await pins.hash_of(write, person)
    await staff.grants(write, person)


async def look_for(database: Database, vault: Vault, folder: Path, many: int, report: Report) -> None:
    """Let people confide what occurs nowhere else, change keys, save, and look for it in every file under a folder."""
    marks, plain = sample.MARKS, b"first example bank"
    canaries: list[str] = []
    handles = []
    for number in range(many):
        drawn = {name: f"canary-{name}-{secrets.token_hex(6)}" for name in marks}
        sample.MARKS = drawn
        person = await sample.fill(database, vault, 90_000 + number)
        handles.append(person.handle)
        canaries += drawn.values()
    sample.MARKS = marks
    for handle in handles[::2]:
        await rekeying.rekey(database, vault, handle, NOW)
    masters, saved = vault.masters, folder / "backups"
    await asyncio.to_thread(snapshot.make, database.url, masters, saved, NOW)
    rotation.begin(masters)
    await rotation.rewrap(vault, lambda *_: None)
    await backups.save_keyring(vault.keys, masters, folder / "keys" / "backups", NOW)
    await rotation.rewrap_backups(vault, saved, folder / "keys" / "backups")
    if not database.sqlite:
        with psycopg.connect(
            sync_url(database.url).set(drivername="postgresql").render_as_string(False)
        ) as server:
            server.execute("CHECKPOINT")
    report.canaries += len(canaries)
    forms = {form: word for word in canaries for form in _forms(word)}
    seen = False
    for path in sorted(
        each for each in folder.rglob("*") if each.is_file()
    ):  # the database is open, and its log there
        content = path.read_bytes()
        report.files += 1
        report.size += len(content)
        seen = seen or plain in content.lower()
        if any(form in content for form in _forms("canary-")):
            report.problems += [f"{path.name}: {word}" for form, word in forms.items() if form in content]
    if not seen:
        report.problems.append("what is not sealed was not found either: nothing was looked at")


def _forms(word: str) -> tuple[bytes, ...]:
    return word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()


async def attack(url: str, folder: Path, crowd: int, reads: int, rng: random.Random, report: Report) -> None:
    """Do everything on one kind of database."""
    folder.mkdir(parents=True, exist_ok=True)
    keys_url = f"sqlite+aiosqlite:///{folder / 'keys' / 'keyring.db'}"
    masters = MasterKeys.make(folder / "keys" / "master.key")
    await asyncio.to_thread(migrate.upgrade, url)
    keyring.make(keys_url)
    vault, database = Vault(masters, Database(keys_url), lambda: NOW), Database(url)
    try:
        await vault.open()
        for number in range(crowd):
            await sample.fill(database, vault, 1000 + number, f"2190999{number:02d}")
        await swap(database, vault, 1.0 if database.sqlite else BY_CHANCE, rng, report)
        await put_back(database, vault, report)
        await flip(database, vault, report)
        await read(database, vault, reads, rng, report)
        await look_for(database, vault, folder, crowd, report)
    finally:
        await vault.close()
        await database.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.crypto", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 people instead of 20")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    crowd, reads = (4, 100) if chosen.quick else (20, 1000)
    print(f"seed {chosen.seed}", flush=True)
    logging.disable(logging.CRITICAL)  # every damage is logged, and that is not what is looked at here
    report, rng = Report(), random.Random(chosen.seed)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory(prefix="candor-crypto-") as name, contextlib.ExitStack() as stack:
        root = Path(name)
        for variable in ("TMPDIR", "SQLITE_TMPDIR"):  # what is put aside is looked at, too
            os.environ[variable] = str(root)
        tempfile.tempdir = str(root)
        new_url: Callable[[], str] = stack.enter_context(postgresql(root))
        for kind in ("sqlite", "postgresql"):
            folder = root / kind
            folder.mkdir()
            url = create(new_url()) if kind == "postgresql" else f"sqlite+aiosqlite:///{folder / 'candor.db'}"
            looked = root if kind == "postgresql" else folder
            asyncio.run(attack(url, looked, crowd, reads, rng, report))
            talk = create(new_url()) if kind == "postgresql" else "sqlite"
            if kind == "postgresql":
                migrate.upgrade(talk)
            try:
                asyncio.run(
                    test_damage.test_every_damaged_kind_of_value_leaves_an_answer(root / f"chat-{kind}", talk)
                )
                report.turns += 5
            except AssertionError as problem:
                report.problems.append(f"in the chat: {problem}")
            print(f"{kind}: {report}", flush=True)
    print(*report.problems[:50], sep="\n")
    print(report)
    return 0 if not report.problems and report.canaries >= 2 * crowd * 10 else 1


if __name__ == "__main__":
    sys.exit(main())
