"""The scale of the score and its bands: what a number means, apart from how it was made."""

import math
from typing import Annotated, Any

import msgspec

_LEAST = 1e-6  # no model of ours knows that somebody will surely pay, or surely not


class Scale(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """score = anchor_score + points_to_double * log2(odds / anchor_odds), within low..high.

    odds = (1 - PD) / PD: `points_to_double` more points mean twice as many good loans for each bad one.
    """

    low: int = 300
    high: int = 850
    anchor_score: int = 600
    anchor_odds: Annotated[float, msgspec.Meta(gt=0)] = 15.0
    points_to_double: Annotated[int, msgspec.Meta(gt=0)] = 40

    def __post_init__(self) -> None:
        """Refuse a scale that is upside down."""
        if not self.low < self.anchor_score < self.high:
            raise ValueError("`scale` is not usable; accepted: low < anchor_score < high")

    @property
    def points_per_log_odds(self) -> float:
        """Points for one unit of natural log-odds (57.7 on the usual scale)."""
        return self.points_to_double / math.log(2.0)

    def pd(self, unclipped: int) -> float:
        """Give the probability of default for a score before clipping, to six decimals.

        The rounding keeps results equal to the bit where two machines' `pow` differ in the last one.
        """
        odds: float = self.anchor_odds * 2.0 ** ((unclipped - self.anchor_score) / self.points_to_double)
        return min(max(round(1.0 / (1.0 + odds), 6), _LEAST), 1.0 - _LEAST)

    def log_odds(self, unclipped: Any) -> Any:
        """Give the natural log-odds of good at a score before clipping, or at many."""
        return (unclipped - self.anchor_score) / self.points_per_log_odds + math.log(self.anchor_odds)

    def points(self, log_odds: float) -> int:
        """Give the unclipped score, to the nearest point, at natural log-odds of a good outcome."""
        return round(self.anchor_score + self.points_per_log_odds * (log_odds - math.log(self.anchor_odds)))


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named stretch of the scale, from `floor` up to the next better band."""

    name: Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]
    floor: int


BANDS = (Band("A", 720), Band("B", 660), Band("C", 600), Band("D", 540), Band("E", 300))


def check_bands(bands: tuple[Band, ...], scale: Scale) -> None:
    """Raise ValueError unless the bands run from the best down and cover the whole scale."""
    floors = [band.floor for band in bands]
    if not floors or floors != sorted(set(floors), reverse=True) or floors[-1] > scale.low:
        raise ValueError(f"`bands` must fall from the best to one whose floor is {scale.low} or less")
    if len({band.name for band in bands}) != len(bands):
        raise ValueError("`bands` names one band twice")
