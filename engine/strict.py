"""Read a file that decides about people: exactly the shape we know, or a refusal that says where and what.

Country packs, models and book mappings are data that anyone may edit. A key that is misspelt must not become
a rule that is silently off, so nothing unknown, missing or of the wrong kind is let through.
"""

import re
from pathlib import Path
from typing import TypeVar

import msgspec

_SIZE_LIMIT = 1_000_000  # bytes; the largest file of ours is a fiftieth of it
_UNKNOWN = re.compile(r"contains unknown field `(?P<key>[^`]*)`(?: - at `\$\.?(?P<path>[^`]*)`)?")

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
    try:
        data = path.read_bytes()
    except OSError as error:
        raise refusal(f"{path.name}: cannot be read: {error.strerror}") from None
    return decode(data, shape, refusal, name=path.name)


def decode(data: bytes, shape: type[Shape], refusal: type[FileError], *, name: str) -> Shape:
    """Decode the bytes of the file called `name`, whose ending says whether it is TOML or JSON."""
    if len(data) > _SIZE_LIMIT:
        raise refusal(f"{name}: {len(data)} bytes; at most {_SIZE_LIMIT} are read")
    try:
        if name.endswith(".toml"):
            return msgspec.toml.decode(data, type=shape)
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(f"{name}: {error}{_accepted(shape, str(error))}") from None


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
