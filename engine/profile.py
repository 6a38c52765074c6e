"""What a model's book looked like: how many loans fell in each bin, so that drift is seen without the book.

Counts only, in the order of `engine.bins.Lookup`: the bins, the special codes, other labels, what is missing.
"""

import msgspec

from engine.bins import FactorPoints

_Count = int
# One row of what a model card reports: plain values by name.
Row = dict[str, float | int | str | bool | None]


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column: its bins, and how many `good` and `bad` loans of the book fell in each place."""

    bins: FactorPoints
    good: tuple[_Count, ...]
    bad: tuple[_Count, ...]

    def __post_init__(self) -> None:
        """Refuse counts that do not fit the bins."""
        places = len(self.bins.points) + len(self.bins.specials) + 2
        if not len(self.good) == len(self.bad) == places or min(*self.good, *self.bad) < 0:
            raise ValueError(f"`{self.bins.name}` needs {places} counts of 0 or more for good, and for bad")


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A book's columns, and its scores: `counts` loans below each of `cuts`, and one more for the rest."""

    columns: tuple[Reference, ...]
    cuts: tuple[float, ...]
    counts: tuple[_Count, ...]
