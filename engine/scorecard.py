"""The scorecard: bins to points to score. A frozen value, and its fast path for one person.

Points are whole numbers, so that what is shown adds up to what was decided. Zero is the neutral point of
every factor: what is not known adds nothing and takes nothing. This file and what it imports stay free of
numpy.
"""

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

import msgspec

from engine.bins import FactorPoints, Lookup
from engine.countries.pack import Pack
from engine.explain import REASONS_MAX, principal
from engine.factors import Record, Value
from engine.many import Many
from engine.profile import Profile, Row
from engine.result import Points, Reason, Result
from engine.scale import BANDS, Band, Scale, check_bands


class Scorecard(
    Many,
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    eq=False,
    dict=True,
    tag_field="kind",
    tag="scorecard",
):
    """A model: its scale, its bands, its base points and the points of each factor.

    `base` is the score of somebody of whom nothing is known; it follows from `bad_rate`, the share of loans
    expected to go bad. `gap` (natural log-odds) is how far that somebody stands above the average borrower:
    filled-in forms hold more good news than bad. `figures` are what the model card reports, `profile` what
    its book looked like; they decide nothing.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{0,40}$")]
    base: Annotated[int, msgspec.Meta(ge=0, le=1500)]
    bad_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    gap: Annotated[float, msgspec.Meta(ge=-5, le=5)] = 0.0
    scale: Scale = Scale()
    bands: tuple[Band, ...] = BANDS
    factors: Annotated[tuple[FactorPoints, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    figures: dict[str, Row] = {}
    profile: Profile | None = None

    def __post_init__(self) -> None:
        """Refuse what the parts alone cannot show."""
        check_bands(self.bands, self.scale)
        if len({entry.name for entry in self.factors}) != len(self.factors):
            raise ValueError("`factors` names one factor twice")
        if self.base != base_points(self.scale, self.bad_rate, self.gap):
            raise ValueError("`base` does not follow from `bad_rate` and `gap`")

    @property
    def kind(self) -> str:
        """Which kind of model it is."""
        return "scorecard"

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
        for band in self.bands:
            if score >= band.floor:
                return band.name
        raise ValueError(f"{score} is off the scale")

    def effects(self, pack: Pack | None = None) -> dict[str, int]:
        """Give how many points each permitted factor of the model can matter, the weightiest first."""
        tables = self._tables if pack is None else self._permitted(pack)
        return {table.name: table.effect for table in tables}

    def points_at(self, factor: str) -> FactorPoints | None:
        """Give the bins of one factor; None for one that the model does not know."""
        return next((entry for entry in self.factors if entry.name == factor), None)

    def worth(self, factor: str, value: Value | None) -> int:
        """Give the points of one factor's value, or of its not being there; 0 for a factor that is not the model's."""
        table = self._by_name.get(factor)
        if table is None:
            return 0
        return table.points[table.absent if value is None else table.bin(value)]

    def cuts_of(self, factor: str) -> tuple[float, ...]:
        """Give the values at which a number factor's points change, rising; empty for any other."""
        table = self._by_name.get(factor)
        return table.cuts if table else ()

    def score(self, record: Record, pack: Pack | None = None) -> Result:
        """Score one person in one place; without a pack nothing is forbidden.

        A factor the pack forbids is not looked at, whatever it says. Raises ValueError for a value that is none
        of the factor's: `engine.record` makes records that never are.
        """
        total, get = self.base, record.get
        known: list[Points] = []
        worths: list[int] = []
        codes: list[str] = []
        missing: list[str] = []
        expected = present = 0
        for table in self._tables if pack is None else self._permitted(pack):
            name, effect, absent = table.name, table.effect, table.absent
            expected += effect
            value = get(name)
            at = absent if value is None else table.bin(value)
            worth = table.points[at]
            if at == absent:
                missing.append(name)
                if not worth:
                    continue
                value = ""
            else:
                present += effect
            total += worth
            known.append(Points(name, value, worth))  # type: ignore[arg-type]  # a bin that is not `absent` had one
            worths.append(worth)
            codes.append(table.codes[at])
        scale = self.scale
        score = min(max(total, scale.low), scale.high)
        hurting, helping = principal(worths, REASONS_MAX if pack is None else pack.decision.reasons_max)
        return Result(
            score=score,
            pd=scale.pd(total),
            band=self.band(score),
            base=self.base,
            points=tuple(known),
            clip=score - total,
            reasons=tuple(
                [Reason(codes[at], known[at].factor, worths[at], known[at].value) for at in hurting]
            ),
            strengths=tuple(
                [Reason(codes[at], known[at].factor, worths[at], known[at].value) for at in helping]
            ),
            completeness=present / expected if expected else 0.0,
            missing=tuple(missing),
            model_id=self.id,
            model_hash=self.hash,
            pack_id="" if pack is None else pack.id,
            pack_version=0 if pack is None else pack.version,
        )

    @cached_property
    def catalogue(self) -> frozenset[str]:
        """The factors that are of the catalogue, of which a country's law speaks."""
        return frozenset(entry.name for entry in self.factors if not entry.own)

    def permits(self, name: str, pack: Pack | None) -> bool:
        """Say whether a place lets this model look at a factor; a pack does not know a lender's own columns."""
        return pack is None or self._by_name[name].own or pack.permits(name)

    def _permitted(self, pack: Pack) -> list[Lookup]:
        return [table for table in self._tables if table.own or pack.permits(table.name)]

    @cached_property
    def _tables(self) -> tuple[Lookup, ...]:
        """The factors laid out for speed, the weightiest first."""
        by_effect = sorted(self.factors, key=lambda entry: -entry.effect)
        return tuple(Lookup(entry) for entry in by_effect)

    @cached_property
    def _by_name(self) -> dict[str, Lookup]:
        return {table.name: table for table in self._tables}


def base_points(scale: Scale, bad_rate: float, gap: float) -> int:
    """Give the score of somebody of whom nothing is known, where `bad_rate` of the loans go bad."""
    return scale.points(math.log((1.0 - bad_rate) / bad_rate) + gap)
