"""Country packs: what the law and custom of a place change, as data beside this file. Not legal advice."""

from functools import cache
from pathlib import Path

from engine.countries.pack import Pack, read
from engine.strict import PackError

__all__ = ["Pack", "available", "load", "read"]

_FOLDER = Path(__file__).parent


@cache
def available() -> tuple[str, ...]:
    """Give the ids of the packs that ship, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load(country: str) -> Pack:
    """Give the pack of a country by its id ("cn"); the same object every time.

    Raises PackError when there is no such pack, or when its file is not in order.
    """
    if country not in available():
        raise PackError(f"no pack `{country}`; available: {', '.join(available())}")
    pack = read(_FOLDER / f"{country}.toml")
    if pack.id != country:
        raise PackError(f"{country}.toml: `id` is `{pack.id}`; accepted: {country}")
    return pack
