"""The scorecard: bins to points to score. A frozen value, and its fast path for one person.

Points are whole numbers, so that what is shown adds up to what was decided. Zero is the neutral point of
every factor: what is not known adds nothing and takes nothing. This file and what it imports stay free of
numpy.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from engine.countries.pack import Pack
from engine.explain import bin_codes, principal
from engine.factors import FACTORS, POSITIVE_ONLY, Record, Value
from engine.result import Points, Reason, Result
from engine.scale import BANDS, Band, Scale, check_bands

_Whole = Annotated[int, msgspec.Meta(ge=-550, le=550)]  # the scale is 550 points long
_Figure = float | int | str | bool | None


class FactorPoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bins of one factor and the points of each, with the written reason why.

    A number falls in the bin after the last cut it reaches: `cuts` (1, 3) make the bins below 1, 1 to below
    3, and 3 up. A class factor has `classes` instead, the points in their order.
    """

    name: str
    why: str
    points: tuple[_Whole, ...]
    cuts: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse bins that do not fit the catalogue, or points that run against the factor's direction."""
        factor = FACTORS.get(self.name)
        if factor is None:
            raise ValueError(f"`{self.name}` is no factor; accepted: {', '.join(FACTORS)}")
        if factor.kind == "class":
            if sorted(self.classes) != sorted(factor.classes) or self.cuts:
                raise ValueError(
                    f"`{self.name}` takes no cuts and these classes: {', '.join(factor.classes)}"
                )
            if len(self.points) != len(self.classes):
                raise ValueError(f"`{self.name}` needs {len(self.classes)} points, one a class")
            return
        rising = all(low < high for low, high in zip(self.cuts, self.cuts[1:], strict=False))
        inside = all(factor.low < cut <= factor.high for cut in self.cuts)
        if not self.cuts or not rising or not inside or self.classes:
            raise ValueError(f"`{self.name}` needs rising cuts within {factor.low:g}..{factor.high:g}")
        if len(self.points) != len(self.cuts) + 1:
            raise ValueError(f"`{self.name}` needs {len(self.cuts) + 1} points, one a bin")
        ordered = list(self.points) == sorted(self.points, reverse=factor.direction == "up")
        if factor.direction in ("up", "down") and not ordered:
            raise ValueError(f"`{self.name}`: risk goes {factor.direction}, and the points go against it")
        if self.name in POSITIVE_ONLY and min(self.points) < 0:
            raise ValueError(f"`{self.name}` can only help; no point of it may be below 0")

    @property
    def effect(self) -> int:
        """Points between the best and the worst value: how much knowing this factor can matter."""
        return max(self.points) - min(self.points)


class Scorecard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, eq=False, dict=True):
    """A model: its scale, its bands, its base points and the points of each factor.

    `base` is the score of somebody of whom nothing is known; it follows from `bad_rate`, the share of loans
    expected to go bad. `gap` (natural log-odds) is how far that somebody stands above the average borrower:
    filled-in forms hold more good news than bad. `figures` are what the model card reports, and decide
    nothing.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{0,40}$")]
    kind: Literal["scorecard"] = "scorecard"
    base: Annotated[int, msgspec.Meta(ge=0, le=1500)]
    bad_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    gap: Annotated[float, msgspec.Meta(ge=-5, le=5)] = 0.0
    scale: Scale = Scale()
    bands: tuple[Band, ...] = BANDS
    factors: Annotated[tuple[FactorPoints, ...], msgspec.Meta(min_length=1)]
    figures: dict[str, dict[str, _Figure]] = {}

    def __post_init__(self) -> None:
        """Refuse what the parts alone cannot show."""
        check_bands(self.bands, self.scale)
        if len({entry.name for entry in self.factors}) != len(self.factors):
            raise ValueError("`factors` names one factor twice")
        if self.base != base_points(self.scale, self.bad_rate, self.gap):
            raise ValueError("`base` does not follow from `bad_rate` and `gap`")

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the model's canonical JSON: two models with one hash give the same results."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """Every reason code this model can give, in alphabetical order."""
        return tuple(sorted({code for table in self._tables for code in table.codes if code}))

    def with_bad_rate(self, rate: float) -> "Scorecard":
        """Give this model for a lender who expects `rate` (0..1, exclusive) of the loans to go bad.

        Only the base moves, by the change in log-odds; the order of borrowers stays.
        """
        if not 0.0 < rate < 1.0:
            raise ValueError(f"a bad rate lies between 0 and 1, not {rate}")
        base = base_points(self.scale, rate, self.gap)
        return msgspec.structs.replace(self, bad_rate=rate, base=base)

    def with_bands(self, bands: Iterable[Band]) -> "Scorecard":
        """Give this model with a lender's own bands, the best first."""
        return msgspec.structs.replace(self, bands=tuple(bands))

    def band(self, score: int) -> str:
        """Name the band of a score on the scale."""
        return next(band.name for band in self.bands if score >= band.floor)

    def effects(self, pack: Pack) -> dict[str, int]:
        """Give how many points each permitted factor of the model can matter, the weightiest first."""
        return {table.name: table.effect for table in self._tables if pack.permits(table.name)}

    def points_of(self, factor: str, value: Value) -> int:
        """Give the points of one factor's value; 0 for a factor that the model does not know."""
        table = self._by_name.get(factor)
        return table.points[table.bin(value)] if table else 0

    def cuts_of(self, factor: str) -> tuple[float, ...]:
        """Give the values at which a number factor's points change, rising; empty for any other."""
        table = self._by_name.get(factor)
        return table.cuts if table else ()

    def score(self, record: Record, pack: Pack) -> Result:
        """Score one person in one place.

        A factor the pack forbids is not looked at, whatever it says. Raises ValueError for a value outside
        the catalogue: `engine.record` makes records that never are.
        """
        total = self.base
        known: list[Points] = []
        reasons: list[Reason] = []
        missing: list[str] = []
        expected = present = 0
        permits = pack.permits
        for table in self._tables:
            name = table.name
            if not permits(name):
                continue
            expected += table.effect
            value = record.get(name)
            if value is None:
                missing.append(name)
                continue
            at = table.bin(value)
            points = table.points[at]
            present += table.effect
            total += points
            known.append(Points(name, value, points))
            if points:
                reasons.append(Reason(table.codes[at], name, points, value))
        scale = self.scale
        score = min(max(total, scale.low), scale.high)
        hurting, helping = principal(reasons, pack.decision.reasons_max)
        return Result(
            score=score,
            pd=scale.pd(total),
            band=self.band(score),
            base=self.base,
            points=tuple(known),
            clip=score - total,
            reasons=hurting,
            strengths=helping,
            completeness=present / expected if expected else 0.0,
            missing=tuple(missing),
            model_id=self.id,
            model_hash=self.hash,
            pack_id=pack.id,
            pack_version=pack.version,
        )

    @cached_property
    def _tables(self) -> tuple["_Table", ...]:
        """The factors laid out for speed, the weightiest first."""
        by_effect = sorted(self.factors, key=lambda entry: -entry.effect)
        return tuple(_Table(entry) for entry in by_effect)

    @cached_property
    def _by_name(self) -> dict[str, "_Table"]:
        return {table.name: table for table in self._tables}


class _Table:
    """One factor laid out for speed."""

    __slots__ = ("classes", "codes", "cuts", "effect", "high", "low", "name", "points")

    def __init__(self, entry: FactorPoints) -> None:
        factor = FACTORS[entry.name]
        self.name = entry.name
        self.effect = entry.effect
        self.points = entry.points
        self.codes = bin_codes(entry.name, entry.points, ordered=factor.kind == "number")
        self.cuts = entry.cuts
        self.classes = {label: at for at, label in enumerate(entry.classes)}
        self.low, self.high = factor.low, factor.high

    def bin(self, value: Value) -> int:
        if isinstance(value, str):
            at = self.classes.get(value)
            if at is not None:
                return at
        elif not self.classes and self.low <= value <= self.high:  # a NaN fails both comparisons
            return bisect_right(self.cuts, value)
        raise ValueError(f"{self.name}: {value!r} is outside the catalogue")


def base_points(scale: Scale, bad_rate: float, gap: float) -> int:
    """Give the score of somebody of whom nothing is known, where `bad_rate` of the loans go bad."""
    return scale.points(math.log((1.0 - bad_rate) / bad_rate) + gap)
