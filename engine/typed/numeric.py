"""A column read as numbers of a unit: the same numbers as `engine.raw.number` gives one by one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.raw import number
from engine.reading.notes import MISSING, MISSING_NUMBER
from engine.table import Labels, Numbers
from engine.typed.need import (
    Codes,
    Floats,
    Need,
    Raw,
    Unreadable,
    absent,
    floats,
    is_text,
    places_of,
    refuse_first,
    refuse_known,
    used,
)

_TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}  # a second
_DAY = 86_400.0
_FAR = 1e7  # no date is as many days from 1970; a number beyond may be a date written as one
_TRUTH = ("true", "false", "yes", "no", "y", "n", "t", "f")


def read_numbers(need: Need, raw: Raw, *, words: bool) -> Floats:
    """Read a column of one type; raises Unreadable. With `words`, texts such as "NA" mean missing."""
    if isinstance(raw, Numbers):
        if (raw.unit == "date") != (need.unit == "date") and not np.isnan(raw.values).all():
            refuse_first(need, raw.values, f"of unit {raw.unit!r}")
        return raw.values
    if isinstance(raw, Labels):
        return np.append(_parsed(need, raw.labels, raw.codes, words=words), np.nan)[raw.codes]
    if isinstance(raw, np.ndarray):
        if raw.dtype.kind in "biuf":
            return _dated(need, raw.astype(np.float64, copy=False))
        raw = pa.array(raw, from_pandas=True)
    if pa.types.is_dictionary(raw.type):
        places = places_of(raw.indices)
        return np.append(read_numbers(need, used(raw, places), words=words), np.nan)[places]
    return _of_texts(need, raw, words=words) if is_text(raw.type) else _of_arrow(need, raw)


def _of_arrow(need: Need, raw: pa.Array) -> Floats:
    kind = raw.type
    if pa.types.is_date(kind) and need.unit == "date":
        return floats(pc.cast(pc.cast(raw, pa.date32()), pa.int32()))
    if (pa.types.is_timestamp(kind) and need.unit == "date") or pa.types.is_duration(kind):
        seconds = floats(pc.cast(raw, pa.int64())) / _TICKS[kind.unit]
        return seconds / _DAY
    if pa.types.is_decimal(kind):
        raw = pc.cast(raw, pa.string())  # Arrow's own way to float may miss the nearest by a bit
    elif pa.types.is_boolean(kind):
        raw = pc.cast(raw, pa.uint8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        refuse_known(need, raw)
        return np.full(len(raw), np.nan)
    return _dated(need, floats(raw))


def _dated(need: Need, values: Floats) -> Floats:
    """Leave numbers as they are, but for what can be no number of days: a date written as one, if anything."""
    if need.unit != "date":
        return values
    far = np.flatnonzero(np.abs(values) >= _FAR)
    if len(far):
        values = values.copy()
        values[far] = numbers_each(need, values[far].tolist(), far)
    return values


def _of_texts(need: Need, texts: pa.Array, *, words: bool) -> Floats:
    if need.unit != "date":
        try:
            values = floats(texts)
        except pa.ArrowInvalid:
            pass
        else:
            if np.isfinite(values).sum() == len(texts) - texts.null_count:
                return values
    encoded = pc.cast(texts, pa.string()).dictionary_encode()
    places = places_of(encoded.indices)
    return np.append(_parsed(need, encoded.dictionary.to_pylist(), places, words=words), np.nan)[places]


def _parsed(need: Need, texts: Sequence[str], places: Codes, *, words: bool) -> Floats:
    """Read distinct texts; raises Unreadable for one that cannot be read and stands in a row."""
    values = np.full(len(texts), np.nan)
    wrong = np.zeros(len(texts) + 1, np.bool_)
    for at, text in enumerate(texts):
        try:
            values[at] = _one(need, text)
        except (ValueError, KeyError):
            bare = text.strip()
            wrong[at] = bare != "" and not (words and (bare in MISSING or bare.lower() in MISSING_NUMBER))
    if wrong.any():
        rows = wrong[places]
        if rows.any():
            row = int(np.argmax(rows))
            raise Unreadable(row, texts[places[row]], need)
    return values


def numbers_each(need: Need, values: Any, rows: NDArray[np.intp] | None = None) -> Floats:
    """Read values of any types one by one; `rows` says where each of them stands, if not in order."""
    found = np.empty(len(values))
    for at, value in enumerate(values):
        try:
            found[at] = math.nan if absent(value) else _one(need, value)
        except (ValueError, KeyError):
            raise Unreadable(at if rows is None else int(rows[at]), value, need) from None
    return found


def _one(need: Need, value: object) -> float:
    if need.truth and isinstance(value, str) and value.strip().lower() in _TRUTH:
        return number(need.name, value, "flag")
    return number(need.name, value, need.unit)
