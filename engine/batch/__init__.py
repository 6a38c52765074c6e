"""Scoring a whole table at once: for every row the very score and PD that `model.score` gives for its record.

Rows go through in chunks, each on its own, so that memory stays small, threads can share the work, and any other
executor can do the same (`Scorer` is a pure map from a typed table to scores).
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import starmap
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.batch.card import CardColumns
from engine.countries.pack import Pack
from engine.kinds import Blend, Nonlinear
from engine.kinds.encode import encode
from engine.kinds.face import forbidden
from engine.reading.notes import refuse
from engine.scale import Scale
from engine.scorecard import Scorecard
from engine.table import Table
from engine.typed import Model, needs, part, parts
from engine.typed.look import Strange, with_look
from engine.typed.source import Source, opened

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

CHUNK = 65_536  # rows: what fits the cache, and keeps the memory beside the table small


class Scores(NamedTuple):
    """What a table scored, a value a row: `score` on the scale, `pd` (0..1), `band` as a place in `bands`.

    `unclipped` is the score before the ends of the scale. `absent` names columns the model reads and the table lacks:
    they were read as missing.
    """

    score: Ints
    pd: Floats
    band: NDArray[np.int8]
    unclipped: Ints
    bands: tuple[str, ...]
    absent: tuple[str, ...] = ()


class Scorer:
    """A model laid out for whole tables, with or without a pack. Pure: one table gives the same scores anywhere."""

    def __init__(self, model: Model, pack: Pack | None = None) -> None:
        self.model, self.pack = model, pack
        self.needs = needs(model, pack)
        self.names = frozenset(need.name for need in needs(model))
        scale = model.scale
        floors = [band.floor for band in model.bands]
        steps = range(scale.low, scale.high + 1)
        places = [next(at for at, floor in enumerate(floors) if score >= floor) for score in steps]
        self._bands = np.array(places, np.int8)
        self._of: Callable[[Table, int, int], tuple[Ints, Floats]]
        if isinstance(model, Scorecard):
            self._card = CardColumns([entry for entry in model.factors if model.permits(entry.name, pack)])
            self._base, self._pds = model.base, _Pds(scale)
            self._of = self._carded
        else:
            self._of = self._by_log_odds

    def __call__(self, table: Table, rows: int, first: int = 0) -> Scores:
        """Score a typed table of `rows`; `first` rows of the book came before it. Raises BookError."""
        unclipped, pd = self._of(table, rows, first)
        scale = self.model.scale
        score = np.clip(unclipped, scale.low, scale.high)
        names = tuple(band.name for band in self.model.bands)
        return Scores(score, pd, self._bands[score - scale.low], unclipped, names)

    def reasons(self, table: Table, rows: int, most: int) -> list[tuple[pa.Array, pa.Array]]:
        """Give for each of the `most` principal reasons of a scorecard its code and its points; see `CardColumns`."""
        return self._card.reasons(table, rows, most)

    def _carded(self, table: Table, rows: int, first: int) -> tuple[Ints, Floats]:
        total = self._card.totals(table, rows, first)
        total += np.int32(self._base)
        return total, self._pds(total)

    def _by_log_odds(self, table: Table, rows: int, first: int) -> tuple[Ints, Floats]:
        from engine.kinds import many  # noqa: PLC0415 - needs scikit-learn, which a scorecard does not

        model, scale = self.model, self.model.scale
        try:
            if isinstance(model, Nonlinear):
                odds = _nonlinear(model, table, rows, self.pack)
            else:
                assert isinstance(model, Blend)  # noqa: S101 - there are three kinds  # nosec B101
                odds = _blend(model, table, rows, first, self.pack)
        except ValueError as error:
            raise refuse(table.name, f"rows {first + 1} to {first + rows}", str(error), "") from None
        apart = odds - math.log(scale.anchor_odds)
        points = np.rint(scale.anchor_score + scale.points_per_log_odds * apart)
        return points.astype(np.int32), many.pd_many(odds)


def score_many(
    model: Model,
    source: object,
    *,
    pack: Pack | None = None,
    name: str | None = None,
    threads: int | None = None,
) -> Scores:
    """Score every row of a table; see `engine.typed.typed` for what `source` may be.

    With a pack, what it forbids is not looked at. `threads` is as many as there are processors unless said.
    Raises BookError, naming column, row and value, for what cannot be read, and where no column of the model is there.
    """
    scorer = Scorer(model, pack)
    book = opened(source, scorer.names, name)
    absent = missing_columns(scorer, book)
    rows = book.rows
    kept = Scores(
        np.empty(rows, np.int32),
        np.empty(rows),
        np.empty(rows, np.int8),
        np.empty(rows, np.int32),
        tuple(band.name for band in model.bands),
        absent,
    )

    def score(start: int, stop: int) -> None:
        done = scorer(part(scorer.needs, book, start, stop), stop - start, start)
        kept.score[start:stop] = done.score
        kept.pd[start:stop] = done.pd
        kept.band[start:stop] = done.band
        kept.unclipped[start:stop] = done.unclipped

    while True:
        try:
            _each(score, list(parts(book, CHUNK)), threads)
        except Strange as strange:
            book = with_look(book, strange)
        else:
            return kept


def missing_columns(scorer: Scorer, book: Source) -> tuple[str, ...]:
    """Name the columns that the model reads and the source lacks; raises BookError where it lacks all."""
    titles = frozenset(book.titles)
    absent = tuple(need.name for need in scorer.needs if need.name not in titles)
    if titles and scorer.names.isdisjoint(titles):
        some = ", ".join(sorted(scorer.names)[:12])
        raise refuse(book.name, "", "no column that the model reads", f"accepted: columns such as {some}")
    return absent


def processors() -> int:
    """Say how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _each(work: Callable[[int, int], None], bounds: list[tuple[int, int]], threads: int | None) -> None:
    wanted = min(threads or processors(), len(bounds))
    if wanted < 2:
        for _ in starmap(work, bounds):
            pass
        return
    with ThreadPoolExecutor(wanted) as pool:
        waiting = [pool.submit(work, *bound) for bound in bounds]
        try:
            for done in waiting:  # in order, so that the first row that is wrong is the one told of
                done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def pds_of(scale: Scale, unclipped: Ints) -> Floats:
    """Give the probability of default (0..1) of scores before clipping, each as `Scale.pd` has it."""
    return _Pds(scale)(unclipped)


class _Pds:
    """The PD of every unclipped score, each as `Scale.pd` has it; beyond the ends it does not change any more."""

    def __init__(self, scale: Scale) -> None:
        reach = math.ceil(scale.points_per_log_odds * (16.0 + abs(math.log(scale.anchor_odds))))
        self._low, self._high = scale.anchor_score - reach, scale.anchor_score + reach
        self._pds = np.array([scale.pd(score) for score in range(self._low, self._high + 1)])

    def __call__(self, unclipped: Ints) -> Floats:
        return self._pds[np.clip(unclipped, self._low, self._high) - self._low]


def _nonlinear(model: Nonlinear, table: Table, rows: int, pack: Pack | None) -> Floats:
    from engine.kinds import many  # noqa: PLC0415 - needs scikit-learn, which a scorecard does not

    matrix = encode(model.inputs, table) if table.columns else _nothing(model, rows)
    hidden = forbidden(pack, model.catalogue)
    for at, entry in enumerate(model.inputs):
        if entry.name in hidden:
            matrix[:, at] = entry.reference
    odds: Floats = model.level + model.slope * many.raw_many(model.body, matrix)
    return odds


def _nothing(model: Nonlinear, rows: int) -> Floats:
    return np.tile([entry.start for entry in model.inputs], (rows, 1))


def _blend(model: Blend, table: Table, rows: int, first: int, pack: Pack | None) -> Floats:
    """Follow `Blend.log_odds`, sum by sum in its order."""
    hidden = forbidden(pack, model.catalogue)
    open_ = Table(table.name, {name: column for name, column in table.columns.items() if name not in hidden})
    neutral = model.neutral | (hidden & set(model.reference))
    total: Any = np.full(rows, model.level)
    for each in model.parts:
        if each.other is not None:
            total += each.weight * _nonlinear(each.other, open_, rows, pack)
        elif each.card is not None:
            card = each.card
            fills = {name: card.worth(name, model.reference[name]) for name in neutral}
            points = card.base + CardColumns(card.factors, fills).totals(open_, rows, first)
            total += each.weight * card.scale.log_odds(points)
    return np.asarray(total, np.float64)
