"""The file a backup is: compressed, then encrypted in chunks that cannot be cut off, swapped, repeated or replaced.

A file key, drawn for this archive alone, lies in the header wrapped under one version of the master key. The body is
the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár 2015) with AES-256-GCM: the nonce is the chunk's number
and whether it is the last. Nothing in a chunk depends on the master key, so changing that costs a new header.

    header   magic, format, kind, master version, archive id, bytes of body, wrapped file key, checksum
    body     chunks of 1 MiB of: zlib(length of manifest, manifest, content)

The wrapped key authenticates the header; the checksum is only there to tell a damaged header from a foreign key.
"""

import os
import secrets
import shutil
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.masterkey import KEY_BYTES, MasterKeys, VaultError
from storage.vault import NONCE_BYTES, derive

MAGIC = b"CANDORBK"
FORMAT = 1
CHUNK = 1 << 20
TAG_BYTES = 16
LONGEST_MANIFEST = 1 << 18
EFFORT = 1  # most of a database is sealed and does not get smaller, however long one tries

Kind = Literal["facts", "keyring"]
KINDS: tuple[Kind, ...] = ("facts", "keyring")

_FIXED = struct.Struct(">8sBBB16sQ")
_LENGTH = struct.Struct(">I")
HEADER_BYTES = _FIXED.size + NONCE_BYTES + KEY_BYTES + TAG_BYTES + _LENGTH.size


class ArchiveError(Exception):
    """A backup cannot be made or used; the message is one sentence that says why."""


class Manifest(msgspec.Struct, frozen=True):
    """What an archive says it holds; `rows` counts each table, `audit_*` is the head of the trail."""

    kind: Kind
    database: Literal["sqlite", "postgresql"]
    revision: str
    made_at: str
    rows: dict[str, int]
    audit_id: int
    audit_digest: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Header:
    """What can be said of an archive without a key."""

    kind: Kind
    master: int
    ident: bytes
    length: int


def write(path: Path, masters: MasterKeys, manifest: Manifest, content: Path) -> None:
    """Write an archive aside and put it in place, 0600, once it is on the disk."""
    masters.reload()  # another process may have added a version since
    key, ident = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(16)
    with _aside(path) as file:
        file.write(bytes(HEADER_BYTES))
        length = 0
        aead = AESGCM(key)
        for number, (chunk, last) in enumerate(_chunks(_deflated(manifest, content))):
            length += file.write(aead.encrypt(_nonce(number, last=last), chunk, ident))
        file.seek(0)
        file.write(_head(Header(manifest.kind, masters.newest, ident, length), key, masters))


def peek(path: Path, masters: MasterKeys) -> Manifest:
    """Read the manifest alone; ArchiveError when the header or the first chunk does not hold."""
    with _reading(path, masters) as (manifest, _content):
        return manifest


def unpack(path: Path, masters: MasterKeys, target: Path | None = None) -> Manifest:
    """Check an archive from its first byte to its last, writing the content to a new file `target` (0600).

    Raises ArchiveError for whatever is wrong; what is in `target` then is not to be used.
    """
    with _reading(path, masters) as (manifest, content), _sink(target) as file:
        digest, size = sha256(), 0
        for piece in content:
            size += len(piece)
            if size > manifest.size:
                raise ArchiveError(f"{path.name}: it holds more than its manifest says")
            digest.update(piece)
            if file:
                file.write(piece)
        if size != manifest.size or digest.hexdigest() != manifest.sha256:
            raise ArchiveError(f"{path.name}: its content is not what its manifest says")
        if file:
            file.flush()
            os.fsync(file.fileno())
    return manifest


def header(path: Path) -> Header:
    """Read the header without any key; it is not authenticated before the archive is opened with one."""
    with _open(path) as file:
        return _parse(path.name, file.read(HEADER_BYTES))


def rewrap(path: Path, masters: MasterKeys) -> bool:
    """Put an archive's key under the newest version of the master key; False when it is there already."""
    masters.reload()
    with _open(path) as file:
        head, key = _unlock(path.name, file, masters)
        if head.master == masters.newest:
            return False
        with _aside(path) as draft:
            draft.write(_head(Header(head.kind, masters.newest, head.ident, head.length), key, masters))
            shutil.copyfileobj(file, draft, CHUNK)
    return True


def measure(content: Path) -> tuple[int, str]:
    """Give a file's size and the SHA-256 of its bytes, for its manifest."""
    digest = sha256()
    with content.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
        return file.tell(), digest.hexdigest()


def private(path: Path) -> BinaryIO:
    """Open a new file for writing, 0600 whatever the umask says."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def settle(folder: Path) -> None:
    """Have the disk remember the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _aside(path: Path) -> Iterator[BinaryIO]:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with private(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        settle(path.parent)
    except OSError as problem:
        raise ArchiveError(f"{path.name}: it cannot be written ({problem.strerror})") from None
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _sink(target: Path | None) -> Iterator[BinaryIO | None]:
    if target is None:
        yield None
        return
    try:
        with private(target) as file:
            yield file
    except OSError as problem:
        raise ArchiveError(f"{target.name}: it cannot be written ({problem.strerror})") from None


@contextmanager
def _reading(path: Path, masters: MasterKeys) -> Iterator[tuple[Manifest, Iterator[bytes]]]:
    with _open(path) as file:
        head, key = _unlock(path.name, file, masters)
        pieces = _inflated(path.name, _opened(path.name, file, head, key))
        about, rest = _about(path.name, pieces)
        try:
            manifest = msgspec.json.decode(about, type=Manifest, strict=True)
        except msgspec.DecodeError:
            raise ArchiveError(f"{path.name}: its manifest cannot be read") from None
        if manifest.kind != head.kind:
            raise ArchiveError(f"{path.name}: its header says {head.kind}, its manifest {manifest.kind}")
        yield manifest, chain((rest,), pieces)


def _about(name: str, pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) < _LENGTH.size:
            continue
        end = _LENGTH.size + _LENGTH.unpack_from(held)[0]
        if end > LONGEST_MANIFEST:
            break
        if len(held) >= end:
            return bytes(held[_LENGTH.size : end]), bytes(held[end:])
    raise ArchiveError(f"{name}: its manifest cannot be read")


def _open(path: Path) -> BinaryIO:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not make us wait
    except OSError as problem:
        raise ArchiveError(f"{path.name}: it cannot be read ({problem.strerror})") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ArchiveError(f"{path.name}: it is not a file")
    return os.fdopen(handle, "rb")


def _head(head: Header, key: bytes, masters: MasterKeys) -> bytes:
    fixed = _FIXED.pack(MAGIC, FORMAT, KINDS.index(head.kind), head.master, head.ident, head.length)
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + _wrapper(masters, head.master).encrypt(nonce, key, fixed)
    return fixed + wrapped + _LENGTH.pack(zlib.crc32(fixed + wrapped))


def _parse(name: str, raw: bytes) -> Header:
    if not raw.startswith(MAGIC):
        raise ArchiveError(f"{name}: it is not a backup made by Candor")
    if len(raw) < HEADER_BYTES:
        raise ArchiveError(f"{name}: it is truncated, it ends within its header")
    _magic, known, kind, master, ident, length = _FIXED.unpack_from(raw)
    if known > FORMAT:
        raise ArchiveError(
            f"{name}: it is of format {known}, made by a newer Candor; this one knows format {FORMAT}"
        )
    checksum = _LENGTH.unpack_from(raw, HEADER_BYTES - _LENGTH.size)[0]
    if known != FORMAT or kind >= len(KINDS) or zlib.crc32(raw[: -_LENGTH.size]) != checksum:
        raise ArchiveError(f"{name}: it is damaged or altered in its header")
    return Header(KINDS[kind], master, ident, length)


def _unlock(name: str, file: BinaryIO, masters: MasterKeys) -> tuple[Header, bytes]:
    raw = file.read(HEADER_BYTES)
    head = _parse(name, raw)
    try:
        wrapper = _wrapper(masters, head.master)
    except VaultError:
        raise ArchiveError(
            f"{name}: it was made under version {head.master} of the master key, which is missing from "
            f"{masters.path.name}; put that version back into the file"
        ) from None
    nonce, wrapped = raw[_FIXED.size : _FIXED.size + NONCE_BYTES], raw[_FIXED.size + NONCE_BYTES : -4]
    try:
        key = wrapper.decrypt(nonce, wrapped, raw[: _FIXED.size])
    except InvalidTag:
        raise ArchiveError(
            f"{name}: it was made under another installation's master key, or its header was altered"
        ) from None
    found = os.fstat(file.fileno()).st_size - HEADER_BYTES
    if found < head.length:
        raise ArchiveError(
            f"{name}: it is truncated, {head.length - found} of {head.length} bytes are missing"
        )
    if found > head.length:
        raise ArchiveError(f"{name}: it is damaged or altered, {found - head.length} bytes were added")
    return head, key


def _wrapper(masters: MasterKeys, version: int) -> AESGCM:
    return AESGCM(derive(masters.key(version), "archive"))


def _opened(name: str, file: BinaryIO, head: Header, key: bytes) -> Iterator[bytes]:
    aead, left, number, last = AESGCM(key), head.length, 0, False
    while not last:
        sealed = file.read(min(CHUNK + TAG_BYTES, left))
        left -= len(sealed)
        last = left == 0 or not sealed
        try:
            yield aead.decrypt(_nonce(number, last=last), sealed, head.ident)
        except (InvalidTag, ValueError):
            raise ArchiveError(f"{name}: it is damaged or altered at chunk {number + 1}") from None
        number += 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1) + bytes((last,))


def _chunks(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True


def _deflated(manifest: Manifest, content: Path) -> Iterator[bytes]:
    squeeze, about = zlib.compressobj(EFFORT), msgspec.json.encode(manifest)
    yield squeeze.compress(_LENGTH.pack(len(about)) + about)
    with content.open("rb") as file:
        while piece := file.read(CHUNK):
            yield squeeze.compress(piece)
    yield squeeze.flush()


def _inflated(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    expand = zlib.decompressobj()
    try:
        for chunk in chunks:
            waiting, more = chunk, True
            while more and not expand.eof:
                yield (piece := expand.decompress(waiting, CHUNK))  # no more at a time, whatever it swells to
                waiting = expand.unconsumed_tail
                more = bool(waiting) or len(piece) == CHUNK
    except zlib.error:
        raise ArchiveError(f"{name}: what it holds does not decompress") from None
    if not expand.eof or expand.unused_data:
        raise ArchiveError(f"{name}: what it holds does not end where it should")
