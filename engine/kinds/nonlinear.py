"""A tree, a network or boosted trees as a model: the same face as a `Scorecard`, the same `Result`."""

import math
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Annotated

import msgspec

from engine.countries.pack import Pack
from engine.factors import Record
from engine.kinds import shapley
from engine.kinds.face import Side, answer, forbidden, pd_of, result
from engine.kinds.inputs import Input, check_names, finite
from engine.kinds.network import NetworkBody
from engine.kinds.trees import BoostingBody, TreeBody
from engine.many import Many
from engine.profile import Profile, Row
from engine.result import Result
from engine.scale import BANDS, Band, Scale, check_bands

Body = TreeBody | BoostingBody | NetworkBody


class Nonlinear(
    Many,
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    eq=False,
    dict=True,
    tag_field="kind",
    tag="nonlinear",
):
    """A model that is no sum of points: natural log-odds of good = `level` + `slope` * what the body gives.

    `weights` are the mean absolute effect of each input in points, as the inputs are ordered: they weigh what is
    missing. `bad_rate` is the share of loans expected to go bad, for which `level` was set. `figures` are what
    the model card reports, and decide nothing.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{0,40}$")]
    inputs: Annotated[tuple[Input, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    body: Body
    level: Annotated[float, msgspec.Meta(ge=-50, le=50)] = 0.0
    slope: Annotated[float, msgspec.Meta(gt=0, le=50)] = 1.0
    bad_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    weights: tuple[Annotated[float, msgspec.Meta(ge=0)], ...]
    scale: Scale = Scale()
    bands: tuple[Band, ...] = BANDS
    figures: dict[str, Row] = {}
    profile: Profile | None = None

    def __post_init__(self) -> None:
        """Refuse what the parts alone cannot show."""
        check_bands(self.bands, self.scale)
        check_names(self.inputs)
        if not len(self.inputs) == self.body.width == len(self.weights):
            raise ValueError(
                f"the body reads {self.body.width} inputs; accepted: as many `inputs` and `weights`"
            )
        if not finite((self.level, self.slope, *self.weights)):
            raise ValueError("`level`, `slope` and `weights` must be finite")

    @property
    def kind(self) -> str:
        """Which kind of model it is: tree, boosting or network."""
        return _KINDS[type(self.body)]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs, in their order."""
        return tuple(entry.name for entry in self.inputs)

    @cached_property
    def catalogue(self) -> frozenset[str]:
        """The inputs that are factors of the catalogue."""
        return frozenset(entry.name for entry in self.inputs if entry.catalogue)

    @cached_property
    def reference(self) -> tuple[float, ...]:
        """The vector everything is measured against."""
        return tuple(entry.reference for entry in self.inputs)

    @cached_property
    def reference_log_odds(self) -> float:
        """The log-odds of good at the reference."""
        return self.log_odds_of(self.reference)

    def with_bad_rate(self, rate: float) -> "Nonlinear":
        """Give this model for a lender who expects `rate` (0..1, exclusive) of the loans to go bad.

        Only the level moves, by the change in log-odds; the order of borrowers stays.
        """
        return msgspec.structs.replace(self, bad_rate=rate, level=self.level + shift(self.bad_rate, rate))

    def with_bands(self, bands: Iterable[Band]) -> "Nonlinear":
        """Give this model with a lender's own bands, the best first."""
        return msgspec.structs.replace(self, bands=tuple(bands))

    def band(self, score: int) -> str:
        """Name the band of a score on the scale."""
        return next(band.name for band in self.bands if score >= band.floor)

    def effects(self, pack: Pack | None = None) -> dict[str, float]:
        """Give how many points each permitted input matters on average, the weightiest first."""
        hidden = forbidden(pack, self.catalogue)
        return {self.names[at]: self.weights[at] for at in self._by_weight if self.names[at] not in hidden}

    def vector(self, record: Record, hidden: Collection[str] = ()) -> list[float]:
        """Encode one person, NaN for what is missing; the inputs named in `hidden` are read as the reference.

        Raises ValueError for an answer that cannot be read.
        """
        vector = []
        for entry in self.inputs:
            name = entry.name
            value = entry.reference if name in hidden else entry.read(record.get(name))
            vector.append(entry.start if math.isnan(value) else value)
        return vector

    def log_odds_of(self, vector: Sequence[float]) -> float:
        """Give the natural log-odds of good for an encoded vector."""
        return self.level + self.slope * self.body.raw(vector)

    def log_odds(self, record: Record, pack: Pack | None = None) -> float:
        """Give the natural log-odds of good for one person."""
        return self.log_odds_of(self.vector(record, forbidden(pack, self.catalogue)))

    def without(self, record: Record, names: Collection[str]) -> float:
        """Give the log-odds of good for one person with the inputs of `names` at the reference."""
        return self.log_odds_of(self.vector(record, names))

    def pd(self, record: Record, pack: Pack | None = None) -> float:
        """Give the probability of default of one person, without explaining it."""
        return pd_of(self.log_odds(record, pack))

    def attribution(self, vector: Sequence[float]) -> shapley.Attribution:
        """Give what each input adds to the log-odds against the reference, with its standard error."""
        if isinstance(self.body, NetworkBody):
            seed = int(self.hash[:16], 16)
            found = shapley.of_network(self.body, vector, self.reference, seed)
        else:
            found = shapley.of_trees(self.body, vector, self.reference)
        slope = self.slope
        return shapley.Attribution([slope * a for a in found.amounts], [slope * e for e in found.errors])

    def score(self, record: Record, pack: Pack | None = None) -> Result:
        """Score one person, in one place or in none.

        A factor the pack forbids is read as the reference, whatever the record says. Raises ValueError for an
        answer that cannot be read.
        """
        hidden = forbidden(pack, self.catalogue)
        vector = self.vector(record, hidden)
        amounts = self.attribution(vector).amounts
        points = self.scale.points_per_log_odds
        sides = []
        for at in self._by_weight:
            entry = self.inputs[at]
            if entry.name not in hidden:
                apart = vector[at] - entry.reference
                side = 0 if math.isnan(apart) else (apart > 0) - (apart < 0)
                value = answer(record, entry.name)
                sides.append(
                    Side(entry.name, entry.kind, value, side, points * amounts[at], self.weights[at])
                )
        return result(self, sides, self.log_odds_of(vector), self.reference_log_odds, pack)

    @cached_property
    def _by_weight(self) -> tuple[int, ...]:
        return tuple(sorted(range(len(self.weights)), key=lambda at: -self.weights[at]))


_KINDS: dict[type, str] = {TreeBody: "tree", BoostingBody: "boosting", NetworkBody: "network"}


def shift(before: float, after: float) -> float:
    """Give by how much log-odds of good move when the expected bad rate goes from `before` to `after`."""
    if not 0.0 < after < 1.0:
        raise ValueError(f"a bad rate lies between 0 and 1, not {after}")
    return math.log((1.0 - after) / after) - math.log((1.0 - before) / before)
