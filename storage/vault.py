"""The vault: what is personal is stored sealed.

Every person has a data key of their own, kept in the keyring wrapped by the master key: once it is destroyed, nothing
sealed under it can be read, in any copy. A sealed value is AES-256-GCM with a header naming the format and the key;
table, column, row and row version are bound in as associated data (`storage.cells`), so a value moved to another cell,
or put back from an earlier day, does not open. Look-ups use a blind index: HMAC-SHA-256 under a key of that column.

A person may come to a new data key while others read and write (`storage.rotation`). Whoever holds the old sealer opens
what is under the new key all the same, and the other way round: the header says which of the owner's keys to fetch.
"""

import datetime as dt
import hmac
import logging
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import partial
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import keyring
from storage.database import Database
from storage.keyring import DataKey, KeyDestroyed
from storage.masterkey import KEY_BYTES, MasterKeys, VaultError

__all__ = ["Broken", "KeyDestroyed", "Sealer", "Vault", "VaultError", "derive", "header_of", "normalise"]

log = logging.getLogger(__name__)

NONCE_BYTES = 12
FORMAT = 2
HEADER_BYTES = 5
REMEMBERED = 10_000
PURPOSES = ("system", "index", "pin-pepper", "local-chat", "audit", "backup", "sign")
"""Keys that belong to no person: for messages to nobody known, look-ups, PINs, the local chat, the trail, backups,
and for what is signed."""

LATER = ("sign",)
"""Those that a keyring from before may lack: nothing in a database opens by them alone."""


class Sealer:
    """Seals and opens values under one data key; `id` is its number in the keyring.

    `kin` finds the sealer of another key of the same owner by a header that is not this one's.
    """

    __slots__ = ("_aead", "_header", "_kin", "id")
    usable = True

    def __init__(self, key: bytes, key_id: int, kin: "Kin | None" = None) -> None:
        self.id = key_id
        self._kin = kin
        self._aead = AESGCM(key)
        self._header = header_of(key_id)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt `plain` for the cell named by `place`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, plain, self._header + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt a cell; VaultError when it was altered, moved, put back, or sealed under another key."""
        header, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES + NONCE_BYTES :]
        if header != self._header:
            if self._kin and (other := self._kin(header)):
                return other.open(sealed, place)
            raise VaultError(f"{place.partition(':')[0]}: sealed in an unknown format or under another key")
        try:
            nonce = sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
            return self._aead.decrypt(nonce, body, header + place.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"{place.partition(':')[0]}: a sealed value does not open") from None

    def sealed(self, value: bytes) -> bool:
        """Say whether a value names this very key in its header; whether it opens is another matter."""
        return value[:HEADER_BYTES] == self._header


class Broken(Sealer):
    """Stands for a data key that is missing or damaged: nothing opens, and nothing may be sealed under it."""

    __slots__ = ()
    usable = False

    def __init__(self, key_id: int) -> None:
        super().__init__(bytes(KEY_BYTES), key_id)

    def seal(self, plain: bytes, place: str) -> bytes:  # noqa: ARG002 - as any sealer
        """Refuse."""
        raise VaultError("data_keys.wrapped: the key that belongs here is missing or damaged")

    def open(self, sealed: bytes, place: str) -> bytes:  # noqa: ARG002 - as any sealer
        """Refuse."""
        raise VaultError("data_keys.wrapped: the key that belongs here is missing or damaged")


Kin = Callable[[bytes], Sealer | None]


class Vault:
    """All keys in one hand. `open` makes it usable; one per process."""

    system: Sealer

    def __init__(self, masters: MasterKeys, keys: Database, clock: Callable[[], dt.datetime]) -> None:
        self.masters = masters
        self.keys = keys
        self._clock = clock
        self._sealers: OrderedDict[int, Sealer] = OrderedDict()
        self._secrets: dict[str, bytes] = {}

    async def open(self, lost: Collection[str] = ()) -> None:
        """Load our own keys, making them at the very first start; again, to take up newer ones of other processes.

        VaultError when one of them is missing or does not open; those of the purposes in `lost` are done without.
        """
        async with self.keys.write() as write:
            await keyring.lock(write)
            found = await keyring.ours(write)
            there = {key.owner[1:] for key in found}
            for purpose in LATER if found else PURPOSES:
                if purpose not in there:
                    await self.mint(f"@{purpose}", write)
            found = await keyring.ours(write)
        known = [key for key in found if key.owner[1:] not in lost]
        for key, secret in self._unwrapped(known):
            self._secrets[key.owner[1:]] = secret
            if key.owner == "@system":
                self.system = self._remember(key)
        if missing := [each for each in PURPOSES if each not in self._secrets and each not in lost]:
            raise VaultError(
                f"the keyring holds no key for {', '.join(missing)}; restore the keyring from its backup"
                + (", or run `python -m bot keys rebuild-index`" if missing == ["index"] else "")
            )

    async def close(self) -> None:
        """Close the keyring."""
        await self.keys.close()

    async def mint(self, owner: str, connection: AsyncConnection | None = None) -> Sealer:
        """Make a data key for a person (by handle) or a purpose of ours ("@purpose").

        `connection` is a transaction of the keyring, where there is more to do in it.
        """
        if connection is None:
            async with self.keys.write() as write:
                return await self.mint(owner, write)
        await keyring.lock(connection)
        self.masters.reload()  # under the lock: a version may not be retired between this look and the row
        key, master = secrets.token_bytes(KEY_BYTES), self.masters.newest
        made = DataKey(keyring.new_id(), owner, None, master)
        stored = DataKey(made.id, owner, self.wrap(made, key), master)
        await keyring.add(connection, stored, self._clock())
        return self._remember(stored)

    async def sealer(self, key_id: int) -> Sealer:
        """Give the sealer of one data key; KeyDestroyed when it is no more."""
        found = await self.sealers([key_id])
        if key_id not in found:
            raise KeyDestroyed
        return found[key_id]

    async def sealers(self, key_ids: Collection[int]) -> dict[int, Sealer]:
        """Give sealers by the numbers of their keys, without those that are no more; `Broken` for a damaged one."""
        found = {key_id: self._sealers[key_id] for key_id in key_ids if key_id in self._sealers}
        if wanted := set(key_ids) - found.keys():
            async with self.keys.read() as read:
                stored = await keyring.find(read, wanted)
            for key in stored:
                if key.wrapped is not None:
                    found[key.id] = self._remembered(key)
        return found

    async def destroy(self, owner: str) -> None:
        """Destroy every data key of a person: what was theirs cannot be read any more, here or in any backup."""
        async with self.keys.write() as write:
            await keyring.lock(write)  # or a key being minted for the same owner would outlive them
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

    def _unwrapped(self, found: Collection[DataKey]) -> list[tuple[DataKey, bytes]]:
        opened, damage = [], None
        for key in found:
            try:
                opened.append((key, self.unwrap(key)))
            except VaultError as problem:
                damage = problem
        if damage and not opened and all(key.master in self.masters.versions for key in found):
            raise VaultError(
                f"{self.masters.path.name}: this is not the master key that the keyring was wrapped under; "
                "put that one back"
            )
        if damage:
            raise damage
        return opened

    def _kin(self, owner: str, header: bytes) -> Sealer | None:
        # asked in the middle of opening a cell, which waits for nobody; it happens while a key is being changed
        for key in keyring.all_of(self.keys.url, owner):
            if key.wrapped is not None and header == header_of(key.id):
                return Sealer(self.unwrap(key), key.id)
        return None

    def _remembered(self, key: DataKey) -> Sealer:
        try:
            return self._remember(key)
        except VaultError as damage:
            log.error("damaged: %s", damage)  # noqa: TRY400 - one person's key, and the message says where
            return Broken(key.id)

    def _remember(self, key: DataKey) -> Sealer:
        sealer = self._sealers[key.id] = Sealer(self.unwrap(key), key.id, partial(self._kin, key.owner))
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


def header_of(key_id: int) -> bytes:
    """Give the first bytes of whatever is sealed under a key."""
    return bytes((FORMAT,)) + (key_id & 0xFFFFFFFF).to_bytes(HEADER_BYTES - 1)


def _kek(master: bytes) -> bytes:
    return derive(master, "wrap")


def _place(key: DataKey) -> str:
    return f"data_keys.wrapped:{key.id}:{key.owner}"
