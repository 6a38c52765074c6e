"""Books of loans whose history is known month by month, told as events: what the back-test is run on.

Each module says how its book becomes events, what it leaves out, and when its outcome may first have been seen.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from engine.watch.past import berka, superlender, taiwan
from engine.watch.replay import Past

BOOKS: Mapping[str, Callable[[Path], Iterator[Past]]] = MappingProxyType(
    {"taiwan": taiwan.read, "superlender": superlender.read, "berka": berka.read}
)
"""By name: a function of the folder of all books that gives the borrowers one by one, or raises BookError."""
