"""Tables of any make as columns that can be cut by rows, without copying or reading what is not needed."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from engine.reading.notes import refuse
from engine.table import Labels, Numbers, Table, read
from engine.typed.need import Raw

_ACCEPTED = "accepted: a table, a data frame, an Arrow table, a mapping of columns, a list of records"


class Source(NamedTuple):
    """Columns as they came (`columns`), all `rows` long.

    `words`: texts of a file, where "NA" means missing. `looked` has columns of numbers whose texts were read by
    look, whole, because they cannot be read one by one.
    """

    name: str
    rows: int
    columns: Mapping[str, Any]
    titles: tuple[str, ...]
    words: bool = False
    looked: Mapping[str, Numbers] = MappingProxyType({})

    def take(self, name: str, start: int, stop: int) -> Raw:
        """Give a column's rows from `start` up to `stop` as an Arrow array, a numpy array, a list, or a Column."""
        return _cut(self.columns[name], start, stop)


def opened(source: object, names: Collection[str], name: str | None = None) -> Source:
    """Open a table for its columns `names`; raises BookError where it is none, or has a name twice."""
    if isinstance(source, Source):
        return source
    if isinstance(source, str | Path):
        source = read(source, name=name)
    title = name or (source.name if isinstance(source, Table) else "table")
    if isinstance(source, Table):
        return Source(title, source.rows, source.columns, tuple(source))
    if isinstance(source, pa.Table | pa.RecordBatch):
        return _arrow(source, names, title)
    if hasattr(source, "iloc") and hasattr(source, "columns"):
        return _pandas(source, names, title)
    if hasattr(source, "__arrow_c_stream__"):
        return _arrow(pa.table(source), names, title)
    if isinstance(source, Mapping):
        titles = tuple(map(str, source))
        return _stacked(title, {str(key): value for key, value in source.items() if key in names}, titles)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return _records(source, names, title)
    raise refuse(title, "", f"{type(source).__name__} is no table", _ACCEPTED)


def _arrow(table: pa.Table | pa.RecordBatch, names: Collection[str], title: str) -> Source:
    titles = tuple(table.schema.names)
    _once(title, titles, names)
    columns = {name: table.column(name) for name in titles if name in names}
    return Source(title, table.num_rows, columns, titles)


def _pandas(frame: Any, names: Collection[str], title: str) -> Source:
    """Take columns one by one: a frame that is given over as a whole is copied as a whole."""
    titles = tuple(map(str, frame.columns))
    _once(title, titles, names)
    columns = {}
    for at, name in enumerate(titles):
        if name in names:
            series = frame.iloc[:, at]
            columns[name] = _of_series(series)
    return Source(title, len(frame), columns, titles)


def _of_series(series: Any) -> Any:
    """Give what is under a column of pandas, without a copy."""
    plain = isinstance(series.dtype, np.dtype) or getattr(series.dtype, "storage", "") == "python"
    return np.asarray(series.array) if plain else series.array


def _records(rows: Sequence[Any], names: Collection[str], title: str) -> Source:
    if not all(isinstance(row, Mapping) for row in rows):
        raise refuse(title, "", f"a list of {type(rows[0]).__name__}", "accepted: a list of records")
    titles = tuple(dict.fromkeys(str(key) for row in rows for key in row))
    columns = {name: [row.get(name) for row in rows] for name in titles if name in names}
    return Source(title, len(rows), columns, titles)


def _stacked(title: str, columns: dict[str, Any], titles: tuple[str, ...]) -> Source:
    for name, values in columns.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            raise refuse(
                title, f"column `{name}`", "one value where a column is wanted", "accepted: a sequence"
            )
        if hasattr(values, "iloc"):
            columns[name] = _of_series(values)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise refuse(title, "", f"columns of different lengths: {lengths}", "accepted: one length for all")
    return Source(title, next(iter(lengths.values()), 0), columns, titles)


def _once(title: str, titles: Sequence[str], names: Collection[str]) -> None:
    twice = next((name for name in titles if name in names and titles.count(name) > 1), None)
    if twice is not None:
        raise refuse(
            title, "", f"the column name `{twice}` stands twice", "accepted: each name once; rename one"
        )


def _cut(column: Any, start: int, stop: int) -> Raw:
    if isinstance(column, Numbers | Labels):
        return column.take(slice(start, stop))
    if isinstance(column, pa.ChunkedArray):
        return _whole(column.slice(start, stop - start))
    if isinstance(column, pa.Array):
        return column.slice(start, stop - start)
    piece = column[start:stop]
    if isinstance(piece, np.ndarray | list | tuple):
        return piece
    made = pa.array(piece, from_pandas=True)  # an extension array of pandas
    return _whole(made) if isinstance(made, pa.ChunkedArray) else made


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
