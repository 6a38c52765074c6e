"""What keeps the written chat unreadable without its key."""

import os
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Seal(Protocol):
    """Turns bytes into bytes only the holder of the key can turn back."""

    def seal(self, plain: bytes) -> bytes:
        """Close."""

    def open(self, sealed: bytes) -> bytes:
        """Open again; raises when the bytes were altered or closed with another key."""


class AesSeal:
    """AES-256-GCM under one 32-byte key, a fresh random nonce before every ciphertext."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the key of the local chat must be 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes) -> bytes:
        """Close."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def open(self, sealed: bytes) -> bytes:
        """Open again."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)


class NoSeal:
    """For a store that lives in memory and dies with its process."""

    def seal(self, plain: bytes) -> bytes:
        """Leave as it is."""
        return plain

    def open(self, sealed: bytes) -> bytes:
        """Leave as it is."""
        return sealed
