"""Processes: a name for this one that others on the same machine can look up, to see whether it still lives.

So nobody waits for a lease whose holder was killed a moment ago beside them. Where there is no /proc, and for
processes elsewhere or in another container, the answer is always that they may live.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path

PROC = Path("/proc")
ENDED = "ZX"
"""States of a process that only waits for its parent to notice."""


def name() -> str:
    """Name this process by where it runs, its number and the moment it began; at most 40 characters."""
    place = _place()
    return f"{place}-{os.getpid()}-{_stat(os.getpid())[1]}" if place else secrets.token_hex(8)


def gone(named: str) -> bool:
    """Say whether a process so named has surely ended."""
    place, _, rest = named.partition("-")
    pid, _, began = rest.partition("-")
    if not place or place != _place() or not pid.isdecimal() or not began:
        return False
    state, since = _stat(int(pid))
    return since != began or state in ENDED


def _place() -> str:
    """Name this machine since it was started, and the room of it in which our process numbers count."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text("ascii")
        room = (PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return sha256(f"{boot}{room}".encode()).hexdigest()[:12]


def _stat(pid: int) -> tuple[str, str]:
    """Give a process's state and the moment of its start, both empty for one that is not there."""
    try:
        fields = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]
