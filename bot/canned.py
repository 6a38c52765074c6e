"""Canned answers of support: data in `locales/<language>/canned.toml`, read anew whenever a file was changed.

Each has a title, in the language of whoever chooses it, and a text, in the language of whoever gets it.
"""

import logging
import tomllib
from collections.abc import Mapping

import msgspec

from bot.i18n import LOCALES

log = logging.getLogger(__name__)

FILE = "canned.toml"
_read: dict[str, tuple[int, Mapping[str, "Canned"]]] = {}


class Canned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A canned answer; plain words, no markup."""

    title: str
    text: str


class CannedError(Exception):
    """A file of canned answers is not as it must be."""


def answers(language: str) -> Mapping[str, Canned]:
    """Give the canned answers of a language, by key. A file that was broken by an edit leaves those from before."""
    path = LOCALES / language / FILE
    known = _read.get(language)
    try:
        changed = path.stat().st_mtime_ns
        if known is None or known[0] != changed:
            known = _read[language] = (changed, read(path.read_text(encoding="utf-8")))
    except (OSError, CannedError) as trouble:
        log.warning("canned answers (%s): %s", language, type(trouble).__name__)
    return known[1] if known else {}


def read(written: str) -> Mapping[str, Canned]:
    """Read a file. Raises CannedError, with what is wrong."""
    try:
        return msgspec.convert(tomllib.loads(written), dict[str, Canned])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as mistake:
        raise CannedError(str(mistake)) from None
