"""Figures in words: shares, intervals and dates as people read them; a figure that is not there says so."""

import math
from collections.abc import Callable, Iterable, Mapping

Cell = float | int | str | bool | None
Row = Mapping[str, Cell]

ABSENT = "not measured"


def beginning(figures: Mapping[str, Row], prefix: str) -> dict[str, Row]:
    """Give the rows of figures whose key begins with `prefix`, by what follows it."""
    return {key.removeprefix(prefix): row for key, row in figures.items() if key.startswith(prefix)}


def clean(text: str, limit: int = 200) -> str:
    """Give a text in one line: no control or direction characters, cut with an ellipsis beyond `limit`."""
    line = "".join(letter if letter.isprintable() else "·" for letter in text[: limit + 1])
    return line if len(line) <= limit else line[: limit - 1] + "…"


def known(value: object) -> bool:
    """Say whether a cell holds a number that can be shown."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def share(value: Cell) -> str:
    """Give a share (0..1) in per cent: 6.7%, and 0.12% where one digit would hide it."""
    if not known(value):
        return ABSENT
    part = float(value or 0.0)
    return f"{part:.2%}" if 0.0 < abs(part) < 0.01 else f"{part:.1%}"


def plain(value: Cell) -> str:
    """Give a figure to three decimals, four where it is small."""
    if not known(value):
        return ABSENT
    part = float(value or 0.0)
    return f"{part:.4f}" if 0.0 < abs(part) < 0.0095 else f"{part:.3f}"


def count(value: Cell) -> str:
    """Give a whole number with its thousands apart."""
    return f"{int(value or 0):,}" if known(value) else ABSENT


def text(value: Cell, otherwise: str = "not recorded") -> str:
    """Give a cell as it is, or say that there is none."""
    if value is None or value == "":
        return otherwise
    return count(value) if known(value) and float(value).is_integer() else clean(str(value), 400)


def interval(row: Row, name: str, show: Callable[[Cell], str] = plain) -> str:
    """Give a figure with its interval in brackets, from the cells `name`, `name_low` and `name_high`."""
    if not known(row.get(name)):
        return ABSENT
    ends = row.get(f"{name}_low"), row.get(f"{name}_high")
    value = show(row[name])
    return f"{value} [{show(ends[0])}, {show(ends[1])}]" if all(map(known, ends)) else value


def series(names: Iterable[str], most: int = 12) -> str:
    """Give names one after the other, and how many are left out beyond `most`."""
    listed = [clean(name, 60) for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
