"""Numbers and dates as people write them (1.200,50 or 31/05/2024), which only a whole column can settle.

Read as training reads them (`engine.reading`), but nothing is let go: a text that is no number of the column's style is
refused, where training tells of it and takes it for missing.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine import reading
from engine.reading.notes import MISSING, MISSING_NUMBER
from engine.strict import BookError
from engine.table import Column, Labels, Numbers
from engine.typed.need import Need, Unreadable
from engine.typed.source import Source

_MISSING = sorted(MISSING)
_MISSING_NUMBER = sorted(MISSING_NUMBER)


class Strange(BookError):
    """A text that stands for no number by itself; the whole of its column may tell more."""

    def __init__(self, message: str, need: Need) -> None:
        super().__init__(message)
        self.need = need

    def __reduce__(self) -> tuple[type["Strange"], tuple[str, Need]]:
        """Say how to make it anew, where a worker hands it back."""
        return Strange, (str(self), self.need)


def with_look(source: Source, strange: Strange) -> Source:
    """Give the source with the column of a strange text read by look; raises `strange` if that does not help."""
    name = strange.need.name
    if name in source.looked:
        raise strange
    values = source.columns[name]
    if isinstance(values, Numbers | Labels):
        raise strange
    try:
        values = (
            values if isinstance(values, pa.ChunkedArray | pa.Array) else pa.array(values, from_pandas=True)
        )
    except (pa.ArrowException, TypeError, ValueError):  # texts among other things
        raise strange from None
    found = reading.read(pa.table({name: values}), name=source.name).table[name]
    return source._replace(looked={**source.looked, name: settled(found, strange)})


def settled(found: Column, strange: Strange) -> Numbers:
    """Give a column that was read by look if it is what the model wants; raises `strange` if it is not."""
    if isinstance(found, Numbers) and (found.unit == "date") == (strange.need.unit == "date"):
        return found
    raise strange from None


def looked(need: Need, source: Source, start: int, stop: int, first: int) -> Numbers:
    """Give the rows of a column read by look; raises Unreadable for a text that was taken for missing and is not."""
    values = source.looked[need.name].values[first + start : first + stop]
    lost = np.isnan(values)
    if lost.any():
        raw = source.take(need.name, start, stop)
        texts = pc.cast(raw if isinstance(raw, pa.Array) else pa.array(raw, from_pandas=True), pa.string())
        bare = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
        absent = pc.or_(
            pc.is_in(bare, value_set=pa.array(_MISSING)),
            pc.is_in(pc.utf8_lower(bare), value_set=pa.array(_MISSING_NUMBER)),
        )
        lost &= ~absent.to_numpy(zero_copy_only=False)
        if lost.any():
            row = int(np.argmax(lost))
            raise Unreadable(row, texts[row].as_py(), need)
    return Numbers(values, need.unit)
