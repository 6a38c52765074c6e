"""Saving: backups of the database and the keyring, made and proved by a restore into a scratch database."""

import dataclasses
from pathlib import Path

from bot.services import trail
from bot.services.context import Context
from bot.settings import Settings
from storage import audit, backups, erasures, marks
from storage.archive import ArchiveError
from storage.audit import Entry
from storage.backups import Scheme

KEYRING_SAVED = "keyring.saved"


def folders(told: Settings) -> tuple[Path, Path]:
    """Name the folders of the facts' and of the keyring's backups."""
    return told.data / "backups", told.data / "keys" / "backups"


def scheme(context: Context) -> Scheme:
    """Give how long backups are kept."""
    config = context.settings.config.backups
    return Scheme(**{field.name: getattr(config, field.name) for field in dataclasses.fields(Scheme)})


async def save(context: Context) -> None:
    """Back up, restore the backup into a scratch database, drop what is too old; the trail tells how it went."""
    facts, ring = folders(context.settings)
    masters, now = context.vault.masters, context.clock()
    try:
        made = await backups.back_up(
            context.database, context.vault.keys, masters, facts, ring, now, scheme=scheme(context)
        )
    except ArchiveError:
        await trail.record(context, [Entry(trail.CLOCK, "backup.make", "facts", "-", audit.FAILED)], now)
        raise
    await trail.record(context, [Entry(trail.CLOCK, "backup.make", made.path.name)], now)


async def refresh_keyring(context: Context) -> None:
    """Replace the keyring's backup where somebody was erased since: their keys must not come back with it."""
    async with context.database.read() as read:
        erased = await erasures.last_settled(read)
        saved = await marks.find(read, KEYRING_SAVED)
    if erased is None or (saved is not None and saved.at > erased):
        return
    now = context.clock()
    _, ring = folders(context.settings)
    await backups.save_keyring(context.vault.keys, context.vault.masters, ring, now)
    async with context.database.write() as write:
        await marks.put(write, KEYRING_SAVED, "done", now)
