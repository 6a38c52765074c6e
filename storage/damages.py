"""Damages: a value that does not open is reported and left out, so that one bad row stops nobody.

Reports wait here until the next turn or sweep writes them into the audit trail.
"""

import logging
from collections import deque

from storage.vault import VaultError

log = logging.getLogger(__name__)

_found: deque[str] = deque(maxlen=1000)


def report(damage: VaultError) -> None:
    """Note a damaged value; its message names the place, never content."""
    log.error("damaged: %s", damage)
    _found.append(str(damage).partition(":")[0])


def take() -> list[str]:
    """Give the places reported since the last call, as "table.column"."""
    places = list(_found)
    _found.clear()
    return places
