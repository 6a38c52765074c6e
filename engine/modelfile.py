"""Models on disk: JSON a person can read, checked to the last key when it is read back, never a pickle."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar, overload

import msgspec

from engine import reach, strict
from engine.scorecard import Scorecard
from engine.strict import ModelError

if TYPE_CHECKING:
    from engine.kinds import Blend, Nonlinear

    Model: TypeAlias = Scorecard | Nonlinear | Blend

STARTER = Path(__file__).parent / "models" / "starter.json"
FORMAT: Literal[1] = 1
SIZE_LIMIT = (
    6_000_000  # bytes; several times a large model of ours, and refused within a second whatever it holds
)

_WRITTEN = "a model as `engine.save` writes it"
# What a model is often kept in elsewhere, by its first bytes. None of it is ever opened.
_OTHERS = (
    (b"\x80", "a pickle (joblib, cloudpickle), which can run commands when it is opened"),
    ((b"(", b"c", b"]q", b"}q"), "a pickle in text, which can run commands when it is opened"),
    (b"PK", "a zip archive (skops, numpy, Keras)"),
    ((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"x\x01", b"x\x9c", b"x\xda"), "compressed"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet table"),
    ((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"), "a text with a byte order mark"),
)
_M = TypeVar("_M")


class _File(msgspec.Struct, Generic[_M], frozen=True, forbid_unknown_fields=True):
    """A saved model under its own hash, so that a file edited by hand is known as such."""

    format: Literal[1]
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    model: _M


class _Kind(msgspec.Struct, frozen=True):
    kind: str


class _Peek(msgspec.Struct, frozen=True):
    """As much of a file as says how to read the rest."""

    model: _Kind
    format: int | None = None


@overload
def load(path: None = None) -> Scorecard: ...
@overload
def load(path: Path | str) -> "Model": ...
def load(path: Path | str | None = None) -> "Model":
    """Read a model; without a path the one that ships, the same object every time.

    Raises ModelError (a ValueError) saying where and why for a file that is damaged, hostile or not ours.
    """
    return starter() if path is None else _read(Path(path), links=False)


def save(model: "Model", path: Path | str) -> None:
    """Write a model as JSON in a stable order, wholly or not at all; a scorecard a line an entry.

    Raises ModelError for a model that could not be read back, and OSError where the file cannot be written.
    """
    path = Path(path)
    replace(path, dump(model, path.name) + b"\n")


def dump(model: "Model", name: str = "model") -> bytes:
    """Give a model as JSON in a stable order, as `save` writes it. Raises ModelError for one that `parse` refuses."""
    text = msgspec.json.encode(_File(FORMAT, model.hash, model), order="deterministic")
    if isinstance(model, Scorecard):
        text = msgspec.json.format(text, indent=1)
    if len(text) >= SIZE_LIMIT:
        raise ModelError(f"{name}: {len(text)} bytes; accepted: at most {SIZE_LIMIT}")
    parse(text, name)
    return text


@cache
def starter() -> Scorecard:
    """Give the model that ships."""
    # Installers may link the files of a package, so this one file may be a link.
    model = _read(STARTER, links=True)
    if not isinstance(model, Scorecard):
        raise ModelError(f"{STARTER.name}: it is a {model.kind}; accepted: a scorecard")
    return model


def _read(path: Path, *, links: bool) -> "Model":
    return parse(strict.contents(path, ModelError, limit=SIZE_LIMIT, links=links), path.name)


def parse(data: bytes, name: str = "model") -> "Model":
    """Read a model from the bytes of a file. Raises ModelError as `load` does."""
    for signs, what in _OTHERS:
        if data.startswith(signs):
            raise ModelError(f"{name}: at its first bytes: it is {what}; accepted: {_WRITTEN}")
    if not data.strip():
        raise ModelError(f"{name}: it is empty; accepted: {_WRITTEN}")
    peek = strict.decode(data, _Peek, ModelError, name=name)
    if peek.format != FORMAT:
        raise ModelError(f"{name}: {_age(peek.format)}; accepted: `format` {FORMAT}")
    file: _File[Model] = strict.decode(data, _shape(peek.model.kind, name), ModelError, name=name)
    if file.hash != file.model.hash:
        raise ModelError(f"{name}: `hash` is not that of the model; accepted: {file.model.hash}")
    _once(data, file, name)
    wrong = reach.problem(file.model)
    if wrong:
        raise ModelError(f"{name}: {wrong}")
    return file.model


def _age(version: int | None) -> str:
    if version is None:
        return "it has no `format`, so it is of an older version, or no model; save the model again"
    if version > FORMAT:
        return f"`format` {version} is of a newer version than this one"
    return f"`format` {version} is of an older version than this one; save the model again"


def _shape(kind: str, name: str) -> Any:
    """Give the shape of a file of one kind; what a scorecard does not need is not even imported for one."""
    if kind == "scorecard":
        return _File[Scorecard]
    if kind not in ("nonlinear", "blend"):
        raise ModelError(f"{name}: `model.kind` is `{kind}`; accepted: scorecard, nonlinear, blend")
    from engine.kinds import Blend, Nonlinear  # noqa: PLC0415 - a scorecard needs none of them

    return _File[Nonlinear] if kind == "nonlinear" else _File[Blend]


def _once(data: bytes, file: "_File[Any]", name: str) -> None:
    """Refuse a key given twice, which one program reads as the first and another as the last."""
    plain = msgspec.json.encode(file, order="deterministic")
    if msgspec.json.format(data, indent=-1) == plain:
        return  # as we write it
    import json  # noqa: PLC0415 - only for a file that was edited

    def unique(pairs: Iterable[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ModelError(f"{name}: the key `{key}` stands twice in one place; accepted: once")
            seen.add(key)

    try:
        json.loads(data, object_pairs_hook=unique)
    except RecursionError:
        raise ModelError(f"{name}: nested too deep to be one of ours") from None


def replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another at once, so that a reader sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name, too, is to outlive a power cut
        finally:
            os.close(folder)
