"""PINs: hashed with Argon2id behind a pepper, in a thread because that is slow on purpose."""

import asyncio
import hmac
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.vault import Vault

# OWASP's first choice for Argon2id: 19 MiB, two passes; the pepper, kept outside the database, does the rest
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


async def hash_pin(vault: Vault, pin: str) -> str:
    """Give the hash of a PIN."""
    return await asyncio.to_thread(_HASHER.hash, _peppered(vault, pin))


async def check_pin(vault: Vault, pin: str, hashed: str) -> bool:
    """Say whether a PIN belongs to a hash."""

    def verify() -> bool:
        try:
            return _HASHER.verify(hashed, _peppered(vault, pin))
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(verify)


def _peppered(vault: Vault, pin: str) -> bytes:
    return hmac.new(vault.secret("pin-pepper"), pin.encode(), sha256).digest()
