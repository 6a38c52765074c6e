"""Tables that are already columns: Parquet, Feather, data frames of any library, mappings, lists of records."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as pa_feather
import pyarrow.parquet as pa_parquet

from engine.reading.columns import by_look, numbers
from engine.reading.notes import Found, Kind, Kinds, Words, refuse
from engine.table import Numbers

_DAY = {"s": 86400, "ms": 86400_000, "us": 86400_000_000, "ns": 86400_000_000_000}


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file; raises BookError where it is damaged."""
    try:
        return pa_parquet.read_table(path, memory_map=False)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, "Parquet", error) from None


def read_feather(path: Path) -> pa.Table:
    """Read a Feather (Arrow IPC) file; raises BookError where it is damaged."""
    try:
        table = pa_feather.read_table(path, memory_map=False)
        table.validate(full=True)  # Arrow trusts the offsets in the file: a damaged one would end the process
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, "Feather", error) from None
    return table


def _damaged(path: Path, kind: str, error: Exception) -> Exception:
    first = str(error).replace(f"'{path}'", "the file").split("\n")[0][:200] or "no reason was given"
    return refuse(path.name, "", f"the {kind} file is damaged: {first}", "write it again, or give CSV")


def arrow(source: object, name: str) -> pa.Table:
    """Make an Arrow table of a data frame, a mapping of sequences, or a list of records; or raise BookError."""
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if hasattr(source, "__arrow_c_stream__"):
        return _framed(source, name)
    if isinstance(source, Mapping):
        return _stacked({str(key): value for key, value in source.items()}, name)
    if isinstance(source, Sequence) and source and all(isinstance(row, Mapping) for row in source):
        keys = dict.fromkeys(str(key) for row in source for key in row)
        return _stacked({key: [row.get(key) for row in source] for key in keys}, name)
    accepted = "accepted: a path, a data frame, an Arrow table, a mapping of columns, a list of records"
    raise refuse(name, "", f"{type(source).__name__} is no table", accepted)


def _framed(source: Any, name: str) -> pa.Table:
    titles = list(getattr(source, "columns", []))
    twice = sorted({str(title) for title in titles if titles.count(title) > 1})
    if twice:
        raise refuse(
            name, "", f"the column name `{twice[0]}` stands twice", "accepted: each name once; rename one"
        )
    try:
        return pa.table(source)
    except (pa.ArrowException, ValueError, TypeError):
        return _stacked({str(title): list(source[title]) for title in titles}, name)


def _stacked(columns: Mapping[str, Any], name: str) -> pa.Table:
    """Put sequences side by side; one of mixed types becomes texts."""
    arrays = {}
    for title, values in columns.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            raise refuse(
                name,
                f"column `{title}`",
                "one value where a column is wanted",
                "accepted: a sequence of values",
            )
        try:
            arrays[title] = pa.array(values, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            texts = [None if value is None else str(value) for value in values]
            arrays[title] = pa.array(texts, pa.string())
    lengths = {title: len(values) for title, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise refuse(name, "", f"columns of different lengths: {lengths}", "accepted: one length for all")
    return pa.table(arrays)


def columns(table: pa.Table, name: str, kinds: Kinds | None = None) -> dict[str, Found]:
    """Settle every column of an Arrow table."""
    twice = [title for title in table.column_names if table.column_names.count(title) > 1]
    if twice:
        raise refuse(
            name, "", f"the column name `{twice[0]}` stands twice", "accepted: each name once; rename one"
        )
    if not table.num_columns or not table.num_rows:
        what = "no rows" if table.num_columns else "no columns"
        raise refuse(name, "", f"there are {what}", "accepted: a row for each loan")
    titles = [title or f"column {place}" for place, title in enumerate(table.column_names, 1)]
    wanted = kinds or {}
    return {
        title: _column(name, title, values, wanted.get(title))
        for title, values in zip(titles, table.columns, strict=True)
    }


def _column(book: str, title: str, values: pa.ChunkedArray, wanted: Kind | None) -> Found:
    kind = values.type
    if wanted == "category" and not pa.types.is_dictionary(kind):
        values = _as_texts(values)
        kind = values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            values = values.cast(kind)
    if pa.types.is_boolean(kind):
        return Found(Numbers(_floats(pc.cast(values, pa.int8())), "flag"), "flag")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return numbers(title, _floats(values))
    if pa.types.is_date(kind):
        return Found(Numbers(_floats(pc.cast(pc.cast(values, pa.date32()), pa.int32())), "date"), "date")
    if pa.types.is_timestamp(kind):
        return Found(Numbers(_floats(pc.cast(values, pa.int64())) / _DAY[kind.unit], "date"), "date")
    if pa.types.is_duration(kind):
        return Found(Numbers(_floats(pc.cast(values, pa.int64())) / _DAY[kind.unit], "days"), "number")
    if pa.types.is_null(kind):
        return Found(Numbers(np.full(len(values), np.nan)), "empty")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_time(kind):
        remedy = "accepted: numbers, texts, truth and dates; leave the column out or take it apart"
        raise refuse(book, f"column `{title}`", f"its values are of type {kind}", remedy)
    return by_look(book, _words(title, values, wanted))


def _as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write numbers and truth as texts ("7" for 7.0), for a column that has to be a category."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        texts = [None if np.isnan(value) else f"{value:.12g}" for value in _floats(values).tolist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return values.cast(pa.string()) if pa.types.is_boolean(kind) or pa.types.is_null(kind) else values


def _words(title: str, values: pa.ChunkedArray, wanted: Kind | None) -> Words:
    encoded = (
        values if pa.types.is_dictionary(values.type) else pc.cast(values, pa.string()).dictionary_encode()
    )
    encoded = encoded.unify_dictionaries()
    if not encoded.num_chunks:
        return Words(title, (), np.empty(0, np.int32), wanted=wanted)
    codes = [pc.fill_null(pc.cast(chunk.indices, pa.int32()), -1).to_numpy() for chunk in encoded.chunks]
    dictionary = pc.cast(encoded.chunk(encoded.num_chunks - 1).dictionary, pa.string())
    return Words(title, dictionary, np.concatenate(codes).astype(np.int32, copy=False), wanted=wanted)


def _floats(values: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    cast = pc.cast(values, pa.float64(), safe=False)
    return np.asarray(pc.fill_null(cast, float("nan")).to_numpy(), np.float64)
