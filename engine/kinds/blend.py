"""A weighted sum of models in log-odds, behind the same face: what each part says, said once."""

import math
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Annotated

import msgspec

from engine.countries.pack import Pack
from engine.factors import Record, Value
from engine.kinds.face import Side, answer, forbidden, pd_of, result
from engine.kinds.inputs import Input
from engine.kinds.nonlinear import Nonlinear, shift
from engine.many import Many
from engine.profile import Profile, Row
from engine.result import Result
from engine.scale import BANDS, Band, Scale, check_bands
from engine.scorecard import Scorecard

Model = Scorecard | Nonlinear


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, eq=False):
    """One model of a blend, a scorecard (`card`) or another (`other`), and its weight."""

    weight: Annotated[float, msgspec.Meta(ge=0, le=100)]
    card: Scorecard | None = None
    other: Nonlinear | None = None

    def __post_init__(self) -> None:
        """Refuse none and both."""
        if (self.card is None) == (self.other is None) or not math.isfinite(self.weight):
            raise ValueError("a part of a blend is a `card` or an `other`, and not both")

    @property
    def model(self) -> Model:
        """The model, whichever it is."""
        found = self.card or self.other
        assert found is not None  # noqa: S101 - checked when it was made  # nosec B101
        return found


class Blend(
    Many,
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    eq=False,
    dict=True,
    tag_field="kind",
    tag="blend",
):
    """Natural log-odds of good = `level` + the sum of each part's weight times its log-odds.

    All parts are measured against one reference: that of the non-linear parts, and nothing for what only a scorecard
    reads. Where a missing answer is neutral (the factors of the catalogue) every part reads it as the reference; a
    lender's own column that is missing is news to each part in its own way.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{0,40}$")]
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1, max_length=20)]
    level: Annotated[float, msgspec.Meta(ge=-50, le=50)] = 0.0
    bad_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    scale: Scale = Scale()
    bands: tuple[Band, ...] = BANDS
    figures: dict[str, Row] = {}
    profile: Profile | None = None

    def __post_init__(self) -> None:
        """Refuse parts that read one column in two ways, and weights that are all 0."""
        check_bands(self.bands, self.scale)
        if not any(part.weight for part in self.parts):
            raise ValueError("`parts` need a weight above 0")
        seen: dict[str, Input] = {}
        for model in self._others:
            for entry in model.inputs:
                if seen.setdefault(entry.name, entry) != entry:
                    raise ValueError(
                        f"`{entry.name}` is read in two ways; accepted: the same input in all parts"
                    )

    @property
    def kind(self) -> str:
        """Which kind of model it is."""
        return "blend"

    @cached_property
    def reference(self) -> dict[str, Value]:
        """The answers everything is measured against, as far as an answer can say them."""
        answers: dict[str, Value] = {}
        for entry in self._inputs.values():
            value = entry.reference_label if entry.kind == "class" else entry.reference
            if value is not None:
                answers[entry.name] = value
        return answers

    @cached_property
    def catalogue(self) -> frozenset[str]:
        """The inputs that are factors of the catalogue in some part."""
        cards = (entry for part in self.parts if part.card for entry in part.card.factors)
        found = {entry.name for entry in cards if not entry.own}
        return frozenset(found.union(*(model.catalogue for model in self._others)))

    @cached_property
    def neutral(self) -> frozenset[str]:
        """The inputs whose missing answers are read as the reference, as far as it can be said as an answer."""
        return frozenset(name for name in self.reference if self._inputs[name].neutral)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every input of any part, the weightiest first."""
        return tuple(sorted(self._weights, key=lambda name: -self._weights[name]))

    def with_bad_rate(self, rate: float) -> "Blend":
        """Give this model for a lender who expects `rate` (0..1, exclusive) of the loans to go bad."""
        return msgspec.structs.replace(self, bad_rate=rate, level=self.level + shift(self.bad_rate, rate))

    def with_bands(self, bands: Iterable[Band]) -> "Blend":
        """Give this model with a lender's own bands, the best first."""
        return msgspec.structs.replace(self, bands=tuple(bands))

    def band(self, score: int) -> str:
        """Name the band of a score on the scale."""
        return next(band.name for band in self.bands if score >= band.floor)

    def effects(self, pack: Pack | None = None) -> dict[str, float]:
        """Give how many points each permitted input matters, the weightiest first."""
        hidden = forbidden(pack, self.catalogue)
        return {name: self._weights[name] for name in self.names if name not in hidden}

    def log_odds(self, record: Record, pack: Pack | None = None) -> float:
        """Give the natural log-odds of good for one person."""
        return self.without(record, forbidden(pack, self.catalogue))

    def without(self, record: Record, names: Collection[str]) -> float:
        """Give the log-odds of good for one person with the inputs of `names` at the reference."""
        hidden = frozenset(names)
        total = self.level
        for part in self.parts:
            if part.other is not None:
                total += part.weight * part.other.log_odds_of(part.other.vector(record, hidden))
            elif part.card is not None:
                total += part.weight * self._card_log_odds(part.card, self._completed(record, hidden))
        return total

    def pd(self, record: Record, pack: Pack | None = None) -> float:
        """Give the probability of default of one person, without explaining it."""
        return pd_of(self.log_odds(record, pack))

    def score(self, record: Record, pack: Pack | None = None) -> Result:
        """Score one person, in one place or in none; the attributions are the weighted sums of the parts'.

        A factor the pack forbids is read as the reference, whatever the record says. Raises ValueError for an
        answer that cannot be read.
        """
        hidden = forbidden(pack, self.catalogue)
        amounts = self._amounts(record, hidden)
        points = self.scale.points_per_log_odds
        sides = []
        for name in self.names:
            if name not in hidden:
                value = answer(record, name)
                entry = self._inputs.get(name)
                kind, side = _side(entry, value)
                sides.append(Side(name, kind, value, side, points * amounts[name], self._weights[name]))
        return result(self, sides, self.log_odds(record, pack), self._neutral, pack)

    def _amounts(self, record: Record, hidden: frozenset[str]) -> dict[str, float]:
        amounts = dict.fromkeys(self._weights, 0.0)
        for part in self.parts:
            if part.other is not None:
                model = part.other
                found = model.attribution(model.vector(record, hidden)).amounts
                for name, amount in zip(model.names, found, strict=True):
                    amounts[name] += part.weight * amount
            elif part.card is not None:
                card, scale = part.card, part.weight / part.card.scale.points_per_log_odds
                answers = self._completed(record, hidden)
                for entry in card.factors:
                    name = entry.name
                    apart = card.worth(name, answers.get(name)) - card.worth(name, self.reference.get(name))
                    amounts[name] += scale * apart
        return amounts

    def _completed(self, record: Record, hidden: frozenset[str]) -> dict[str, Value]:
        """Give the record with the reference where a missing answer is neutral or may not be looked at."""
        answers: dict[str, Value] = {}
        for name in self.names:
            value = None if name in hidden else answer(record, name)
            entry = self._inputs.get(name)
            if value is not None:
                answers[name] = value if entry is None or entry.kind == "class" else entry.read(value)
            elif name in self.reference and (name in hidden or (entry is not None and entry.neutral)):
                answers[name] = self.reference[name]
        return answers

    def _card_log_odds(self, card: Scorecard, record: Record) -> float:
        total = card.base + sum(card.worth(entry.name, record.get(entry.name)) for entry in card.factors)
        return float(card.scale.log_odds(total))

    @property
    def _others(self) -> tuple[Nonlinear, ...]:
        return tuple(part.other for part in self.parts if part.other is not None)

    @cached_property
    def _inputs(self) -> dict[str, Input]:
        return {entry.name: entry for model in self._others for entry in model.inputs}

    @cached_property
    def _neutral(self) -> float:
        total = self.level
        for part in self.parts:
            if part.other is not None:
                total += part.weight * part.other.reference_log_odds
            elif part.card is not None:
                total += part.weight * self._card_log_odds(part.card, self.reference)
        return total

    @cached_property
    def _weights(self) -> dict[str, float]:
        """Points by which each input matters, weighted over the parts."""
        weights: dict[str, float] = {}
        for part in self.parts:
            model = part.model
            effects = model.effects() if isinstance(model, Nonlinear) else _effects(model)
            for name, effect in effects.items():
                weights[name] = weights.get(name, 0.0) + part.weight * effect
        return weights


def _effects(card: Scorecard) -> dict[str, float]:
    return {entry.name: float(entry.effect) for entry in card.factors}


def _side(entry: Input | None, value: Value | None) -> tuple[str, int]:
    """Say what kind of value it is, and on which side of the reference it lies."""
    if entry is None:  # a factor that only a scorecard reads
        return ("class" if isinstance(value, str) else "number"), 1
    apart = entry.read(value) - entry.reference
    return entry.kind, 0 if math.isnan(apart) else (apart > 0) - (apart < 0)
