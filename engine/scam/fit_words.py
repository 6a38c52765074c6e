"""The places of words on axes of meaning, for fitting only; the model has their weights folded in.

The table was taken once from multilingual-e5-small (MIT licence), a model of language: the embedding of each word,
weighed down where the word is common, on the 128 axes along which messages differ most, in whole numbers.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.scam import semantics
from engine.scam.tables import HERE

Floats = NDArray[np.float64]
FILE = "words.npz"


class Words(NamedTuple):
    """Each word with its row of `places`."""

    rows: dict[str, int]
    places: Floats


@cache
def words() -> Words:
    """Read the table."""
    with np.load(HERE / FILE) as file:
        names = file["words"].tobytes().decode().split("\n")
        places = file["vectors"].astype(float) / file["unit"]
    return Words({name: at for at, name in enumerate(names)}, places)


def place(text: str) -> Floats:
    """Give the place of a normalised message: the sum of its words', by the root of their number."""
    rows, places = words()
    found = [rows[word] for word, _, _ in semantics.known(text, rows)]
    summed: Floats = places[found].sum(axis=0) if found else np.zeros(places.shape[1])
    return summed / math.sqrt(max(len(found), 1))
