"""What a model wants of a column, what is said where it cannot be had, and how Arrow hands its values over."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.raw import ACCEPTED

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Raw = Any  # an Arrow array, a numpy array, a list, or a `Column`


class Need(NamedTuple):
    """A column as a model reads it: numbers of `unit` (see `Numbers`), or labels of which it knows `labels`.

    `truth`: words such as "yes" are read as 1 among numbers. `whole`: labels that are not known are told apart.
    """

    name: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    truth: bool = False
    whole: bool = False


class Unreadable(ValueError):
    """A value that cannot be read: on which row of the piece, what it is, what was wanted, what is accepted."""

    def __init__(self, row: int, value: object, need: Need) -> None:
        super().__init__(f"{need.name}: {value!r}")
        self.row, self.value = row, value
        self.wanted = "label" if need.labels else need.unit or "number"
        some = ", ".join(sorted(need.labels)[:8])
        self.accepted = (
            f"accepted: a text; for example one of: {some}"
            if need.labels
            else ACCEPTED.get(need.unit, ACCEPTED[""])
        )


def floats(values: pa.Array) -> Floats:
    """Give an Arrow array as float64, NaN where it is null; without a copy where it can be."""
    found: Floats = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def absent(value: object) -> bool:
    """Say whether a value is missing: None, NaN (NaT, NA), or an empty text."""
    if value is None or value == "":
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - NaN, NaT
    except (TypeError, ValueError):  # pandas.NA will not say
        return True


def is_text(kind: pa.DataType) -> bool:
    """Say whether it is a type of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def places_of(indices: pa.Array) -> Codes:
    """Give indices as int32, -1 where they are null."""
    if indices.null_count:
        indices = pc.fill_null(pc.cast(indices, pa.int32()), -1)
    found: Codes = indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return found


def used(values: pa.DictionaryArray, places: Codes) -> pa.Array:
    """Give the dictionary, with null where no row holds an entry: what nobody has need not be readable."""
    held = np.zeros(len(values.dictionary) + 1, np.bool_)
    held[places] = True
    return pc.if_else(pa.array(held[:-1]), values.dictionary, None)


def refuse_first(need: Need, values: Floats, what: str) -> None:
    """Raise Unreadable for the first number of a column that is `what` as a whole."""
    row = int(np.argmax(~np.isnan(values)))
    raise Unreadable(row, f"{values[row]:.12g} {what}", need)


def refuse_known(need: Need, raw: pa.Array) -> None:
    """Raise Unreadable for the first value that is there, if any is."""
    if raw.null_count < len(raw):
        row = int(np.argmax(raw.is_valid().to_numpy(zero_copy_only=False)))
        raise Unreadable(row, raw[row].as_py(), need)
