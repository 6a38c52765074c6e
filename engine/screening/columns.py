"""Columns that carry nothing to learn by: constants, identifiers, copies, categories without loans in them."""

import re
from typing import NamedTuple

import numpy as np

from engine.screening.names import identifier as named_identifier
from engine.screening.names import personal as named_personal
from engine.table import Column, Labels, Numbers, Table

_ROWS = 20  # rows that must differ from the usual value, or share a label, for anything to be learnt
_SHARE = 0.01  # ... or this share of a small book
_UNIQUE = 0.95  # of the values stand once: it tells rows apart
_MANY = 100  # labels from which on it matters whether loans share them
_LOOKS = (
    ("e-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")),
    ("telephone numbers", re.compile(r"(?:\+|00)?\d[\d ()./-]{7,17}\d")),
    ("hashes", re.compile(r"[0-9a-fA-F]{16,128}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("identity numbers", re.compile(r"\d{17}[\dXx]|[A-Z]{4}\d{6}[A-Z0-9]{3,8}|\d{3}-\d{2}-\d{4}")),
)


class Identifier(NamedTuple):
    """Why a column is an identifier; `personal` where it also names or reaches a person."""

    text: str
    figure: float
    personal: bool


def constant(column: Column) -> int | None:
    """Give how many rows differ from the usual value where that is too few to learn from; None where it is enough.

    Too few is under 20 rows, or under 1 % of a book of less than 2,000; missing counts as a value of its own. So a
    flag that 20 of a million borrowers have is kept.
    """
    needed = max(1.0, min(_ROWS, _SHARE * len(column)))
    missing = int(column.missing.sum())
    if isinstance(column, Labels):
        counts = np.bincount(column.codes[column.codes >= 0], minlength=1)
        usual = int(counts.max(initial=0))
    else:
        known = column.values[~column.missing]
        if len(known) and _mixed(known, needed):
            return None
        usual = int(np.unique(known, return_counts=True)[1].max(initial=0)) if len(known) else 0
    other = len(column) - max(usual, missing)
    return other if other < needed else None


def _mixed(known: np.ndarray[tuple[int, ...], np.dtype[np.float64]], needed: float) -> bool:
    """Say, without sorting, whether surely enough values differ from the usual one."""
    middle = float(np.median(known[:: max(1, len(known) // 1000)]))
    return int((known != middle).sum()) >= needed and int((known == middle).sum()) >= needed


def identifier(name: str, column: Column) -> Identifier | None:
    """Say why a column tells rows or people apart; None where it does not.

    Texts: nearly every one different (95 %), or most of them e-mail addresses, telephone or identity numbers or
    hashes. Whole numbers: nearly every one different (95 %) and either called so, or rising or falling with the rows,
    or filling a range, or all of the same eight digits or more.
    """
    if isinstance(column, Numbers):
        return _numbered(name, column)
    used = np.unique(column.codes[column.codes >= 0])
    known = int((column.codes >= 0).sum())
    share = len(used) / known
    probe = [column.labels[code] for code in used[:: max(1, len(used) // 200)]]
    if len(used) > 20:
        for what, look in _LOOKS:
            if sum(look.fullmatch(label) is not None for label in probe) > 0.8 * len(probe):
                return Identifier(f"holds {what}", share, what != "hashes")
    if len(used) > 20 and named_personal(name):
        text = f"names or reaches a person, by its name ({len(used):,} different texts)"
        return Identifier(text, share, personal=True)
    if known >= 50 and share >= _UNIQUE:
        text = f"has a different text in nearly every row ({len(used):,} in {known:,}): it tells people apart"
        return Identifier(text, share, named_personal(name))
    if len(used) > 20 and share > 0.5 and (named_personal(name) or named_identifier(name)):
        text = f"is called like an identifier and has {len(used):,} different texts in {known:,} rows"
        return Identifier(text, share, named_personal(name))
    return None


def _numbered(name: str, column: Numbers) -> Identifier | None:
    known = column.values[~column.missing]
    if column.unit or len(known) < 50 or (known[:1000] % 1).any() or (known % 1).any():
        return None
    called = named_identifier(name) or named_personal(name)
    different = len(np.unique(known))
    share = different / len(known)
    if share < _UNIQUE and not (called and share > 0.5 and different > 1000):
        return None
    low, high = float(known.min()), float(known.max())
    rises = np.diff(known)
    steps = max(float((rises > 0).mean()), float((rises < 0).mean()))
    long = low >= 1e7 and len(str(int(low))) == len(str(int(high)))
    why = ""
    if called:
        why = "called like an identifier"
    elif steps > 0.99:
        why = "rising from row to row" if rises[0] > 0 else "falling from row to row"
    elif high - low < 1.5 * len(known) and len(known) >= 200:
        why = "out of one run of numbers"
    elif long:
        why = f"all of {len(str(int(low)))} digits"
    if not why:
        return None
    text = f"numbers the rows: {different:,} different whole numbers in {len(known):,} rows, {why}"
    return Identifier(text, share, named_personal(name))


def too_many_labels(column: Column) -> tuple[int, float] | None:
    """Give the number of labels, and the share of rows in those that at least 20 loans share, where it is under a half.

    None where it is more, where there are no more than a hundred labels, and for numbers.
    """
    if isinstance(column, Numbers):
        return None
    counts = np.bincount(column.codes[column.codes >= 0], minlength=1)
    size = int((counts > 0).sum())
    share = float(counts[counts >= _ROWS].sum() / max(1, counts.sum()))
    return (size, share) if size > _MANY and share < 0.5 else None


def duplicates(table: Table) -> dict[str, str]:
    """Give each column that holds the same values as an earlier one, with the name of that one."""
    seen: dict[object, list[str]] = {}
    found = {}
    for name, column in table.columns.items():
        if column.missing.all():
            continue
        for earlier in seen.setdefault(_fingerprint(column), []):
            if _same(column, table[earlier]):
                found[name] = earlier
                break
        else:
            seen[_fingerprint(column)].append(name)
    return found


def _fingerprint(column: Column) -> object:
    if isinstance(column, Numbers):
        return np.nan_to_num(column.values[:1000], nan=-1.5).tobytes()
    return column.codes[:1000].tobytes()


def _same(one: Column, other: Column) -> bool:
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        return np.array_equal(one.values, other.values, equal_nan=True)
    if isinstance(one, Labels) and isinstance(other, Labels):
        return len(one.labels) == len(other.labels) and np.array_equal(one.codes, other.codes)
    return False
