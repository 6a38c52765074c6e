"""How many threads a fit takes: one for a book of usual size, where a second gains little and may wait for minutes.

OpenMP's threads wait for each other in turning circles. On a machine that has something else to do, one that was put
aside keeps the others turning: the same small fit then takes half a minute instead of one second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import sklearn.ensemble  # noqa: F401 - what is not loaded yet cannot be limited
from threadpoolctl import ThreadpoolController

LARGE = 50_000  # rows from which on every processor helps


@contextmanager
def limited(rows: int) -> Iterator[None]:
    """Let what is done inside take one thread, unless it is done to many rows."""
    if rows >= LARGE:
        yield
        return
    with _threads().limit(limits=1):
        yield


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()
