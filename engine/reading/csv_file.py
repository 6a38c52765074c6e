"""Text tables in blocks: columns of plain numbers become numbers as they stream by, all others keep their texts.

A column whose words turn out not to be rare after all is read once more as text. Memory is the table itself and a
few blocks, whatever the size of the file.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from engine.reading.faults import BLOCK, NotUtf8, Ragged, check_last_text, explained
from engine.reading.gather import Gather
from engine.reading.notes import Found, Kinds, Note, refuse
from engine.reading.stream import Progress, RowStream
from engine.reading.text import Look, delimiter_word, guessed, look, opened


def read_text(
    path: Path,
    *,
    kinds: Kinds | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, Found], list[Note]]:
    """Read a text table; gives its columns and the notes on the file as a whole.

    `encoding` and `delimiter` are found by look where they are not given. Raises BookError, naming the file, the
    line and the remedy, where the file is no table.
    """
    kinds = kinds or {}
    shape = look(path, encoding, delimiter)
    try:
        return _read(path, shape, kinds, progress)
    except NotUtf8:  # the beginning was, or it was plain ASCII
        if encoding is not None:
            raise refuse(path.name, "", f"the file is not {encoding}", "name its encoding") from None
        return _read(path, look(path, _later(path), delimiter), kinds, progress)


def _read(
    path: Path, shape: Look, kinds: Kinds, progress: Progress | None
) -> tuple[dict[str, Found], list[Note]]:
    names, notes = _named(shape)
    ragged = Ragged()
    gathers = [Gather(name, kinds.get(name)) for name in names]
    quotes = _stream(path, shape, gathers, range(len(names)), ragged, progress)
    rows = gathers[0].rows
    if ragged.count:
        numbered = Ragged(most=1)
        _stream(path, shape, [Gather(names[0], route="again")], [0], numbered, None, threads=False)
        if not ragged.tolerable(rows):
            raise numbered.refusal(path.name, shape, ragged.count)
        notes.append(numbered.note(shape, ragged.count))
    if not rows:
        raise refuse(
            path.name,
            f"line {shape.lines}",
            "column names and no row under them",
            "accepted: a line for each loan",
        )
    first_line = shape.lines + 1
    found = [gather.finished(path.name, first_line) for gather in gathers]
    again = [at for at, column in enumerate(found) if column is None]
    if again:
        texts = [Gather(names[at], kinds.get(names[at]), "text") for at in again]
        _stream(path, shape, texts, again, Ragged(), None)
        for at, gather in zip(again, texts, strict=True):
            found[at] = gather.finished(path.name, first_line)
    if quotes % 2:
        check_last_text(path.name, names, [column for column in found if column])
    notes = _file_notes(shape) + notes
    return {name: column for name, column in zip(names, found, strict=True) if column}, notes


def _stream(
    path: Path,
    shape: Look,
    gathers: Sequence[Gather],
    wanted: Sequence[int],
    ragged: Ragged,
    progress: Progress | None,
    *,
    threads: bool = True,
) -> int:
    """Let the file stream by the columns `wanted`; gives the number of quotes that were seen."""
    kept = [str(at) for at in wanted]
    with RowStream(path, shape, progress) as source:
        first = source.read()
        if not first.strip():
            return 0
        source.unread(first)
        for block in _blocks(path, ragged, lambda: _opened(source, shape, kept, ragged, threads=threads)):
            for gather, column in zip(gathers, block.columns, strict=True):
                gather.add(column)
        return source.quotes


def _opened(
    source: RowStream, shape: Look, kept: list[str], ragged: Ragged, *, threads: bool
) -> pa_csv.CSVStreamingReader:
    inner = [str(at) for at in range(len(shape.names))]
    return pa_csv.open_csv(
        source,
        read_options=pa_csv.ReadOptions(column_names=inner, block_size=BLOCK, use_threads=threads),
        parse_options=pa_csv.ParseOptions(
            delimiter=shape.delimiter, newlines_in_values=True, invalid_row_handler=ragged
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(inner, pa.string()),
            include_columns=kept,
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _blocks(
    path: Path, ragged: Ragged, opening: Callable[[], pa_csv.CSVStreamingReader]
) -> Iterator[pa.RecordBatch]:
    """Give block after block, with Arrow's complaints in our words."""
    try:
        with opening() as reader:
            while True:
                yield reader.read_next_batch()
    except StopIteration:
        return
    except pa.ArrowInvalid as error:
        if ragged.full:
            return
        raise explained(path, str(error)) from None


def _named(shape: Look) -> tuple[list[str], list[Note]]:
    """Give every column a name; one without gets its place."""
    names, notes = [], []
    for place, name in enumerate(shape.names, 1):
        if not name:
            text = f"column {place} has no name in the file; it is called so here"
            notes.append(Note("unnamed", f"column {place}", text))
        names.append(name or f"column {place}")
    return names, notes


def _file_notes(shape: Look) -> list[Note]:
    text = f"read as {shape.encoding} with a {delimiter_word(shape.delimiter)} between columns"
    notes = [Note("encoding", "", text, shape.encoding)]
    if shape.preface:
        lines = "line stands" if shape.preface == 1 else f"{shape.preface} lines stand"
        text = f"the first {lines} before the column names and {'was' if shape.preface == 1 else 'were'} left out"
        notes.append(Note("preface", "", text, count=shape.preface))
    return notes


def _later(path: Path) -> str:
    """Guess the encoding of a file whose beginning was plain ASCII, by the first block that is not."""
    with opened(path) as file:
        while data := file.read(BLOCK):
            if not data.isascii():
                return guessed(data)
    return "utf-8"
