"""What every fit is told besides the rows: columns, prior, scale and seed. One value, handed through."""

from dataclasses import dataclass, field

from engine.fitting.scorecard import Plan
from engine.scale import BANDS, Band, Scale
from engine.scorecard import Scorecard


@dataclass(frozen=True)
class Setup:
    """`seed` fixes all that is drawn. `folds`: into how many parts the book is cut to hold rows out.

    `plan` tells about the columns, `prior` is where factors of the catalogue start from. `model_id` names what
    comes out.
    """

    seed: int = 0
    folds: int = 5
    plan: Plan = field(default_factory=Plan)
    prior: Scorecard | None = None
    model_id: str = "model"
    scale: Scale = field(default_factory=Scale)
    bands: tuple[Band, ...] = BANDS
