"""What every kind of model shares, so that advice asks nothing of a model but its scores."""

from collections.abc import Mapping
from typing import Protocol

from engine.countries.pack import Pack
from engine.factors import Record
from engine.profile import Row
from engine.result import Result
from engine.scale import Band, Scale


class Model(Protocol):
    """A scorecard, a tree, boosted trees, a network or a blend of them."""

    @property
    def id(self) -> str:
        """The name a lender gave it."""

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical JSON."""

    @property
    def kind(self) -> str:
        """Which kind of model it is."""

    @property
    def scale(self) -> Scale:
        """What its numbers mean."""

    @property
    def bands(self) -> tuple[Band, ...]:
        """Its bands, the best first."""

    @property
    def figures(self) -> Mapping[str, Row]:
        """What was measured of it."""

    def score(self, record: Record, pack: Pack | None = None) -> Result:
        """Score one person, in one place or in none."""
