"""What a non-linear model reads: columns of any book, each turned into one number, the same for one person as for many.

A label becomes the number that its share of bad loans gave it, a date the days since 1970-01-01, and an answer
that is not there NaN, which the model may learn from, or the reference, where a missing answer is to be neutral.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from engine.factors import FACTORS
from engine.raw import number, spellings

MISSING = math.nan
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One column that a model reads, and how a value of it becomes a number.

    `codes` give each label of a class its number (by convention the smoothed log-odds of bad, so that risk rises
    with it), `other` that of a label never seen (None: it is read as missing). `reference` is the neutral
    value in these units: what explanations measure against. Where `neutral`, a missing answer is read as the
    reference, so that it neither hurts nor helps; that is so for every factor of the catalogue. `own` marks a
    lender's own column, which only looks like a factor of the catalogue if its name is one. `unit` says how a number
    is read (see `engine.raw.number`).
    """

    name: _Name
    kind: Literal["number", "class", "date"] = "number"
    codes: Annotated[dict[str, float], msgspec.Meta(max_length=100_000)] = {}
    other: float | None = None
    reference: float = 0.0
    neutral: bool = False
    own: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse a class without codes, codes without a class, and numbers that are not finite."""
        if bool(self.codes) != (self.kind == "class"):
            raise ValueError(
                f"`{self.name}` is a {self.kind}; accepted: `codes` for a class, and only for one"
            )
        if self.other is not None and self.kind != "class":
            raise ValueError(f"`{self.name}` is a {self.kind}; accepted: `other` for a class only")
        if not finite([self.reference, *self.codes.values(), self.other or 0.0]):
            raise ValueError(f"`{self.name}` needs finite numbers")
        if self.catalogue and not self.neutral:
            raise ValueError(f"`{self.name}` is a factor of the catalogue; accepted: `neutral` true")

    @property
    def catalogue(self) -> bool:
        """Whether it is a factor of the catalogue, of which a country's law speaks."""
        return not self.own and self.name in FACTORS

    @property
    def start(self) -> float:
        """What a missing answer is read as: the reference, or NaN."""
        return self.reference if self.neutral else MISSING

    @cached_property
    def reference_label(self) -> str | None:
        """The label whose code is the reference, None where there is none (an average class) or for a number."""
        return next((label for label, code in self.codes.items() if code == self.reference), None)

    def read(self, raw: object) -> float:
        """Give the number of one answer, NaN for a missing one (None, NaN, or an empty text).

        Numbers are taken as they are or as text, dates as days since 1970-01-01, as ISO text or as a date, labels
        as text or as a number whose text is a label. Raises ValueError for anything else, and for infinity.
        """
        if raw is None or raw == "":
            return MISSING
        if self.kind == "class":
            return self._code(raw)
        return number(self.name, raw, "date" if self.kind == "date" else self.unit)

    def _code(self, raw: object) -> float:
        for label in spellings(raw):
            found = self.codes.get(label)
            if found is not None:
                return found
        if isinstance(raw, float) and math.isnan(raw):
            return MISSING
        if not isinstance(raw, str | int | float):
            some = ", ".join(sorted(self.codes)[:8])
            raise ValueError(  # noqa: TRY004 - what a person did wrong is a ValueError everywhere here
                f"{self.name}: {raw!r} is no label; accepted: a text; for example one of: {some}"
            )
        return MISSING if self.other is None else self.other


def finite(numbers: Iterable[float]) -> bool:
    """Say whether every number is finite."""
    return all(map(math.isfinite, numbers))


def check_names(inputs: Sequence[Input]) -> None:
    """Raise ValueError where two inputs have one name."""
    if len({entry.name for entry in inputs}) != len(inputs):
        raise ValueError("`inputs` names one column twice")
