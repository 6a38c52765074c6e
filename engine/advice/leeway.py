"""The plan of least effort over a record: the columns of a lender's own model, each as far as its leeway goes.

A record has no questions, so the lender says what a person can change, which way and how far.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal, NamedTuple

from engine.advice import effort
from engine.advice.edges import EdgesOf
from engine.advice.goal import Plan, finished, needed, search
from engine.advice.search import LOOKS, Cost, Option
from engine.countries.pack import Pack
from engine.factors import FACTORS, Record, Value
from engine.model import Model
from engine.raw import number
from engine.scorecard import Scorecard

_EVEN = 20  # steps of a column whose edges are not all known
_MOST = 60  # values of one column; more are thinned out evenly
# A term is a choice of both sides, though a longer one is the riskier.
_EITHER = frozenset({"term_months"})


class Leeway(NamedTuple):
    """How a person can change one column.

    `direction` is that of the value; `low` and `high` (None: as far as the model sees) are the least and the
    greatest value it may take. `effort` weighs the change: 2.0 makes it twice as hard. `step` is what values
    are multiples of; None means round values: two digits, whole where the value is whole. A column of labels
    has `choices` instead, the ones a person can come to; `direction` is not looked at then.
    """

    direction: Literal["down", "up", "either"] = "down"
    low: float | None = None
    high: float | None = None
    effort: float = 1.0
    step: float | None = None
    choices: tuple[str, ...] = ()


def plan_record(
    model: Model,
    person: Record,
    target_score: int,
    *,
    change: Mapping[str, Leeway],
    pack: Pack | None = None,
    looks: int = LOOKS,
) -> Plan:
    """Find the plan of least effort to `target_score` that changes only the columns in `change`.

    A column that is missing, a special code or forbidden by the pack is not changed. Raises ValueError for a
    target off the scale, a column the model does not read or that nobody can change (age, sex, a date), and for
    a leeway that cannot be, or goes against the catalogue's direction.
    """
    before = model.score(person, pack)
    need = needed(model, before, target_score)
    reads = _reads(model)
    groups, complete, edges = [], True, EdgesOf(model)
    for name, leeway in change.items():
        _check(name, leeway, reads)
        if pack is not None and name in FACTORS and not reads[name].own and not pack.permits(name):
            continue
        values, sure = _values(edges, person, name, leeway, reads[name])
        complete &= sure
        old = person.get(name)
        sets = [((name, value),) for value in values]
        group = [Option(Cost(_effort(old, at[0][1], leeway), 1), at, at) for at in sets]
        groups += [group] if group else []

    found = search(model, person, pack, groups, before, need, looks)
    after = model.score({**person, **dict(found.option.sets)}, pack)
    return finished(found, person, target_score, before, after, complete=need <= 0 or complete)


class _Column(NamedTuple):
    """How a model reads a column."""

    kind: Literal["number", "class", "date"]
    unit: str = ""
    own: bool = False
    specials: tuple[float, ...] = ()


def _reads(model: Model) -> dict[str, _Column]:
    """Give every column that a model reads."""
    if isinstance(model, Scorecard):
        found: dict[str, _Column] = {}
        for entry in model.factors:
            kind: Literal["number", "class", "date"] = "number"
            kind = "class" if entry.classes else "date" if entry.unit == "date" else kind
            codes = tuple(code for code, _ in entry.specials)
            found[entry.name] = _Column(kind, entry.unit, entry.own, codes)
        return found
    parts = getattr(model, "parts", ())
    if parts:
        return {name: column for part in reversed(parts) for name, column in _reads(part.model).items()}
    return {entry.name: _Column(entry.kind) for entry in getattr(model, "inputs", ())}


def _check(name: str, leeway: Leeway, reads: Mapping[str, _Column]) -> None:
    if name not in reads:
        raise ValueError(f"{name}: the model reads no such column; accepted: {', '.join(sorted(reads))}")
    if reads[name].kind == "date":
        raise ValueError(f"{name} is a date, which is not for anybody to change")
    if name in FACTORS:
        factor = FACTORS[name]
        if factor.change not in ("person", "slowly"):
            raise ValueError(f"{name} is not for anybody to change")
        worse = {"up": "up", "down": "down"}.get(factor.direction)
        if name not in _EITHER and worse is not None and leeway.direction in (worse, "either"):
            raise ValueError(f"{name}: more risk lies {worse}; accepted: the other direction")
    if (reads[name].kind == "class") != bool(leeway.choices):
        raise ValueError(f"{name} is a {reads[name].kind}; accepted: `choices` for a class, and only for one")
    bounds = [bound for bound in (leeway.low, leeway.high, leeway.effort, leeway.step) if bound is not None]
    if (
        not all(map(math.isfinite, bounds))
        or leeway.effort <= 0
        or (1 if leeway.step is None else leeway.step) <= 0
    ):
        raise ValueError(f"{name}: accepted: finite bounds, an `effort` and a `step` above 0")
    if leeway.low is not None and leeway.high is not None and leeway.low > leeway.high:
        raise ValueError(f"{name}: `low` is above `high`")


def _effort(before: Value | None, after: Value, leeway: Leeway) -> int:
    """Weigh the share of the value that changes; for labels, of the ladder of choices."""
    if leeway.choices:
        share, ladder = 1.0, leeway.choices
        if before in ladder:
            share = abs(ladder.index(str(before)) - ladder.index(str(after))) / max(len(ladder) - 1, 1)
    else:
        old, new = float(before or 0.0), float(after)
        span = (leeway.high - leeway.low) if leeway.high is not None and leeway.low is not None else abs(new)
        share = abs(new - old) / (abs(old) or span or 1.0)
    return max(round(leeway.effort * effort.of_share(share)), 1)


def _values(
    edges: EdgesOf, person: Record, name: str, leeway: Leeway, column: _Column
) -> tuple[list[Value], bool]:
    """Give the values to try, and whether no other could make a smaller plan."""
    raw = person.get(name)
    if leeway.choices:
        missing = raw is None or raw == ""
        return ([] if missing else [label for label in leeway.choices if label != raw]), True
    now = number(name, raw, column.unit)
    if math.isnan(now) or now in column.specials:
        return [], True
    spots, sure = edges(name)
    grid = _Steps(now, leeway)
    found: set[float] = set()
    if not sure:
        found.update(value for at in range(1, _EVEN + 1) for value in grid.around(_towards(now, leeway, at)))
    for spot in spots:
        found.update(grid.around(spot))
    found.update(float(bound) for bound in (leeway.low, leeway.high) if bound is not None)
    kept = sorted(value for value in found if grid.lawful(value) and value not in column.specials)
    below = bisect_left(kept, now)
    near = kept
    if not isinstance(edges.model, Scorecard):  # what adds up is searched however much there is of it
        near = [*_thinned(kept[:below]), *_thinned(kept[below:])]
    counted = type(raw) is int  # not a yes or no
    whole = [int(value) if counted and value.is_integer() else value for value in near]
    return [*whole], sure and len(near) == len(kept)


def _towards(now: float, leeway: Leeway, at: int) -> float:
    """Give an even step towards the end of the leeway: down to 0, or up to twice as much, where it has none."""
    down = leeway.direction == "down" or (leeway.direction == "either" and at % 2)
    low = min(0.0, now) if leeway.low is None else leeway.low
    high = now + (abs(now) or 1.0) if leeway.high is None else leeway.high
    return now + ((low if down else high) - now) * at / _EVEN


def _thinned(values: list[float]) -> list[float]:
    if len(values) <= _MOST:
        return values
    return [values[at * (len(values) - 1) // (_MOST - 1)] for at in range(_MOST)]


class _Steps:
    """The round values of one column."""

    def __init__(self, now: float, leeway: Leeway) -> None:
        self.now, self.leeway = now, leeway
        self.least = Decimal(repr(leeway.step)) if leeway.step else None
        self.whole = self.least is None and now.is_integer()

    def lawful(self, value: float) -> bool:
        """Say whether a value lies where the leeway lets it."""
        low, high, direction = self.leeway.low, self.leeway.high, self.leeway.direction
        if value == self.now or (low is not None and value < low) or (high is not None and value > high):
            return False
        # What is never negative stays so.
        if value < 0.0 <= self.now and low is None:
            return False
        return direction == "either" or (value < self.now) == (direction == "down")

    def around(self, spot: float) -> Iterator[float]:
        """Give the nearest round values at, below and above one."""
        exact = Decimal(repr(spot))
        step = self._step(exact)
        for rounding in (ROUND_FLOOR, ROUND_CEILING):
            at = (exact / step).to_integral_value(rounding) * step
            yield float(at)
            if at == exact:
                yield float(at - self._step(at - step))
                yield float(at + self._step(at))

    def _step(self, value: Decimal) -> Decimal:
        if self.least is not None:
            return self.least
        digits = Decimal(1).scaleb(value.adjusted() - 1) if value else Decimal(1).scaleb(-2)
        return max(digits, Decimal(1)) if self.whole else digits
