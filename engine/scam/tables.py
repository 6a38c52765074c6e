"""The tables of letters that stand beside this module, read once."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from engine import strict

HERE = Path(__file__).parent


class ScamError(strict.FileError):
    """A file of this room that was refused."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    anywhere: dict[str, str]
    latin: dict[str, str]


class Variants(NamedTuple):
    """Disguised words with what is meant, and the patterns that find them."""

    anywhere: dict[str, str]
    latin: dict[str, str]
    pattern: re.Pattern[str]
    initials: re.Pattern[str]


@cache
def hant() -> dict[str, str]:
    """Give the simplified character for each traditional one."""
    lines = [line for line in (HERE / "hant.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    return dict(zip("".join(lines[::2]), "".join(lines[1::2]), strict=True))


@cache
def variants() -> Variants:
    """Give the disguises of Chinese words."""
    raw = strict.read(HERE / "variants.toml", _File, ScamError)
    anywhere = {form: meant for meant, forms in raw.anywhere.items() for form in forms.split()}
    latin = {form: meant for meant, forms in raw.latin.items() for form in forms.split()}
    return Variants(
        anywhere,
        latin,
        re.compile("|".join(map(re.escape, sorted(anywhere, key=len, reverse=True)))),
        re.compile(rf"(?<![a-z0-9@./])(?:{'|'.join(sorted(latin, key=len, reverse=True))})(?![a-z0-9@./])"),
    )
