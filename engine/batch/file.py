"""Scoring files: any size in, in memory that does not grow, and a whole file out."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from engine import reading
from engine.batch import Scorer, missing_columns, processors
from engine.batch.read import Again, Book, Pieces, open_book
from engine.batch.write import Writer, check_target, writing
from engine.countries.pack import Pack
from engine.explain import REASONS_MAX
from engine.factors import Value
from engine.reading.notes import refuse
from engine.reading.stream import Progress
from engine.scorecard import Scorecard
from engine.table import Labels, Numbers, Table
from engine.typed import Model, part
from engine.typed.look import Strange, settled
from engine.typed.source import Source, opened

_OWN = ("score", "pd", "band")


class Written(NamedTuple):
    """How many `rows` were scored, and which columns the model reads and the file lacks (`absent`)."""

    rows: int
    absent: tuple[str, ...]


class BatchScorer:
    """The map from a batch of a file to its scores: pure, so that any executor can run it.

    `keep` names columns to hand through; `reasons` (0..4) is how many reason codes, with their points, to add.
    `looked` has the columns of the whole file that had to be read by look.
    """

    def __init__(
        self,
        model: Model,
        book: str,
        *,
        pack: Pack | None = None,
        keep: Sequence[str] = (),
        reasons: int = 0,
        words: bool = False,
        looked: Mapping[str, Numbers] | None = None,
    ) -> None:
        if not 0 <= reasons <= REASONS_MAX:
            raise ValueError(f"{reasons} reasons; accepted: 0 to {REASONS_MAX}")
        self.scorer = Scorer(model, pack)
        self.kept = tuple(keep)
        self._book, self._words, self._reasons, self._looked = book, words, reasons, looked or {}
        own = [*_OWN, *(name for at in range(1, reasons + 1) for name in (f"reason_{at}", f"points_{at}"))]
        clash = next((name for name in self.kept if name in own), None)
        if clash is not None:
            raise refuse(book, f"column `{clash}`", "the scores have a column of this name", "rename it")

    def __call__(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """Score a batch; `first` rows of the file came before it. Raises BookError."""
        scorer, rows = self.scorer, batch.num_rows
        source: Source = opened(batch, scorer.names, self._book)
        source = source._replace(words=self._words, looked=self._looked)
        table = part(scorer.needs, source, 0, rows, first=first)
        scores = scorer(table, rows, first)
        bands = pa.DictionaryArray.from_arrays(pa.array(scores.band), pa.array(scores.bands))
        columns = {name: _bare(batch.column(name)) for name in self.kept}
        columns |= {"score": pa.array(scores.score), "pd": pa.array(scores.pd), "band": bands}
        if self._reasons:
            columns |= self._reasoned(table, rows)
        return pa.RecordBatch.from_pydict(columns)

    def _reasoned(self, table: Table, rows: int) -> dict[str, pa.Array]:
        model, pack = self.scorer.model, self.scorer.pack
        limit = min(self._reasons, REASONS_MAX if pack is None else pack.decision.reasons_max)
        if isinstance(model, Scorecard):
            found = self.scorer.reasons(table, rows, limit)
        else:
            found = _one_by_one(model, pack, table, rows, limit)
        columns: dict[str, pa.Array] = {}
        for at in range(self._reasons):
            codes, points = (
                found[at] if at < limit else (pa.nulls(rows, pa.string()), pa.nulls(rows, pa.int32()))
            )
            columns |= {f"reason_{at + 1}": codes, f"points_{at + 1}": points}
        return columns


def score_file(
    model: Model,
    source: str | Path,
    target: str | Path,
    *,
    pack: Pack | None = None,
    keep: Sequence[str] = (),
    reasons: int = 0,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    groups: Sequence[int] | None = None,
) -> Written:
    """Score a CSV, Parquet or Arrow file into a .csv, .parquet or .arrow file, row by row in the same order.

    The target has the columns `keep` of the source, then score (points), pd (0..1), band, and with `reasons` (1..4) as
    many pairs of reason code and points, the most harmful first, empty where nothing hurts. It appears under its
    name when it is complete. `groups` are the row groups of a Parquet file to read, all unless said. Memory does not
    depend on the size of the file, unless numbers or dates are written as only the look of a whole column can tell
    (1.200,50 or 31/05/2024): then the file is read whole, as for training. Raises BookError, naming file, row, column
    and remedy.
    """
    source, target = Path(source), Path(target)
    check_target(target)
    looked: dict[str, Numbers] = {}
    whole: Table | None = None
    while True:
        try:
            book = open_book(source, encoding=encoding, delimiter=delimiter, progress=progress, groups=groups)
            work = _mapper(model, book, pack, keep, reasons, looked)
            return _score(book, target, work, threads)
        except Again as turn:
            encoding = turn.encoding
        except Strange as strange:
            name = strange.need.name
            if name in looked or groups is not None:
                raise
            whole = whole or reading.read(source, encoding=encoding, delimiter=delimiter).table
            looked[name] = settled(whole[name], strange)


def _mapper(
    model: Model,
    book: Book,
    pack: Pack | None,
    keep: Sequence[str],
    reasons: int,
    looked: Mapping[str, Numbers],
) -> BatchScorer:
    lost = next((name for name in keep if name not in book.titles), None)
    if lost is not None:
        some = ", ".join(book.titles[:12])
        raise refuse(book.name, "", f"no column `{lost}` to keep", f"accepted: columns such as {some}")
    return BatchScorer(
        model, book.name, pack=pack, keep=keep, reasons=reasons, words=book.words, looked=looked
    )


def _score(book: Book, target: Path, work: BatchScorer, threads: int | None) -> Written:
    scorer = work.scorer
    absent = missing_columns(scorer, Source(book.name, 0, {}, book.titles))
    wanted = [*scorer.names, *work.kept]
    facts = {"candor.model": scorer.model.id, "candor.model_hash": scorer.model.hash}
    if scorer.pack is not None:
        facts |= {"candor.pack": scorer.pack.id, "candor.pack_version": str(scorer.pack.version)}
    rows = 0
    with closing(_mapped(work, book.pieces(wanted), threads or processors())) as pieces:
        first = next(pieces, None)
        if first is None:
            raise refuse(book.name, "", "column names and no row under them", "accepted: a row for each loan")
        with writing(target, first.schema, facts) as writer:
            rows = _write(writer, first)
            for piece in pieces:
                rows += _write(writer, piece)
    return Written(rows, absent)


def _write(writer: Writer, piece: pa.RecordBatch) -> int:
    writer.write_batch(piece)
    return int(piece.num_rows)


def _mapped(work: BatchScorer, pieces: Pieces, threads: int) -> Pieces:
    """Score pieces in order, a few of them at a time."""
    waiting: deque[Future[pa.RecordBatch]] = deque()
    first = 0
    with closing(pieces), ThreadPoolExecutor(threads) as pool:
        try:
            for piece in pieces:
                if piece.num_rows:
                    waiting.append(pool.submit(work, piece, first))
                    first += piece.num_rows
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _bare(column: pa.Array) -> pa.Array:
    """Give a column without its dictionary, which need not be the same for the next piece."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _one_by_one(
    model: Model, pack: Pack | None, table: Table, rows: int, most: int
) -> list[tuple[pa.Array, pa.Array]]:
    """Explain every person: for models that are no sum of points there is no shorter way."""
    readers = [(name, _values(table, name)) for name in table]
    codes: list[list[str | None]] = [[] for _ in range(most)]
    points: list[list[int | None]] = [[] for _ in range(most)]
    for row in range(rows):
        record = {name: value for name, read in readers if (value := read(row)) is not None}
        found = model.score(record, pack).reasons
        for at in range(most):
            codes[at].append(found[at].code if at < len(found) else None)
            points[at].append(found[at].points if at < len(found) else None)
    return [
        (pa.array(code, pa.string()), pa.array(worth, pa.int32()))
        for code, worth in zip(codes, points, strict=True)
    ]


def _values(table: Table, name: str) -> Callable[[int], Value | None]:
    column = table[name]
    if isinstance(column, Labels):
        labels, codes = column.labels, column.codes.tolist()
        return lambda row: labels[codes[row]] if codes[row] >= 0 else None
    values = column.values.tolist()
    return lambda row: None if values[row] != values[row] else values[row]
