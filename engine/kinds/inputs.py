"""What a non-linear model reads: columns of any book, each turned into one number, the same for one person as for many.

A label becomes the number that its share of bad loans gave it, a date the days since 1970-01-01, and an answer
that is not there NaN, which the model may learn from, or the reference, where a missing answer is to be neutral.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from engine.factors import FACTORS

MISSING = math.nan
EPOCH = dt.date(1970, 1, 1)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_SECONDS = 86_400.0
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One column that a model reads, and how a value of it becomes a number.

    `codes` give each label of a class its number (by convention the smoothed log-odds of bad, so that risk rises
    with it), `other` that of a label never seen (None: it is read as missing). `reference` is the neutral
    value in these units: what explanations measure against. Where `neutral`, a missing answer is read as the
    reference, so that it neither hurts nor helps; that is so for every factor of the catalogue.
    """

    name: _Name
    kind: Literal["number", "class", "date"] = "number"
    codes: Annotated[dict[str, float], msgspec.Meta(max_length=100_000)] = {}
    other: float | None = None
    reference: float = 0.0
    neutral: bool = False

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
        if self.name in FACTORS and not self.neutral:
            raise ValueError(f"`{self.name}` is a factor of the catalogue; accepted: `neutral` true")

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
        value = _date(raw) if self.kind == "date" else _number(raw)
        if value is None or math.isinf(value):
            raise ValueError(f"{self.name}: {raw!r} is no {self.kind}; {_ACCEPTED[self.kind]}")
        return value

    def _code(self, raw: object) -> float:
        for label in _spellings(raw):
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


_ACCEPTED = {
    "number": "accepted: a finite number, or its text; for example 1200 or '12.5'",
    "date": "accepted: a date, its ISO text, or days since 1970-01-01; for example '2024-05-31'",
}


def finite(numbers: Iterable[float]) -> bool:
    """Say whether every number is finite."""
    return all(map(math.isfinite, numbers))


def check_names(inputs: Sequence[Input]) -> None:
    """Raise ValueError where two inputs have one name."""
    if len({entry.name for entry in inputs}) != len(inputs):
        raise ValueError("`inputs` names one column twice")


def spelling(value: float) -> str:
    """Give the text under which a number is looked up among labels: 3.0 is "3"."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _spellings(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, bool):
        return (str(raw), str(raw).lower(), str(int(raw)))
    if isinstance(raw, int | float):
        value = float(raw)
        return (spelling(value), repr(value))
    return ()


def _number(raw: object) -> float | None:
    if isinstance(raw, str):
        text = raw.strip()
        return float(text) if _NUMBER.fullmatch(text) else None
    try:
        return float(raw)  # type: ignore[arg-type]  # whatever says it is a number: Decimal, a numpy scalar
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf


def _date(raw: object) -> float | None:
    when: dt.date | None = None
    if isinstance(raw, dt.date):
        when = raw
    elif isinstance(raw, str):
        try:
            when = dt.datetime.fromisoformat(raw.strip())
        except ValueError:
            return _number(raw)
    if when is None:
        return _number(raw)
    if not isinstance(when, dt.datetime):
        return float((when - EPOCH).days)
    if when.tzinfo is not None:
        when = when.astimezone(dt.UTC).replace(tzinfo=None)
    start = dt.datetime.combine(EPOCH, dt.time())
    return (when - start).total_seconds() / _SECONDS
