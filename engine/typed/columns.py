"""One column, read as a model wants it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.table import Column, Numbers
from engine.typed.labels import labels_each, read_labels
from engine.typed.need import Need, Raw, Unreadable
from engine.typed.numeric import numbers_each, read_numbers
from engine.typed.objects import distinct


def column(need: Need, raw: Raw, *, words: bool = False) -> Column:
    """Read one column; raises Unreadable. With `words`, texts such as "NA" mean missing where they are no label."""
    if isinstance(raw, list | tuple) or (isinstance(raw, np.ndarray) and raw.dtype.kind == "O"):
        made = _arrow(need, raw)
        if made is None:  # of several types: value by value, as for one person
            return labels_each(need, raw) if need.labels else Numbers(numbers_each(need, raw), need.unit)
        raw = made
    if need.labels:
        return read_labels(need, raw, words=words)
    values = read_numbers(need, raw, words=words)
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise Unreadable(row, float(values[row]), need)
    return Numbers(values, need.unit)


def _arrow(need: Need, values: Sequence[Any] | NDArray[Any]) -> pa.Array | None:
    if isinstance(values, np.ndarray) and (shared := distinct(values)) is not None:
        places, objects = shared
        few = _arrow(need, list(objects))
        return None if few is None else pa.DictionaryArray.from_arrays(places, few)
    try:
        made = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    # Arrow takes the type of the first date for that of all, and may so lose the time of day; and true among
    # numbers for 1, which is another label.
    mixed = bool(need.labels) and pa.types.is_floating(made.type) and bool in set(map(type, values))
    return None if mixed or pa.types.is_temporal(made.type) else made
