"""The vault: what is personal is stored sealed.

Every person has a data key of their own, kept in the keyring wrapped by the master key: once it is destroyed, nothing
sealed under it can be read, in any copy. A sealed value is AES-256-GCM with a header naming the format and the key;
table, column, row and row version are bound in as associated data (`storage.cells`), so a value moved to another cell,
or put back from an earlier day, does not open. Look-ups use a blind index: HMAC-SHA-256 under a key of that column.
"""

import datetime as dt
import hmac
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import keyring
from storage.database import Database
from storage.keyring import DataKey, KeyDestroyed
from storage.masterkey import KEY_BYTES, MasterKeys, VaultError

__all__ = ["KeyDestroyed", "Sealer", "Vault", "VaultError", "derive", "normalise"]

NONCE_BYTES = 12
FORMAT = 2
HEADER_BYTES = 5
REMEMBERED = 10_000
PURPOSES = ("system", "index", "pin-pepper", "local-chat", "audit", "backup")
"""Keys that belong to no person: for messages to nobody known, look-ups, PINs, the local chat, the trail, backups."""


class Sealer:
    """Seals and opens values under one data key; `id` is its number in the keyring."""

    __slots__ = ("_aead", "_header", "id")

    def __init__(self, key: bytes, key_id: int) -> None:
        self.id = key_id
        self._aead = AESGCM(key)
        self._header = bytes((FORMAT,)) + (key_id & 0xFFFFFFFF).to_bytes(HEADER_BYTES - 1)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt `plain` for the cell named by `place`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, plain, self._header + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt a cell; VaultError when it was altered, moved, put back, or sealed under another key."""
        header, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES + NONCE_BYTES :]
        if header != self._header:
            raise VaultError(f"{place.partition(':')[0]}: sealed in an unknown format or under another key")
        try:
            nonce = sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
            return self._aead.decrypt(nonce, body, header + place.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"{place.partition(':')[0]}: a sealed value does not open") from None


class Vault:
    """All keys in one hand. `open` makes it usable; one per process."""

    system: Sealer

    def __init__(self, masters: MasterKeys, keys: Database, clock: Callable[[], dt.datetime]) -> None:
        self.masters = masters
        self.keys = keys
        self._clock = clock
        self._sealers: OrderedDict[int, Sealer] = OrderedDict()
        self._secrets: dict[str, bytes] = {}

    async def open(self) -> None:
        """Load our own keys, making them at the very first start. VaultError when one of them is missing."""
        async with self.keys.write() as write:
            found = await keyring.ours(write)
            if not found:
                for purpose in PURPOSES:
                    await self.mint(f"@{purpose}", write)
                found = await keyring.ours(write)
        for key in found:
            self._secrets[key.owner[1:]] = self.unwrap(key)
            if key.owner == "@system":
                self.system = self._remember(key)
        if missing := [purpose for purpose in PURPOSES if purpose not in self._secrets]:
            raise VaultError(
                f"the keyring holds no key for {', '.join(missing)}; restore the keyring from its backup"
                + (", or run `python -m bot keys rebuild-index`" if missing == ["index"] else "")
            )

    async def close(self) -> None:
        """Close the keyring."""
        await self.keys.close()

    async def mint(self, owner: str, connection: object = None) -> Sealer:
        """Make a data key for a person (by handle) or a purpose of ours ("@purpose")."""
        key, master = secrets.token_bytes(KEY_BYTES), self.masters.newest
        made = DataKey(keyring.new_id(), owner, None, master)
        stored = DataKey(made.id, owner, self.wrap(made, key), master)
        if connection is None:
            async with self.keys.write() as write:
                await keyring.add(write, stored, self._clock())
        else:
            await keyring.add(connection, stored, self._clock())  # type: ignore[arg-type]  # whoever gives one gives the keyring's own
        return self._remember(stored)

    async def sealer(self, key_id: int) -> Sealer:
        """Give the sealer of one data key; KeyDestroyed when it is no more."""
        found = await self.sealers([key_id])
        if key_id not in found:
            raise KeyDestroyed
        return found[key_id]

    async def sealers(self, key_ids: Collection[int]) -> dict[int, Sealer]:
        """Give sealers by the numbers of their keys, without those that are no more."""
        found = {key_id: self._sealers[key_id] for key_id in key_ids if key_id in self._sealers}
        if wanted := set(key_ids) - found.keys():
            async with self.keys.read() as read:
                stored = await keyring.find(read, wanted)
            found |= {key.id: self._remember(key) for key in stored if key.wrapped is not None}
        return found

    async def destroy(self, owner: str) -> None:
        """Destroy every data key of a person: what was theirs cannot be read any more, here or in any backup."""
        async with self.keys.write() as write:
            await keyring.destroy(write, owner, self._clock())
        self._sealers.clear()

    def wrap(self, key: DataKey, plain: bytes, master: int = 0) -> bytes:
        """Wrap a data key's 32 bytes under a version of the master key (the newest)."""
        version = master or self.masters.newest
        return Sealer(_kek(self.masters.key(version)), version).seal(plain, _place(key))

    def unwrap(self, key: DataKey) -> bytes:
        """Unwrap a data key; KeyDestroyed when there is nothing left to unwrap."""
        if key.wrapped is None:
            raise KeyDestroyed
        return Sealer(_kek(self.masters.key(key.master)), key.master).open(key.wrapped, _place(key))

    def secret(self, purpose: str) -> bytes:
        """Give the 32-byte key of one of our purposes."""
        return self._secrets[purpose]

    def blind_index(self, value: str, column: str) -> bytes:
        """Give a keyed fingerprint by which equal values of one column can be found without being readable."""
        key = derive(self.secret("index"), column)
        return hmac.new(key, normalise(value).encode(), sha256).digest()

    def _remember(self, key: DataKey) -> Sealer:
        sealer = self._sealers[key.id] = Sealer(self.unwrap(key), key.id)
        while len(self._sealers) > REMEMBERED:
            self._sealers.popitem(last=False)
        return sealer


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose from another (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"candor:" + purpose.encode()).derive(key)


def normalise(value: str) -> str:
    """Fold spellings of one identifier together: NFKC, no invisible characters, blanks or dashes, upper case."""
    folded = unicodedata.normalize("NFKC", value)
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cc", "Cf", "Zs", "Pd"}).upper()


def _kek(master: bytes) -> bytes:
    return derive(master, "wrap")


def _place(key: DataKey) -> str:
    return f"data_keys.wrapped:{key.id}:{key.owner}"
