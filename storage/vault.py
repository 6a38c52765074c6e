"""The vault: what is personal is stored sealed.

Every person has a data key of their own, wrapped by a key derived from the master key: once the wrapped key is
destroyed, nothing sealed under it can be read. A sealed value is AES-256-GCM with a header naming
the format and the master key's version; table, column and row are bound in as associated data, so a value moved to
another cell does not open. Look-ups use a blind index: HMAC-SHA-256 under a key derived for that column.
"""

import contextlib
import hmac
import os
import secrets
import stat
import unicodedata
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = 1


class VaultError(Exception):
    """A key is missing or unsafe, or a sealed value does not open. The message never holds content."""


class Sealer:
    """Seals and opens values under one key."""

    def __init__(self, key: bytes, key_version: int = 1) -> None:
        self._aead = AESGCM(key)
        self._header = bytes((FORMAT, key_version))

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt `plain` for the cell named by `place` ("table.column:row")."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, plain, self._header + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt a cell; VaultError when it was altered, moved, or sealed under another key."""
        header, nonce, body = sealed[:2], sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :]
        if header != self._header:
            raise VaultError(
                f"{place.partition(':')[0]}: sealed in an unknown format or under another key version"
            )
        try:
            return self._aead.decrypt(nonce, body, header + place.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"{place.partition(':')[0]}: a sealed value does not open") from None


class Vault:
    """All keys in one hand, derived from the master key."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise VaultError(f"the master key has {len(master)} bytes; it needs {KEY_BYTES}")
        self._master = master
        self._wrap = Sealer(self.derive("wrap"))
        self.system = Sealer(self.derive("system"))

    def derive(self, purpose: str) -> bytes:
        """Derive a 32-byte key for one purpose (HKDF-SHA-256)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"candor:" + purpose.encode()).derive(self._master)

    def new_key(self, owner: str) -> bytes:
        """Make a data key for one person and give it wrapped, ready to be stored."""
        return self._wrap.seal(secrets.token_bytes(KEY_BYTES), f"people.key:{owner}")

    def sealer(self, wrapped: bytes, owner: str) -> Sealer:
        """Unwrap a person's data key."""
        return Sealer(self._wrap.open(wrapped, f"people.key:{owner}"))

    def blind_index(self, value: str, column: str) -> bytes:
        """Give a keyed fingerprint by which equal values of one column can be found without being readable."""
        return hmac.new(self.derive(f"index:{column}"), normalise(value).encode(), sha256).digest()


def normalise(value: str) -> str:
    """Fold spellings of one identifier together: NFKC, no invisible characters, blanks or dashes, upper case."""
    folded = unicodedata.normalize("NFKC", value)
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cc", "Cf", "Zs", "Pd"}).upper()


def load_key(path: Path) -> bytes:
    """Read the master key, making it at the very first start.

    The file is created 0600 in a 0700 folder; a key that others can read, or that is a link, is refused.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.path.lexists(path):
        _make_key(path)
    return _read_key(path)


def _make_key(path: Path) -> None:
    # written aside and linked into place: a kill in between leaves no half key, two starters make one key
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _read_key(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        raise VaultError(
            f"{path.name}: the master key cannot be read, or is a link ({problem.strerror})"
        ) from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise VaultError(f"{path.name}: the master key is a file, and this is none")
    with os.fdopen(handle, "rb") as file:
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077:
            raise VaultError(
                f"{path.name}: others may read the master key (mode {mode:o}); run chmod 600 on it"
            )
        return file.read()
