"""Keys that letters are signed with. Only numbers, public halves and dates are stored.

The private half is derived from a secret of the keyring and the key's number. So is the public half, wherever it
counts: whoever owns the database can put a key of their own into the table, and nothing signed by it becomes ours.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import signkeys
from storage.vault import Vault, derive

PURPOSE = "sign"


@dataclass(frozen=True, slots=True)
class Signkey:
    """A key: its number, its public half, and when it was made and retired."""

    number: int
    public: bytes
    made_at: dt.datetime
    retired_at: dt.datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Eight groups of four hexadecimal digits, by which people compare keys."""
        digest = hashlib.sha256(self.public).hexdigest()[:32]
        return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def private(vault: Vault, number: int) -> Ed25519PrivateKey:
    """Derive the private half of a key."""
    return Ed25519PrivateKey.from_private_bytes(derive(vault.secret(PURPOSE), f"sign:{number}"))


def ours(vault: Vault, key: Signkey) -> bool:
    """Say whether a stored key is what its number stands for."""
    return private(vault, key.number).public_key().public_bytes_raw() == key.public


async def every(connection: AsyncConnection) -> list[Signkey]:
    """List all keys, the oldest first."""
    chosen = select(signkeys).order_by(signkeys.c.id)
    return [_key(row) for row in (await connection.execute(chosen)).mappings()]


async def in_use(connection: AsyncConnection, vault: Vault) -> Signkey | None:
    """Give the key that is signed with now; None before the first."""
    chosen = select(signkeys).where(signkeys.c.retired_at.is_(None)).order_by(signkeys.c.id.desc())
    keys = [_key(row) for row in (await connection.execute(chosen)).mappings()]
    return next((key for key in keys if ours(vault, key)), None)


async def current(connection: AsyncConnection, vault: Vault, now: dt.datetime) -> Signkey:
    """Give the key that is signed with now, made if there is none."""
    return await in_use(connection, vault) or await _make(connection, vault, now)


async def rotate(connection: AsyncConnection, vault: Vault, now: dt.datetime) -> Signkey:
    """Put a new key in the place of those in use; what they signed is known by them as before."""
    await connection.execute(update(signkeys).where(signkeys.c.retired_at.is_(None)).values(retired_at=now))
    return await _make(connection, vault, now)


async def _make(connection: AsyncConnection, vault: Vault, now: dt.datetime) -> Signkey:
    number = int(await connection.scalar(select(func.max(signkeys.c.id))) or 0) + 1
    key = Signkey(number, private(vault, number).public_key().public_bytes_raw(), now)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(signkeys).values(id=number, public=key.public, made_at=now)
    await connection.execute(new.on_conflict_do_nothing())  # another process came first, with the same key
    return key


def _key(row: Any) -> Signkey:
    return Signkey(row["id"], row["public"], row["made_at"], row["retired_at"])
