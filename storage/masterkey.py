"""The master key: a small file of versions, for its owner's eyes only, that never lies in the database.

Each line is a version and 32 random bytes in base64; the highest version wraps, every version unwraps. It is only ever
replaced whole, so a kill in the middle of a change leaves the old file or the new one.
"""

import base64
import binascii
import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

KEY_BYTES = 32
MOST_VERSIONS = 255
LONGEST_FILE = 64 * 1024


class VaultError(Exception):
    """A key is missing or unsafe, or a sealed value does not open. The message never holds content."""


class MasterKeys:
    """The versions in one key file. Reads again by itself when it is asked for a version it has not seen."""

    def __init__(self, path: Path) -> None:
        """Read the file; VaultError when it is missing, a link, readable by others, or not in order."""
        self.path = path
        self._keys = _read(path)

    @classmethod
    def make(cls, path: Path) -> "MasterKeys":
        """Make the file with a first version, 0600 in a 0700 folder; one that is there is left alone and read."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.path.lexists(path):
            # written aside and linked into place: two starters make one key
            draft = _draft(path, {1: secrets.token_bytes(KEY_BYTES)})
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return cls(path)

    @property
    def versions(self) -> tuple[int, ...]:
        """List the versions, oldest first."""
        return tuple(sorted(self._keys))

    @property
    def newest(self) -> int:
        """Name the version that wraps."""
        return max(self._keys)

    def key(self, version: int) -> bytes:
        """Give a version's 32 bytes; VaultError when the file does not hold it."""
        if version not in self._keys:
            self.reload()
        if version not in self._keys:
            raise VaultError(
                f"{self.path.name}: version {version} of the master key is missing; put it back into the file"
            )
        return self._keys[version]

    def reload(self) -> None:
        """Read the file again."""
        self._keys = _read(self.path)

    def add(self) -> int:
        """Add a version, which wraps from now on; gives its number."""
        with self._locked():
            self.reload()
            version = self.newest + 1
            if version > MOST_VERSIONS:
                raise VaultError(f"{self.path.name}: there is no version after {MOST_VERSIONS}")
            self._replace({**self._keys, version: secrets.token_bytes(KEY_BYTES)})
            return version

    def remove(self, version: int) -> None:
        """Take a version out for good. Whoever calls this has counted that nothing is wrapped under it."""
        with self._locked():
            self.reload()
            if version == self.newest:
                raise VaultError(
                    f"version {version} of the master key is the one in use; it cannot be retired"
                )
            self._replace({v: key for v, key in self._keys.items() if v != version})

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # two who change the file at once would each lose what the other put in
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            for draft in self.path.parent.glob(f".{self.path.name}.????????"):
                draft.unlink(missing_ok=True)  # left by a kill, and it holds keys
            yield
        finally:
            os.close(folder)

    def _replace(self, keys: Mapping[int, bytes]) -> None:
        _draft(self.path, keys).replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._keys = dict(keys)


def _draft(path: Path, keys: Mapping[int, bytes]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    lines = [f"{version} {base64.b64encode(key).decode()}\n" for version, key in sorted(keys.items())]
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _read(path: Path) -> dict[int, bytes]:
    """Read versions from a file that is a plain one of ours, 0600, and in order."""
    text = _content(path)
    keys: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        version, _, encoded = line.partition(" ")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        known = version.isascii() and version.isdigit() and 1 <= int(version) <= MOST_VERSIONS
        if not known or int(version) in keys or len(key) != KEY_BYTES:
            raise VaultError(
                f"{path.name}, line {number}: this is not a version of the master key; accepted is a number from 1 to "
                f"{MOST_VERSIONS}, used once, a blank and {KEY_BYTES} bytes in base64"
            )
        keys[int(version)] = key
    if not keys:
        raise VaultError(
            f"{path.name}: the master key's file is empty; put the key back from where it is kept"
        )
    return keys


def refuse_open(folder: Path) -> None:
    """Raise VaultError for a folder in which everybody on this machine may put other files in the place of ours."""
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise VaultError(
            f"{folder.name}: others may write to this folder, and put other files in the place of ours; "
            "run chmod o-w on it"
        )


def _content(path: Path) -> str:
    if path.parent.is_dir():
        refuse_open(path.parent)
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
        if found.st_size > LONGEST_FILE:
            raise VaultError(f"{path.name}: this is too large to be a master key")
        try:
            return file.read().decode("ascii")
        except UnicodeDecodeError:
            raise VaultError(
                f"{path.name}: this is not the master key's file; it is text, this is not"
            ) from None
