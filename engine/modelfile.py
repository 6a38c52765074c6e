"""Models on disk: JSON a person can read, checked to the last key when it is read back, never a pickle."""

from functools import cache
from pathlib import Path

import msgspec

from engine import strict
from engine.scorecard import Scorecard

STARTER = Path(__file__).parent / "models" / "starter.json"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A saved model under its own hash, so that a file edited by hand is known as such."""

    hash: str
    model: Scorecard


def load(path: Path | None = None) -> Scorecard:
    """Read a model; without a path the one that ships, the same object every time.

    Raises ModelError (a ValueError) saying where and why for a file that is damaged, hostile or not ours.
    """
    return _starter() if path is None else _read(path)


def save(model: Scorecard, path: Path) -> None:
    """Write a model as JSON in a stable order, one line an entry."""
    text = msgspec.json.format(msgspec.json.encode(_File(model.hash, model)), indent=1)
    path.write_bytes(text + b"\n")


@cache
def _starter() -> Scorecard:
    return _read(STARTER)


def _read(path: Path) -> Scorecard:
    file = strict.read(path, _File, strict.ModelError)
    if file.hash != file.model.hash:
        raise strict.ModelError(f"{path.name}: `hash` is not that of the model; accepted: {file.model.hash}")
    return file.model
