"""Scores on disk, piece by piece: whole and under its name at the end, or not there at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from engine.reading.notes import refuse

# A cell that begins so is a formula to a spreadsheet, in full width as well.
_FORMULA = "^[=+\\-@\t\r\n＝＋－＠]"
_ENDINGS = (".parquet", ".csv", ".arrow", ".feather")


class Writer(Protocol):
    """What takes batches of one schema."""

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""


def check_target(path: Path) -> None:
    """Raise BookError where no scores can be written under this name."""
    if path.suffix.lower() not in _ENDINGS:
        raise refuse(
            path.name,
            "",
            "it is not said how to write it",
            f"accepted: a name ending in {', '.join(_ENDINGS)}",
        )
    if not path.parent.is_dir():
        raise refuse(path.name, "", f"there is no folder {path.parent}", "make it first")


@contextmanager
def writing(path: Path, schema: pa.Schema, facts: Mapping[str, str]) -> Iterator[Writer]:
    """Write a file by batches; it takes its name when all are written, and vanishes if something goes wrong.

    `facts` are kept in the file's own metadata, where its format has any.
    """
    part = path.with_name(f".{path.name}.{os.urandom(6).hex()}.part")
    try:
        with part.open("wb") as file:
            with _writer(file, path.suffix.lower(), schema.with_metadata(dict(facts))) as writer:
                yield writer
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _writer(file: object, ending: str, schema: pa.Schema) -> Iterator[Writer]:
    if ending == ".parquet":
        with pa_parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            yield writer
    elif ending == ".csv":
        yield from _csv(file, schema)
    else:
        with pa.ipc.new_file(file, schema) as writer:
            yield writer


def _csv(file: object, schema: pa.Schema) -> Iterator[Writer]:
    names = quoted(pa.array(schema.names)).to_pylist()
    plain = pa.schema(list(zip(names, map(_plain, schema.types), strict=True)))
    with pa_csv.CSVWriter(file, plain) as writer:
        yield _Csv(writer, plain)


class _Csv:
    """A CSV writer whose texts are no formulas."""

    def __init__(self, writer: pa_csv.CSVWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        columns = []
        for column, kind in zip(batch.columns, self._schema.types, strict=True):
            cast = column.cast(kind)
            columns.append(quoted(cast) if pa.types.is_string(kind) else cast)
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))


def _plain(kind: pa.DataType) -> pa.DataType:
    """Give the type as which a column is written as text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    texts = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return pa.string() if texts else kind


def quoted(texts: pa.StringArray) -> pa.StringArray:
    """Put a ' before each text that a spreadsheet would take for a formula."""
    formulas = pc.match_substring_regex(texts, _FORMULA)
    if not pc.any(formulas).as_py():
        return texts
    return pc.if_else(formulas, pc.binary_join_element_wise("'", texts, ""), texts)
