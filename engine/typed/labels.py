"""A column read as labels: each value by the spelling under which a model knows it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.raw import spellings
from engine.reading.notes import MISSING
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


def read_labels(need: Need, raw: Raw, *, words: bool) -> Labels:
    """Read a column of one type; raises Unreadable. With `words`, texts such as "NA" mean missing."""
    if isinstance(raw, Labels):
        return raw
    if isinstance(raw, Numbers):
        if raw.unit == "date":
            refuse_first(need, raw.values, "of unit 'date'")
        return _of_numbers(need, raw.values)
    if isinstance(raw, np.ndarray):
        if raw.dtype.kind in "iuf":
            return _of_numbers(need, raw.astype(np.float64, copy=False))
        raw = pa.array(raw, from_pandas=True)
    if pa.types.is_dictionary(raw.type):
        places = places_of(raw.indices)
        return _spread(read_labels(need, used(raw, places), words=words), places)
    if is_text(raw.type):
        text = pc.cast(raw, pa.string()) if pa.types.is_string_view(raw.type) else raw
        encoded = text.dictionary_encode()
        distinct = _of_distinct(need, pc.cast(encoded.dictionary, pa.string()), words=words)
        return _spread(distinct, places_of(encoded.indices))
    return _of_arrow(need, raw)


def _of_arrow(need: Need, raw: pa.Array) -> Labels:
    kind = raw.type
    if pa.types.is_boolean(kind):
        return _spread(labels_each(need, [False, True]), places_of(pc.cast(raw, pa.int32())))
    if pa.types.is_decimal(kind):
        return _of_numbers(need, floats(pc.cast(raw, pa.string())))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _of_numbers(need, floats(raw))
    refuse_known(need, raw)
    return Labels(np.full(len(raw), -1, np.int32), tuple(sorted(need.labels)))


def _spread(distinct: Labels, places: Codes) -> Labels:
    return Labels(np.append(distinct.codes, np.int32(-1))[places], distinct.labels)


def _of_distinct(need: Need, texts: pa.Array, *, words: bool) -> Labels:
    """Read distinct texts: the code of each known one, -1 for what is missing, one code for all others."""
    known = sorted(need.labels)
    bare = pc.utf8_trim_whitespace(texts) if words else texts
    found = places_of(pc.index_in(bare, value_set=pa.array(known, pa.string())))
    strange = np.flatnonzero(found < 0)
    if not len(strange):
        return Labels(found, tuple(known))
    rest = bare.take(pa.array(strange))
    absent = pc.is_in(rest, value_set=pa.array(sorted(MISSING) if words else [""], pa.string()))
    strange = strange[~pc.or_(absent, rest.is_null()).to_numpy(zero_copy_only=False)]
    if not need.whole:
        first = [str(bare[int(strange[0])])] if len(strange) else []
        return _sorted(found, strange, [0] * len(strange), known, first)
    others = bare.take(pa.array(strange)).dictionary_encode()
    return _sorted(found, strange, places_of(others.indices), known, others.dictionary.to_pylist())


def _of_numbers(need: Need, values: Floats) -> Labels:
    """Read numbers whose text may be a label: 3.0 is "3" or "3.0", whichever is known."""
    if need.whole:
        return labels_each(need, values.tolist())
    known = sorted(need.labels)
    spelt: dict[float, str] = {}
    for label in known:
        try:
            value = float(label) + 0.0  # so that -0 is 0
        except ValueError:
            continue
        ways = spellings(value)
        if label in ways and (value not in spelt or ways.index(label) < ways.index(spelt[value])):
            spelt[value] = label
    found = np.full(len(values), -1, np.int32)
    if spelt:
        at = places_of(pc.index_in(pa.array(values + 0.0), value_set=pa.array(list(spelt), pa.float64())))
        places = np.array([*(known.index(label) for label in spelt.values()), -1], np.int32)
        found = places[at]
    strange = np.flatnonzero((found < 0) & ~np.isnan(values))
    if not len(strange):
        return Labels(found, tuple(known))
    value = float(values[strange[0]])
    first = (spellings(value) or (repr(value),))[0]
    return _sorted(found, strange, [0] * len(strange), known, [first])


def labels_each(need: Need, values: Any) -> Labels:
    """Read values of any types one by one."""
    known = set(need.labels)
    texts: list[str | None] = []
    for row, value in enumerate(values):
        if absent(value):
            texts.append(None)
            continue
        ways = spellings(value) or ((repr(value),) if isinstance(value, float) else ())
        if not ways:
            raise Unreadable(row, value, need)
        texts.append(next((way for way in ways if way in known), ways[0]))
    return read_labels(need, pa.array(texts, pa.string()), words=False)


def _sorted(
    codes: Codes, rows: NDArray[np.intp], places: Sequence[int] | Codes, known: list[str], others: list[str]
) -> Labels:
    """Give `rows` the codes of `others`, and put all labels in order."""
    codes = codes.copy()
    codes[rows] = np.asarray(places, np.int32) + len(known)
    names = [*known, *others]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(names), dtype=np.int32), -1
    return Labels(rank[codes], tuple(names[at] for at in order))
