"""The same scores on a Dask cluster: every piece of a book goes to whichever worker is free (extra `candor[cluster]`).

A model travels as its JSON, checked by its hash on arrival, so a worker needs this package and a folder all share, and
nothing that could run is ever unpickled from a model.
"""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pa_parquet
from distributed import Client, as_completed

from engine.batch.file import Written, score_file
from engine.countries.pack import Pack
from engine.reading.notes import refuse
from engine.reading.stream import Progress
from engine.strict import BookError, ModelError
from engine.typed import Model

_ROWS = 1_000_000  # of a piece: some seconds of work
_finished: Any = as_completed


class _Piece(NamedTuple):
    """Some row groups of a file, and the file that their scores go to."""

    source: str
    groups: tuple[int, ...]
    target: str


class _Sent(NamedTuple):
    """A model as it travels: its JSON, and the hash it had."""

    data: bytes
    hash: str


def score_files(
    model: Model,
    pattern: str,
    out: str | Path,
    client: Client,
    *,
    pack: Pack | None = None,
    keep: Sequence[str] = (),
    reasons: int = 0,
    rows: int = _ROWS,
    progress: Progress | None = None,
) -> dict[Path, Written]:
    """Score all Parquet files that match `pattern` into the folder `out`, on the workers of `client`.

    Each file NAME.parquet becomes NAME-00000.parquet, NAME-00001.parquet ... in the order of its rows, each of about
    `rows` rows (whole row groups), as `score_file` writes them. All workers must see both folders. Gives what was
    written, by file. Raises BookError for the first piece that cannot be scored; what was written before it stays, and
    running again writes all anew.
    """
    dask: Any = client  # its functions say nothing of their types
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [piece for path in _found(pattern) for piece in _pieces(path, folder.resolve(), rows)]
    sent = dask.scatter(_Sent(msgspec.json.encode(model), model.hash), broadcast=True)
    place = None if pack is None else msgspec.json.encode(pack)
    waiting: list[Any] = [
        dask.submit(_work, sent, place, piece, tuple(keep), reasons, pure=False, retries=1)
        for piece in pieces
    ]
    written: dict[Path, Written] = {}
    try:
        for future in _finished(waiting):
            piece = pieces[waiting.index(future)]
            written[Path(piece.target)] = Written(*future.result())
            if progress:
                progress(len(written) / len(pieces))
    finally:
        dask.cancel([future for future in waiting if not future.done()])
    return dict(sorted(written.items()))


def _found(pattern: str) -> list[Path]:
    found = sorted(Path(path) for path in glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
    names = [path.stem for path in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if not found:
        raise BookError(f"{pattern}: no file matches; accepted: a pattern such as books/*.parquet")
    if twice is not None:
        raise BookError(f"{pattern}: two files are called {twice}; accepted: names that differ")
    return found


def _pieces(path: Path, out: Path, rows: int) -> list[_Piece]:
    try:
        facts = pa_parquet.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise refuse(
            path.name, "", f"no Parquet file: {str(error).splitlines()[0][:200]}", "give Parquet"
        ) from None
    pieces: list[list[int]] = []
    room = 0
    for at in range(facts.num_row_groups):
        if room <= 0:
            pieces.append([])
            room = rows
        pieces[-1].append(at)
        room -= facts.row_group(at).num_rows
    return [
        _Piece(str(path.resolve()), tuple(groups), str(out / f"{path.stem}-{at:05d}.parquet"))
        for at, groups in enumerate(pieces)
    ]


def _received(sent: _Sent) -> Model:
    model: Model = msgspec.json.decode(sent.data, type=Model)
    if model.hash != sent.hash:
        raise ModelError(
            "the model is not the one that was sent; accepted: one version of the package everywhere"
        )
    return model


def _work(
    sent: _Sent, place: bytes | None, piece: _Piece, keep: tuple[str, ...], reasons: int
) -> tuple[int, tuple[str, ...]]:
    """Score one piece: what a worker runs, on one thread, for it has others beside it."""
    pack = None if place is None else msgspec.json.decode(place, type=Pack)
    done = score_file(
        _received(sent),
        piece.source,
        piece.target,
        pack=pack,
        keep=keep,
        reasons=reasons,
        groups=piece.groups,
        threads=1,
    )
    return done.rows, done.absent
