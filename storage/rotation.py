"""Rotation of the master key while the bot runs: a version is added, everything is wrapped anew, the old one goes.

A version leaves the file only when nothing is wrapped under it, neither a data key nor a kept backup. Where a rotation
stands is read from the file and from what is counted, so one that was killed anywhere goes on when it is called again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storage import backups, damages, keyring
from storage.keyring import DataKey
from storage.masterkey import MasterKeys
from storage.snapshot import drafts
from storage.vault import Vault, VaultError

PAGE = 500
"""Data keys wrapped in one transaction: others wait some thirty milliseconds for it."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Uses:
    """How many data keys and backups are wrapped under each version of the master key."""

    keys: Mapping[int, int]
    backups: Mapping[int, int]

    def beside(self, newest: int) -> int:
        """Count what is under any other version."""
        return sum(
            n for found in (self.keys, self.backups) for version, n in found.items() if version != newest
        )


class InUse(Exception):
    """A version cannot be retired; the message says what is still wrapped under it."""


def under_way(masters: MasterKeys) -> bool:
    """Say whether a rotation was begun and not ended: there is more than one version."""
    masters.reload()
    return len(masters.versions) > 1


def begin(masters: MasterKeys) -> int:
    """Add a version, unless a rotation is under way; gives the one to rotate to."""
    return masters.newest if under_way(masters) else masters.add()


async def rewrap(vault: Vault, progress: Progress) -> int:
    """Wrap every data key under the newest version; gives how many do not open under the version they name.

    Others may make and destroy keys meanwhile. `progress` hears how many are done, and of how many.
    """
    vault.masters.reload()
    newest = vault.masters.newest
    async with vault.keys.read() as read:
        waiting = {v: n for v, n in (await keyring.count_by_master(read)).items() if v != newest}
    done = broken = 0
    for version in sorted(waiting):
        last = 0
        while True:
            async with vault.keys.write() as write:
                page = await keyring.under(write, version, last, PAGE)
                wrapped = _wrapped(vault, page, newest)
                if wrapped:
                    await keyring.rewrap(write, wrapped, newest)
            if not page:
                break
            last, done, broken = page[-1].id, done + len(page), broken + len(page) - len(wrapped)
            progress(done, max(done, sum(waiting.values())))
            await asyncio.sleep(0)
    return broken


async def rewrap_backups(vault: Vault, folder: Path, ring: Path) -> int:
    """Put kept backups under the newest version; gives how many were not.

    The keyring's is to be saved anew before: what is wrapped inside an older copy of it stays as it was.
    """
    with ExitStack() as stack:
        _stop_backups(stack, (folder, ring))
        return await asyncio.to_thread(backups.rewrap, (folder, ring), vault.masters)


async def uses(vault: Vault, folders: Iterable[Path]) -> Uses:
    """Count what is wrapped under each version."""
    async with vault.keys.read() as read:
        return Uses(await keyring.count_by_master(read), backups.count_by_master(folders))


async def retire(vault: Vault, folder: Path, ring: Path) -> tuple[int, ...]:
    """Take every version but the newest out of the file; InUse while anything is wrapped under one of them.

    Nobody can make a data key or a backup between the count and the change of the file.
    """
    with ExitStack() as stack:
        _stop_backups(stack, (folder, ring))
        async with vault.keys.write() as write:
            await keyring.lock(write)
            vault.masters.reload()
            *old, newest = vault.masters.versions
            found = Uses(await keyring.count_by_master(write), backups.count_by_master((folder, ring)))
            if found.beside(newest):
                raise InUse(_told(found, newest))
            for version in old:
                vault.masters.remove(version)
    return tuple(old)


def _wrapped(vault: Vault, page: Iterable[DataKey], newest: int) -> list[tuple[DataKey, bytes]]:
    rows = []
    for key in page:
        vault.masters.key(key.master)  # a version that is missing stops us: it is no damage of this one key
        try:
            rows.append((key, vault.wrap(key, vault.unwrap(key), newest)))
        except VaultError as damage:
            damages.report(damage)
    return rows


def _stop_backups(stack: ExitStack, folders: Iterable[Path]) -> None:
    for folder in folders:
        stack.enter_context(drafts(folder, "backup"))
        for draft in folder.glob(".*.candor.????????"):
            draft.unlink()  # left by a kill: only who holds this lock writes here


def _told(found: Uses, newest: int) -> str:
    parts = [
        f"{n:,} {what} under version {version}"
        for what, counted in (("data keys", found.keys), ("backups", found.backups))
        for version, n in sorted(counted.items())
        if version != newest
    ]
    return f"there are still {', '.join(parts)}; nothing was retired"
