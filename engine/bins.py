"""The bins of one factor: where a value falls, what it is worth, and what to call it when it hurts."""

import math
from bisect import bisect_right
from itertools import pairwise
from typing import Annotated

import msgspec

from engine.explain import CLASS, GOOD, MISSING, SPECIAL, bin_codes
from engine.factors import FACTORS, POSITIVE_ONLY, Value
from engine.raw import number, spellings

_Whole = Annotated[int, msgspec.Meta(ge=-1100, le=1100)]  # twice the length of the usual scale


class FactorPoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The bins of one factor and the points of each, with the written reason why.

    A number falls in the bin after the last cut it reaches: `cuts` (1, 3) make the bins below 1, 1 to below
    3, and 3 up. A class factor has `classes` instead, a group of labels for each of `points`. `missing` and
    `other` are for a value that is not there and a label that is in no group; `specials` are codes with
    points of their own. `unit` says how a number is read ("date", "flag", "percent"; "" for a plain one).
    `own` marks a lender's own column, which only looks like a factor of the catalogue if its name is one.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    why: str
    points: Annotated[tuple[_Whole, ...], msgspec.Meta(min_length=1, max_length=1000)]
    own: bool = False
    unit: str = ""
    cuts: tuple[float, ...] = ()
    classes: tuple[tuple[str, ...], ...] = ()
    missing: _Whole = 0
    other: _Whole = 0
    specials: tuple[tuple[float, _Whole], ...] = ()

    def __post_init__(self) -> None:
        """Refuse bins that make no sense, that do not fit the catalogue, or that go against its direction."""
        bins = len(self.classes) or len(self.cuts) + 1
        if len(self.points) != bins:
            raise ValueError(f"`{self.name}` needs {bins} points, one a {'class' if self.classes else 'bin'}")
        if not all(low < high for low, high in pairwise(self.cuts)) or not all(map(math.isfinite, self.cuts)):
            raise ValueError(f"`{self.name}` needs rising cuts")
        if self.classes and self.cuts:
            raise ValueError(f"`{self.name}` has `cuts` and `classes`; accepted: one of them")
        labels = [label for group in self.classes for label in group]
        if len(set(labels)) != len(labels) or not all(self.classes):
            raise ValueError(f"`{self.name}` names a class twice, or a group without one")
        if not self.own:
            self._suits(labels)

    def _suits(self, labels: list[str]) -> None:
        factor = FACTORS.get(self.name)
        if factor is None:
            raise ValueError(f"`{self.name}` is no factor; accepted: `own`, or one of {', '.join(FACTORS)}")
        if self.missing or self.other or self.specials or self.unit:
            raise ValueError(f"`{self.name}` is in the catalogue: what is not known of it is worth 0")
        if sorted(labels) != sorted(factor.classes):
            raise ValueError(f"`{self.name}` takes these classes: {', '.join(factor.classes) or 'none'}")
        if not all(factor.low < cut <= factor.high for cut in self.cuts):
            raise ValueError(f"`{self.name}` needs cuts within {factor.low:g}..{factor.high:g}")
        ordered = list(self.points) == sorted(self.points, reverse=factor.direction == "up")
        if factor.direction in ("up", "down") and not ordered:
            raise ValueError(f"`{self.name}`: risk goes {factor.direction}, and the points go against it")
        if self.name in POSITIVE_ONLY and min(self.points) < 0:
            raise ValueError(f"`{self.name}` can only help; no point of it may be below 0")

    @property
    def effect(self) -> int:
        """Points between the best and the worst value: how much knowing this factor can matter."""
        worths = [*self.points, self.missing, self.other, *(worth for _, worth in self.specials)]
        return max(worths) - min(worths)


class Lookup:
    """One factor laid out for speed: `points` and reason `codes` by bin, and behind them those without a bin.

    Behind the bins lie the specials, then other labels, and last what is missing (`absent`).
    """

    __slots__ = (
        "absent",
        "codes",
        "cuts",
        "effect",
        "high",
        "labels",
        "low",
        "name",
        "own",
        "points",
        "unit",
    )

    def __init__(self, entry: FactorPoints) -> None:
        self.name, self.own, self.unit, self.cuts = entry.name, entry.own, entry.unit, entry.cuts
        self.effect = entry.effect
        behind = [(SPECIAL, worth) for _, worth in entry.specials]
        behind += [(CLASS, entry.other), (MISSING, entry.missing)]
        self.points = (*entry.points, *(worth for _, worth in behind))
        signs = (GOOD if worth > 0 else sign if worth else "" for sign, worth in behind)
        codes = bin_codes(entry.name, entry.points, ordered=not entry.classes)
        self.codes = (*codes, *(f"{entry.name}.{sign}" if sign else "" for sign in signs))
        self.absent = len(self.points) - 1
        special = len(entry.points)
        self.labels: dict[object, int] = {value: special + at for at, (value, _) in enumerate(entry.specials)}
        self.labels |= {label: at for at, group in enumerate(entry.classes) for label in group}
        factor = None if entry.own else FACTORS[entry.name]
        self.low, self.high = (factor.low, factor.high) if factor else (-_END, _END)
        if entry.classes:
            self.low, self.high = _END, -_END  # no number is a label by its size

    def bin(self, value: Value) -> int:
        """Give the place of a value among `points`; ValueError where it can be none of them."""
        if self.labels:
            at = self.labels.get(value)
            if at is not None:
                return at
        try:
            if self.low <= value <= self.high:  # type: ignore[operator]  # a NaN fails both
                return bisect_right(self.cuts, value)
        except TypeError:  # a text or a date
            pass
        return self._unusual(value)

    def _unusual(self, value: Value) -> int:
        if not self.own:
            raise ValueError(f"{self.name}: {value!r} is outside the catalogue")
        if value == "" or value != value:  # noqa: PLR0124 - NaN
            return self.absent
        if self.low > self.high:
            found = (self.labels.get(text) for text in spellings(value))
            return next((at for at in found if at is not None), self.absent - 1)
        return self.bin(number(self.name, value, self.unit))


_END = 1.7976931348623157e308
