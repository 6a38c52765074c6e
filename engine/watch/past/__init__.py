"""Books of loans whose history is known month by month, told as events: what the back-test is run on.

Each module says how its book becomes events, what it leaves out, and when its outcome may first have been seen.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.countries.pack import Pack
from engine.watch.past import berka, superlender, taiwan
from engine.watch.replay import Past

BOOKS: Final = ("taiwan", "superlender", "berka")

CHOSEN_ON: Final = "taiwan"
"""The book whose licence permits more than to look: thresholds are chosen on half of its borrowers."""


def read(book: str, data: Path, pack: Pack) -> Iterator[Past]:
    """Give the borrowers of a book, one by one, as if they lived under `pack`; `data` is the folder of all books.

    Raises BookError.
    """
    if book == "taiwan":
        return taiwan.read(data)
    if book == "superlender":
        return superlender.read(data)
    return berka.read(data, pack.median_monthly_income)
