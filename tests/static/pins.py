"""What the requirements files pin, as pip reads them."""

import re
from collections.abc import Mapping

from tests.static.source import ROOT

RUNTIME, DEVELOPING = "requirements.txt", "requirements-dev.txt"
PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==([0-9][\w.+!-]*)(\s*;[^\\]*)?((?:\s+(?:\\\s+)?--hash=sha256:[0-9a-f]{64})*)\s*$"
)


def read(name: str) -> str:
    """Give a requirements file as it stands."""
    return (ROOT / name).read_text(encoding="utf-8")


def entries(text: str) -> list[str]:
    """Give the requirements without comments, each with its continued lines."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"\n(?=\S)", lines) if entry.strip()]


def unpinned(text: str) -> list[str]:
    """List what is not one version with at least one SHA-256."""
    return [entry.split("\n")[0] for entry in entries(text) if not _pinned(entry)]


def pinned(text: str) -> Mapping[str, str]:
    """Give name -> version of everything that is pinned."""
    found = (PIN.match(entry) for entry in entries(text))
    return {match[1]: match[2] for match in found if match}


def _pinned(entry: str) -> bool:
    match = PIN.match(entry)
    return bool(match and match[4])
