"""The expert card as data: log-odds of a good outcome for each bin, with the written reason."""

from pathlib import Path
from typing import Annotated

import msgspec

from engine import strict
from engine.bins import FactorPoints
from engine.scale import Scale
from engine.scorecard import Scorecard, base_points

EXPERT = Path(__file__).parent / "models" / "expert.toml"


class ExpertFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One factor of the card; `points` are natural log-odds, at most 3 either way."""

    name: str
    why: Annotated[str, msgspec.Meta(min_length=20)]
    points: tuple[Annotated[float, msgspec.Meta(ge=-3, le=3)], ...]
    cuts: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()


class ExpertCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole card."""

    factors: tuple[ExpertFactor, ...]


def read(path: Path = EXPERT) -> ExpertCard:
    """Read the expert card, or raise ModelError."""
    return strict.read(path, ExpertCard, strict.ModelError)


def scorecard(card: ExpertCard, *, model_id: str, slope: float, bad_rate: float, gap: float) -> Scorecard:
    """Turn log-odds into whole points: slope * log-odds * points per log-odds, each bin rounded.

    `slope` shrinks what experts believe to what books show; `bad_rate` and `gap` set the base (see
    `Scorecard`).
    """
    scale = Scale()
    return Scorecard(
        id=model_id,
        base=base_points(scale, bad_rate, gap),
        bad_rate=bad_rate,
        gap=gap,
        scale=scale,
        factors=tuple(
            FactorPoints(
                name=entry.name,
                why=entry.why,
                cuts=entry.cuts,
                classes=tuple((label,) for label in entry.classes),
                points=tuple(round(slope * value * scale.points_per_log_odds) for value in entry.points),
            )
            for entry in card.factors
        ),
    )
