"""Files of loans as pieces that come one after the other, so that a file of any size needs the memory of a few pieces.

The texts of a text file stay texts: what they are is for the model to say (`engine.typed`).
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from engine.reading.faults import BLOCK, NotUtf8, Ragged, explained
from engine.reading.notes import refuse
from engine.reading.stream import Progress, RowStream
from engine.reading.text import Look, guessed, look, opened

PIECE = 65_536  # rows at the most

Pieces = Generator[pa.RecordBatch, None, None]


class Book(NamedTuple):
    """A file that was opened: its column names, whether its values are `words`, and how its rows are read.

    `pieces` takes the names of columns; the batches hold those of them that are there, in the order of the file.
    """

    name: str
    titles: tuple[str, ...]
    words: bool
    pieces: Callable[[Sequence[str]], Pieces]


def open_book(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
    groups: Sequence[int] | None = None,
) -> Book:
    """Open a CSV, Parquet or Arrow file (told by its first bytes), or the row `groups` of a Parquet file.

    Raises BookError where it is none of them, there or while its pieces are read.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(8)
        if magic[:4] == b"PAR1":
            return _parquet(path, progress, groups)
        if magic[:6] == b"ARROW1":
            return _ipc(path, progress)
        return _text(path, look(path, encoding, delimiter), progress, again=encoding is None)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise refuse(path.name, "", f"cannot be read: {reason}", "check the path and the rights") from None


# Parquet and Arrow


def _parquet(path: Path, progress: Progress | None, groups: Sequence[int] | None) -> Book:
    try:
        schema = pa_parquet.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, "Parquet", error) from None

    def pieces(names: Sequence[str]) -> Pieces:
        # Texts come as Parquet holds them: each once, and a place in every row.
        texts = [field.name for field in schema if field.name in names and pa.types.is_string(field.type)]
        try:
            # Without buffering ahead, a row group of any size is read in small steps.
            with pa_parquet.ParquetFile(
                path, read_dictionary=texts, buffer_size=1 << 20, pre_buffer=False
            ) as file:
                wanted = range(file.num_row_groups) if groups is None else groups
                rows = sum(file.metadata.row_group(at).num_rows for at in wanted)
                columns = [name for name in schema.names if name in names]
                batches = file.iter_batches(PIECE, row_groups=list(wanted), columns=columns)
                yield from _told(batches, rows, progress)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, "Parquet", error) from None

    return Book(path.name, _once(path, schema.names), words=False, pieces=pieces)


def _ipc(path: Path, progress: Progress | None) -> Book:
    try:
        with pa.memory_map(str(path)) as memory:
            schema = pa.ipc.open_file(memory).schema
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, "Arrow", error) from None

    def pieces(names: Sequence[str]) -> Pieces:
        try:
            with pa.memory_map(str(path)) as memory:
                file = pa.ipc.open_file(memory)
                rows = file.count_rows()
                columns = [name for name in schema.names if name in names]
                yield from _told(_cut(file, columns), rows, progress)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, "Arrow", error) from None

    return Book(path.name, _once(path, schema.names), words=False, pieces=pieces)


def _cut(file: pa.ipc.RecordBatchFileReader, columns: Sequence[str]) -> Pieces:
    for at in range(file.num_record_batches):
        batch = file.get_batch(at).select(columns)
        for start in range(0, batch.num_rows, PIECE):
            yield batch.slice(start, PIECE)


def _told(batches: Iterable[pa.RecordBatch], rows: int, progress: Progress | None) -> Pieces:
    done = 0
    for batch in batches:
        yield batch
        done += batch.num_rows
        if progress:
            progress(min(1.0, done / max(rows, 1)))


def _once(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refuse(path.name, "", f"the column name `{twice}` stands twice", "accepted: each name once")
    return tuple(names)


def _damaged(path: Path, kind: str, error: Exception) -> Exception:
    first = str(error).replace(f"'{path}'", "the file").split("\n")[0][:200] or "no reason was given"
    return refuse(path.name, "", f"the {kind} file is damaged: {first}", "write it again, or give CSV")


# Text


def _text(path: Path, shape: Look, progress: Progress | None, *, again: bool) -> Book:
    titles = tuple(name or f"column {place}" for place, name in enumerate(shape.names, 1))

    def pieces(names: Sequence[str]) -> Pieces:
        wanted = [at for at, title in enumerate(titles) if title in names]
        with closing(_blocks(path, shape, wanted, progress)) as blocks:
            for block in blocks:
                yield block.rename_columns([titles[at] for at in wanted])

    def checked(names: Sequence[str]) -> Pieces:
        try:
            yield from pieces(names)
        except NotUtf8:
            if not again:
                raise refuse(path.name, "", "the file is not of this encoding", "name its encoding") from None
            raise Again(_later(path)) from None

    return Book(path.name, titles, words=True, pieces=checked)


class Again(Exception):
    """What looked like UTF-8 was not, further down: the file is to be read again in `encoding`."""

    def __init__(self, encoding: str) -> None:
        super().__init__(encoding)
        self.encoding = encoding


def _blocks(path: Path, shape: Look, wanted: Sequence[int], progress: Progress | None) -> Pieces:
    ragged = Ragged(most=1)  # a line that is left out would leave somebody without a score
    with RowStream(path, shape, progress) as source:
        first = source.read()
        if not first.strip():
            return
        source.unread(first)
        last = None
        try:
            with _reader(source, shape, wanted, ragged) as reader:
                for block in reader:
                    last = block
                    yield block
        except pa.ArrowInvalid as error:
            if ragged.count:
                raise ragged.refusal(path.name, shape, 1) from None
            raise explained(path, str(error)) from None
        odd = source.quotes % 2 == 1
    if odd and last is not None:
        _refuse_open_quote(path, shape, wanted, last)


def _refuse_open_quote(path: Path, shape: Look, wanted: Sequence[int], last: pa.RecordBatch) -> None:
    """Refuse a file whose last text was opened by a quote and never closed: it has swallowed the rest."""
    if len(wanted) < len(shape.names):  # it may be in a column that was not read
        everything = list(range(len(shape.names)))
        with RowStream(path, shape) as source, _reader(source, shape, everything, Ragged()) as reader:
            for block in reader:
                last = block
    if last.num_rows:
        for column in last.columns:
            if "\n" in (column[-1].as_py() or ""):
                remedy = 'close it, or write it twice ("") where it is part of the text'
                raise refuse(path.name, "the last row", "a quote opens and never closes", remedy)


def _reader(source: Any, shape: Look, wanted: Sequence[int], ragged: Ragged) -> pa_csv.CSVStreamingReader:
    inner = [str(at) for at in range(len(shape.names))]
    return pa_csv.open_csv(
        source,
        read_options=pa_csv.ReadOptions(column_names=inner, block_size=BLOCK, use_threads=False),
        parse_options=pa_csv.ParseOptions(
            delimiter=shape.delimiter, newlines_in_values=True, invalid_row_handler=ragged
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(inner, pa.string()),
            include_columns=[str(at) for at in wanted],
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _later(path: Path) -> str:
    """Guess the encoding of a file whose beginning was plain ASCII, by the first block that is not."""
    with opened(path) as file:
        while data := file.read(BLOCK):
            if not data.isascii():
                return guessed(data)
    return "utf-8"
