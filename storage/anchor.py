"""The anchor: what the audit trail knew, kept outside the database, so that a cut tail is seen.

A small file, one line for each head the trail has had: kind, row, digest, time, and an HMAC over the line and the whole
line before it. So no line can be altered, put in, or dropped from the middle without the key. What it cannot show is
its own end going missing: whoever can cut both the file and the database keeps an older, sound pair, which is why a
copy belongs on another machine (docs/decisions/0019).
"""

import contextlib
import datetime as dt
import errno
import fcntl
import hmac
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

KEPT_LINES = 200
LONGEST_LINE = 256
CONTEXT = b"candor anchor v1\n"  # the trail's digests are made under the same key

START, HEAD, KEPT, TAKEN = "start", "head", "kept", "taken"
FIRST = (START, KEPT, TAKEN)  # what a file may begin with


class Head(NamedTuple):
    """The end of the trail at some time: its last row and that row's digest."""

    id: int
    digest: bytes


BEGINNING = Head(0, bytes(32))
"""The head of a trail without rows."""


class AnchorDamaged(Exception):
    """The file is not as it was written, so nothing may be built on it."""


@dataclass
class Reading:
    """What a file says: heads by row, up to the first damaged line."""

    heads: dict[int, bytes] = field(default_factory=dict)
    lines: int = 0
    damage: str = ""
    forked: int = 0  # a row the file knows with two digests: the trail was cut and went on
    remarks: list[str] = field(default_factory=list)

    @property
    def last(self) -> Head:
        """The newest head; the beginning when there is none."""
        return Head(newest := max(self.heads), self.heads[newest]) if self.heads else BEGINNING

    def take(self, line: "Line") -> None:
        """Go on by a line."""
        self.lines += 1
        if line.kind == TAKEN:
            self.remarks.append(
                f"taken up by hand at row {line.row} on {line.at}; the anchor knew row {self.last.id} by then"
            )
            self.heads, self.forked = {}, 0
        if self.heads.setdefault(line.row, line.digest) != line.digest:
            self.forked = self.forked or line.row


@dataclass(frozen=True)
class Line:
    """A line before it is sealed."""

    kind: str
    row: int
    digest: bytes
    at: str

    def sealed(self, key: bytes, previous: bytes) -> bytes:
        """Write the line out, bound to the one before it; without its newline."""
        body = f"{self.kind} {self.row} {self.digest.hex()} {self.at}".encode()
        return body + b" " + hmac.digest(key, CONTEXT + previous + b"\n" + body, "sha256").hex().encode()


class Anchor:
    """One file. Several processes may write to it; every call blocks shortly, for the disk and for the others."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key

    def start(self, now: dt.datetime) -> None:
        """Make the file of a trail without rows, 0600 in a 0700 folder; one that has lines is left alone."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked(os.O_RDWR | os.O_APPEND | os.O_CREAT) as handle:
            if b"\n" not in os.pread(handle, LONGEST_LINE, 0):
                self._add(handle, Line(START, *BEGINNING, _stamp(now)))
        _settle(self.path.parent)

    def note(self, row: int, digest: bytes, now: dt.datetime) -> None:
        """Remember a head, on the disk when this returns. FileNotFoundError where nobody has begun the file.

        A head may come late, when a later one of another process is there already; it is remembered all the same.
        """
        with self._locked(os.O_RDWR | os.O_APPEND) as handle:
            self._add(handle, Line(HEAD, row, digest, _stamp(now)))

    def read(self) -> Reading:
        """Read the file up to the first line that is not as it was written; nothing where there is no file."""
        reading = Reading()
        try:
            with self._locked(os.O_RDONLY) as handle:
                for line in self._lines(handle, reading):
                    reading.take(line)
        except FileNotFoundError:
            pass
        except OSError as trouble:
            reading.damage = f"cannot be read ({trouble.strerror})"
        return reading

    def compact(self, verified: int, now: dt.datetime, keep: int = KEPT_LINES) -> None:
        """Let old lines go, but for the last `keep` and those of rows after `verified`, and say so in a first line.

        `verified` is the head of a trail that was just found sound: a line nobody has held against the trail yet may
        be the only witness of what was done to it. Raises AnchorDamaged.
        """
        with self._locked(os.O_RDWR | os.O_APPEND) as handle:
            reading = Reading()
            lines = list(self._lines(handle, reading))
            if reading.damage:
                raise AnchorDamaged(reading.damage)
            cut = 0
            while cut < len(lines) - keep and lines[cut].row <= verified:
                reading.take(lines[cut])
                cut += 1
            if cut > 1:
                self._replace([Line(KEPT, *reading.last, _stamp(now)), *lines[cut:]])

    def take_up(self, head: Head, now: dt.datetime) -> None:
        """Go on from `head` because a person says so: after a restore, or when the file was lost.

        A sound file gets a line that says this; a damaged one is put aside and a new one begun.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line, reading = Line(TAKEN, *head, _stamp(now)), self.read()
        if reading.lines and not reading.damage:
            with self._locked(os.O_RDWR | os.O_APPEND) as handle:
                self._add(handle, line)
            return
        if os.path.lexists(self.path):
            self.path.rename(self.path.with_name(f"{self.path.name}.{now:%Y%m%dT%H%M%S%f}.damaged"))
        self._replace([line])

    def _add(self, handle: int, line: Line) -> None:
        size = os.fstat(handle).st_size
        start = max(0, size - 2 * LONGEST_LINE)
        whole, _, torn = os.pread(handle, 2 * LONGEST_LINE, start).rpartition(b"\n")
        if torn:  # a power cut in the middle of a line: it was never promised
            os.ftruncate(handle, size - len(torn))
        written = line.sealed(self._key, whole.rpartition(b"\n")[2]) + b"\n"
        if os.write(handle, written) != len(written):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)

    def _replace(self, lines: list[Line]) -> None:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        previous = b""
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for line in lines:
                previous = line.sealed(self._key, previous)
                file.write(previous + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        _settle(self.path.parent)

    def _lines(self, handle: int, reading: Reading) -> Iterator[Line]:
        previous, number = b"", 0
        with os.fdopen(os.dup(handle), "rb") as file:
            while raw := file.readline(LONGEST_LINE):
                number += 1
                if not raw.endswith(b"\n") and len(raw) < LONGEST_LINE:
                    reading.remarks.append("the anchor's last line is torn and counts as never written")
                    return
                line = self._authentic(raw.rstrip(b"\n"), previous)
                if line is None or (number == 1 and line.kind not in FIRST):
                    reading.damage = f"line {number} is not as it was written, or the one before it is gone"
                    return
                previous = raw.rstrip(b"\n")
                yield line

    def _authentic(self, raw: bytes, previous: bytes) -> Line | None:
        try:
            kind, row, digest, at, _ = raw.decode("ascii").split(" ")
            line = Line(kind, int(row), bytes.fromhex(digest), at)
        except ValueError:
            return None
        return line if hmac.compare_digest(line.sealed(self._key, previous), raw) else None

    @contextlib.contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        """Open the file and hold its lock; again when it was replaced while we waited."""
        while True:
            handle = os.open(self.path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(errno.EINVAL, "this is not a plain file")
                fcntl.flock(handle, fcntl.LOCK_EX)
                if os.path.lexists(self.path) and os.path.samestat(os.fstat(handle), self.path.lstat()):
                    yield handle
                    return
            finally:
                os.close(handle)


def _stamp(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _settle(folder: Path) -> None:
    """See a new name in a folder onto the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
