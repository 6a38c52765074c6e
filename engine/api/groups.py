"""Does a model treat groups alike, and can what is forbidden be read from what is permitted? `engine.fairness`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np

from engine.api.judged import Bools, Judged, Values, judged
from engine.countries.pack import Pack
from engine.judge.intervals import Floats, Places
from engine.monitor.drift import deciles
from engine.monitor.fairness import FEWEST, Fairness, bands, gate
from engine.monitor.fairness import fairness as measure
from engine.monitor.gates import Gate, Justification, sign
from engine.monitor.proxy import Proxy, proxy
from engine.reading.notes import refuse
from engine.table import Column, Labels, Table
from engine.typed import Model, needs

AGES = (25.0, 35.0, 50.0, 65.0)
_AGE = frozenset(("age", "age_years", "edad", "alter", "年龄"))
_MOST = 12  # different numbers beyond which they are put into four equal bands


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """Every attribute at one `cutoff` (PD up to which is approved), proxies of each, and the gate of release."""

    cutoff: float
    approved: float
    attributes: tuple[Fairness, ...]
    proxies: tuple[Proxy, ...]
    gate: Gate


def fairness(
    model: Model,
    table: object,
    groups: Sequence[str],
    target: str | None = None,
    *,
    cutoff: float | None = None,
    approve: float | None = None,
    bad: Values | None = None,
    good: Values | None = None,
    pack: Pack | None = None,
    floors: Mapping[str, Sequence[float]] | None = None,
    signed: tuple[str, str, datetime] | None = None,
    seed: int = 0,
) -> Groups:
    """Compare the groups of each column of `groups`, which the model need not read.

    Approved is whoever's PD is `cutoff` or less, or the safest share `approve` (0..1) of the table; without either,
    as large a share as did not go bad. Numbers are put into bands: ages by 25, 35, 50, 65, others by `floors` or into
    quarters. `signed` is (text, name, time) of a justification for exactly these figures. Raises BookError.
    """
    found = judged(model, table, target, bad=bad, good=good, pack=pack)
    return of_judged(
        model, found, groups, cutoff=cutoff, approve=approve, floors=floors, signed=signed, seed=seed
    )


def of_judged(
    model: Model,
    found: Judged,
    groups: Sequence[str],
    *,
    cutoff: float | None = None,
    approve: float | None = None,
    floors: Mapping[str, Sequence[float]] | None = None,
    signed: tuple[str, str, datetime] | None = None,
    seed: int = 0,
) -> Groups:
    """Do what `fairness` does for a table that is scored already."""
    pd = found.scores.pd
    limit = cutoff_of(pd, found.bad, cutoff, approve)
    placed = {name: _grouped(found.table, name, (floors or {}).get(name)) for name in groups}
    reports = tuple(
        measure(name, places, labels, pd, found.bad, cutoff=limit)
        for name, (places, labels) in placed.items()
    )
    excuse: Justification | None = None
    if signed is not None:
        text, by, at = signed
        excuse = sign(reports, text=text, by=by, at=at)
    matrix, names = _matrix(model, found.table, set(groups))
    proxies = tuple(
        proxy(name, places, labels, names, matrix, seed=seed)
        for name, (places, labels) in placed.items()
        if names and _enough(places, len(labels))
    )
    return Groups(
        cutoff=limit,
        approved=float((pd <= limit).mean()),
        attributes=reports,
        proxies=proxies,
        gate=gate(reports, excuse),
    )


def cutoff_of(pd: Floats, bad: Bools | None, cutoff: float | None, approve: float | None) -> float:
    """Give the PD up to which is approved; raises ValueError for a share or a PD that is none."""
    if cutoff is not None and approve is not None:
        raise ValueError("a cut-off and a share to approve are two answers to one question; give one of them")
    if cutoff is not None:
        if not 0.0 < cutoff < 1.0:
            raise ValueError(f"a cut-off is a PD between 0 and 1, not {cutoff:g}; for example 0.1")
        return cutoff
    share = approve if approve is not None else 1.0 - float(bad.mean()) if bad is not None else 0.8
    if not 0.0 < share <= 1.0:
        raise ValueError(f"a share to approve lies above 0 and up to 1, not {share:g}; for example 0.8")
    return float(np.quantile(pd, share))


def _grouped(table: Table, name: str, floors: Sequence[float] | None) -> tuple[Places, tuple[str, ...]]:
    if name not in table:
        some = ", ".join(list(table)[:20])
        raise refuse(table.name, "", f"there is no column `{name}` of groups", f"accepted: {some}")
    column = table[name]
    if isinstance(column, Labels):
        return column.codes.astype(np.intp), column.labels
    values, codes = np.unique(column.values[~column.missing], return_inverse=True)
    if floors is None and name.lower() in _AGE:
        floors = AGES
    if floors is None and len(values) > _MOST:
        floors = deciles(column.values, 4)
    if floors is not None:
        return bands(column.values, floors)
    places = np.full(len(column), -1, dtype=np.intp)
    places[~column.missing] = codes
    return places, tuple(f"{value:g}" for value in values)


def _enough(places: Places, labels: int) -> bool:
    return bool((np.bincount(places[places >= 0], minlength=labels) >= FEWEST).sum() >= 2)


def _matrix(model: Model, table: Table, groups: set[str]) -> tuple[Floats, list[str]]:
    """Give what the model reads as numbers, without the groups themselves; a label is its place."""
    names = [need.name for need in needs(model) if need.name in table and need.name not in groups]
    columns = [_numbers(table[name]) for name in names]
    return np.column_stack(columns) if columns else np.empty((table.rows, 0)), names


def _numbers(column: Column) -> Floats:
    if isinstance(column, Labels):
        return np.where(column.codes < 0, np.nan, column.codes.astype(np.float64))
    return column.values
