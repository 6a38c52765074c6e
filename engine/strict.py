"""Read a file that decides about people: exactly the shape we know, or a refusal that says where and what.

Country packs, models and book mappings are data that anyone may edit. A key that is misspelt must not become
a rule that is silently off, so nothing unknown, missing or of the wrong kind is let through.
"""

import os
import re
import stat
from pathlib import Path
from typing import TypeVar

import msgspec

_SIZE_LIMIT = 1_000_000  # bytes; the largest file of ours that is no model is a tenth of it
_UNKNOWN = re.compile(r"contains unknown field `(?P<key>[^`]*)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_BYTE = re.compile(r" \(byte (?P<at>[0-9]+)\)")

Shape = TypeVar("Shape")


class FileError(ValueError):
    """A file that was refused; the message names the file, the place in it, and what is accepted there."""


class PackError(FileError):
    """A country pack that was refused."""


class ModelError(FileError):
    """A model that was refused."""


class BookError(FileError):
    """A book mapping that was refused, or a book that does not look like its mapping."""


def read(path: Path, shape: type[Shape], refusal: type[FileError]) -> Shape:
    """Decode a .toml or .json file into `shape`, or raise `refusal`."""
    return decode(contents(path, refusal), shape, refusal, name=path.name)


def contents(path: Path, refusal: type[FileError], *, limit: int = _SIZE_LIMIT, links: bool = True) -> bytes:
    """Give the bytes of a regular file of at most `limit`, or raise `refusal` without waiting for any other kind.

    A pipe or a device is never read: it may have no end. Without `links` the path may not be a symbolic link,
    which whoever can write its folder could turn to another file later.
    """
    try:
        _regular(path.stat() if links else path.lstat(), path.name, refusal)
        # The file may have become a pipe since; opening one must not wait for somebody to write into it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            _regular(found, path.name, refusal)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, refusal):
            raise
        why = error.strerror if isinstance(error, OSError) else error
        raise refusal(f"{path.name}: cannot be read: {why}; accepted: a file that is there") from None
    if len(data) > limit:
        raise refusal(f"{path.name}: {max(found.st_size, len(data))} bytes; accepted: at most {limit}")
    return data


def decode(data: bytes, shape: type[Shape], refusal: type[FileError], *, name: str) -> Shape:
    """Decode the bytes of the file called `name`, whose ending says whether it is TOML; it is JSON otherwise."""
    try:
        if name.endswith(".toml"):
            return msgspec.toml.decode(data, type=shape)
        return msgspec.json.decode(data, type=shape)
    except UnicodeDecodeError as error:
        raise refusal(f"{name}: a text that is not UTF-8 ({error.reason}); accepted: UTF-8") from None
    except RecursionError:
        raise refusal(f"{name}: nested too deep to be one of ours") from None
    except ArithmeticError:
        raise refusal(f"{name}: a number out of all measure; accepted: those of a real model") from None
    except msgspec.DecodeError as error:
        message = str(error)
        if message == "Input data was truncated":
            message = f"{_place(data, len(data))}: the file ends too early; accepted: the whole of it"
        at = _BYTE.search(message)
        if at is not None:
            message = f"{_place(data, int(at['at']))}: {message[: at.start()]}; accepted: JSON, without NaN or Infinity"
        raise refusal(f"{name}: {message}{_accepted(shape, message)}") from None


def _regular(found: os.stat_result, name: str, refusal: type[FileError]) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((word for test, word in _KINDS if test(found.st_mode)), "no file")
        raise refusal(f"{name}: it is {kind}; accepted: a regular file")


_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "a device"),
)


def _place(data: bytes, at: int) -> str:
    """Say where byte number `at` lies, as an editor would."""
    line, before = data.count(b"\n", 0, at) + 1, data.rfind(b"\n", 0, at)
    return f"line {line}, column {at - before}"


def _accepted(shape: type[object], message: str) -> str:
    """Name the keys that would have been accepted where `message` says an unknown one stands."""
    found = _UNKNOWN.search(message)
    if found is None:
        return ""
    here = msgspec.inspect.type_info(shape)
    for step in re.findall(r"\w+|\[[^]]*\]", found["path"] or ""):
        here = _inside(here, step)
    if not isinstance(here, msgspec.inspect.StructType):
        return ""
    return "; accepted here: " + ", ".join(field.encode_name for field in here.fields)


def _inside(here: msgspec.inspect.Type, step: str) -> msgspec.inspect.Type:
    if isinstance(here, msgspec.inspect.StructType):
        return next((field.type for field in here.fields if field.encode_name == step), here)
    if isinstance(here, msgspec.inspect.VarTupleType):
        return here.item_type
    if isinstance(here, msgspec.inspect.DictType):
        return here.value_type
    return here
