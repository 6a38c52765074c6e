"""Writing so that nobody ever finds half of anything: beside the place first, then moved there at once."""

import os
import secrets
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from engine.cli.command import UsageError

Writer = Callable[[Path], None]


def folder_free(out: Path) -> Path:
    """Give the folder as a path to write to; raises UsageError where it cannot be, before any work is done."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: this is a file; accepted: a folder, or the name of a new one (--out DIR)")
    nearest = next(parent for parent in (out, *out.absolute().parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise UsageError(f"{out}: {nearest} cannot be written to; name another folder with --out DIR")
    return out


def file_free(path: Path) -> Path:
    """Give the path of a file to write; raises UsageError where it cannot be, before any work is done."""
    if path.is_dir():
        raise UsageError(f"{path}: this is a folder; accepted: the name of a file (--out FILE)")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.absolute().parent, os.W_OK):
        raise UsageError(f"{path}: {path.parent} cannot be written to; name another place")
    return path


def folder(out: Path, writers: Mapping[str, Writer], stale: Collection[str] = ()) -> None:
    """Write the named files into `out`: all of them, or none. A file that was there is replaced in one step.

    The last of `writers` is moved last; then what is `stale`, left by an earlier run, goes.
    """
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    made = out.absolute().parent / f".{out.name}.{secrets.token_hex(4)}.tmp"
    made.mkdir()
    try:
        for name, write in writers.items():
            write(made / name)
            _settle(made / name)
        if out.exists():
            for name in writers:
                (made / name).replace(out / name)
            for name in stale:
                (out / name).unlink(missing_ok=True)
        else:
            made.rename(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def file(path: Path, write: Writer) -> None:
    """Write one file in one step; what stood there stays until then."""
    made = path.absolute().parent / f".{path.name}.{secrets.token_hex(4)}.tmp{path.suffix}"
    try:
        write(made)
        _settle(made)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def text(content: str) -> Writer:
    """Give what writes a text."""
    return data(content.encode("utf-8"))


def data(content: bytes) -> Writer:
    """Give what writes bytes."""

    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def _settle(path: Path) -> None:
    """See a file through to the disk, so that a failing machine does not leave an empty one under its name."""
    with path.open("rb") as made:
        os.fsync(made.fileno())
