"""What of a book may be learnt from, and what is refused: identifiers, constants, leaks, what the law forbids.

A model is only as honest as its columns. One that gives the outcome away, that names a person, or that a law forbids
is taken out before anything is fitted; each refusal says why, with the figure, and how to overrule it.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.countries.pack import Pack
from engine.factors import FACTORS
from engine.reading.notes import Note, refuse
from engine.screening.columns import constant, duplicates, identifier, too_many_labels
from engine.screening.figures import Alone, alone, halves
from engine.screening.names import outcome
from engine.screening.protected import grounds
from engine.table import Column, Numbers, Table

Reason = Literal[
    "asked", "forbidden", "protected", "empty", "constant", "identifier", "personal", "date", "categories",
    "duplicate", "leak", "missing leak",
]  # fmt: skip

LEAK = 0.99  # the AUC of one column alone that no honest column has
STRONG = 0.90  # ... that is worth a question
_PURE = 0.1  # of all bad loans in bins that hold no good one: a leak where the name says so too ...
_PURE_ANYHOW = 0.3  # ... and whatever the name
_PURE_COUNT = 20


@dataclass(frozen=True)
class Refusal:
    """A column that is not learnt from: `reason` for programs, `text` for people, `figure` what was measured.

    `final` refusals are the law's, and no `keep` overrules them.
    """

    column: str
    reason: Reason
    text: str
    figure: float = float("nan")
    final: bool = False

    def __str__(self) -> str:
        remedy = "" if self.final else f"; to use it all the same: --keep {self.column!r}"
        return f"{self.column}: {self.text}{remedy}"


@dataclass(frozen=True)
class Screening:
    """The columns that are `kept`, in the order of the book; those `refused`; and `warnings` about kept ones."""

    kept: tuple[str, ...]
    refused: tuple[Refusal, ...]
    warnings: tuple[Note, ...]


def screen(
    table: Table,
    bad: NDArray[np.bool_],
    *,
    pack: Pack | None = None,
    forbidden: Collection[str] = (),
    keep: Collection[str] = (),
    seed: int = 0,
) -> Screening:
    """Go through the columns of a book (without its target) and refuse what may not be learnt from.

    `bad` is True for each row that went bad. `pack` is the country whose law decides about protected grounds;
    without one all of them are refused, age excepted. `forbidden` are columns the lender leaves out, `keep` those it
    wants against the rules (the law's apart). `seed` draws the halves on which a leak is measured.

    Raises BookError where `forbidden` or `keep` names no column of the book.
    """
    _known(table, (*forbidden, *keep))
    learn, hold = halves(bad, seed)
    copies = duplicates(table)
    refused: list[Refusal] = []
    warnings: list[Note] = []
    for name, column in table.columns.items():
        if name in forbidden:
            refused.append(Refusal(name, "asked", "left out because you asked for it"))
            continue
        by_law = _by_law(name, column, pack)
        if by_law and (by_law.final or name not in keep):
            refused.append(by_law)
            continue
        found = _by_look(name, column, copies)
        figures = alone(column, bad, learn, hold)
        found = found or _by_leak(name, column, figures) or _by_calendar(name, column)
        if found and name not in keep:
            refused.append(found)
        else:
            warnings += _warnings(name, figures, found or by_law)
    gone = {item.column for item in refused}
    return Screening(tuple(name for name in table if name not in gone), tuple(refused), tuple(warnings))


def _known(table: Table, wanted: Iterable[str]) -> None:
    for name in wanted:
        if name not in table:
            near = difflib.get_close_matches(name, list(table), n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else f"accepted: {', '.join(list(table)[:20])}"
            raise refuse(table.name, "", f"there is no column `{name}`", hint)


def _by_law(name: str, column: Column, pack: Pack | None) -> Refusal | None:
    """Refuse what tells a protected ground, unless the country's pack permits it."""
    for ground, how in grounds(name, column):
        told = f"tells {ground.replace('_', ' ')} ({how})"
        if pack is not None and ground in FACTORS and pack.permits(ground):
            continue
        if pack is not None and (ground in FACTORS or ground in pack.never_collect):
            text = f"{told}, and the pack of {pack.id.upper()} forbids it"
            return Refusal(name, "forbidden", text, final=True)
        if pack is None and ground in FACTORS and not FACTORS[ground].needs_pack:
            continue
        return Refusal(
            name, "protected", f"{told}, a ground on which nobody may be judged unless a law permits it"
        )
    return None


def _by_look(name: str, column: Column, copies: Mapping[str, str]) -> Refusal | None:
    """Refuse what carries nothing, or tells people apart instead of risks."""
    if column.missing.all():
        return Refusal(name, "empty", "has no value in any row", 1.0)
    if (other := constant(column)) is not None:
        rows = "one row" if other == 1 else f"{other} rows"
        text = f"differs from its usual value in {rows} only" if other else "has the same value in every row"
        return Refusal(name, "constant", text, float(other))
    if found := identifier(name, column):
        return Refusal(name, "personal" if found.personal else "identifier", found.text, found.figure)
    if found_share := too_many_labels(column):
        count, share = found_share
        text = (
            f"has {count:,} categories, and {share:.0%} of the rows are in one that 20 loans share: too few"
        )
        return Refusal(name, "categories", text, float(count))
    if name in copies:
        return Refusal(name, "duplicate", f"is the same as `{copies[name]}`", 1.0)
    return None


def _by_leak(name: str, column: Column, figures: Alone) -> Refusal | None:
    """Refuse what gives the outcome away."""
    if figures.missing_auc > LEAK and column.missing.any():
        text = f"is filled in once the end is known: that it is tells good from bad, AUC {figures.missing_auc:.3f}"
        return Refusal(name, "missing leak", text, figures.missing_auc)
    if figures.auc > LEAK:
        text = f"tells good from bad alone, AUC {figures.auc:.3f} on held-out rows: it is the outcome or follows it"
        return Refusal(name, "leak", text, figures.auc)
    share = _PURE if outcome(name) else _PURE_ANYHOW
    if figures.pure_count >= _PURE_COUNT and figures.pure >= share:
        text = (
            f"has values that bad loans alone have ({figures.pure:.0%} of them): it is known only afterwards"
        )
        return Refusal(name, "leak", text, figures.pure)
    return None


def _by_calendar(name: str, column: Column) -> Refusal | None:
    """Refuse a date: what was learnt of one year's calendar says nothing of the next."""
    if not isinstance(column, Numbers) or column.unit != "date":
        return None
    return Refusal(
        name, "date", "is a date, which tells nothing of later loans; give an age or a duration instead"
    )


def _warnings(name: str, figures: Alone, overruled: Refusal | None) -> list[Note]:
    if overruled:
        return [Note("overruled", name, f"kept because you asked for it, though it {overruled.text}")]
    if outcome(name):
        text = f"sounds like something known only after the loan was granted (AUC {figures.auc:.2f} alone)"
        return [Note("late", name, f"{text}; if it is, leave it out: --drop {name!r}", f"{figures.auc:.3f}")]
    if figures.auc > STRONG:
        text = f"almost tells good from bad alone (AUC {figures.auc:.2f}): make sure it was known at the application"
        return [Note("strong", name, text, f"{figures.auc:.3f}")]
    return []
