"""Answers on a screen: tables by rich where somebody looks at a terminal, plain aligned text everywhere else."""

import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from engine.cli.command import Part
from engine.report.document import Grid, Items, Section, Text

if TYPE_CHECKING:
    from rich.text import Text as Styled

_GAP = "  "


def show(parts: Sequence[Part], stream: TextIO) -> None:
    """Write the parts of an answer to a stream."""
    if stream.isatty():
        _on_terminal(parts, stream)
    else:
        stream.write(plain(parts))


def plain(parts: Iterable[Part]) -> str:
    """Give the parts as text whose columns are aligned, a blank line between two parts."""
    return "\n\n".join("\n".join(_lines(part)) for part in parts) + "\n"


def clean(text: str) -> str:
    """Give a text without what would steer a terminal; line ends stay."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "·" for letter in text)


def _lines(part: Part) -> list[str]:
    match part:
        case Section():
            inner = [
                line for at, block in enumerate(part.blocks) for line in [*([""] * (at > 0)), *_lines(block)]
            ]
            return [clean(part.title), *(f"{_GAP}{line}" if line else "" for line in inner)]
        case Text():
            return clean(part.text).splitlines()
        case Items():
            wide = max((_width(clean(lead)) for lead, _ in part.items), default=0)
            return [f"{_padded(clean(lead), wide)}{_GAP}{clean(text)}".strip() for lead, text in part.items]
        case Grid():
            return _grid(part)


def _grid(grid: Grid) -> list[str]:
    rows = [[clean(cell).replace("\n", " ") for cell in row] for row in (grid.head, *grid.rows)]
    wide = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = [
        _GAP.join(
            _padded(cell, size, right=at >= grid.first)
            for at, (cell, size) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in rows
    ]
    said = [clean(grid.said)] if grid.said else []
    return [*said, *lines]


def _width(text: str) -> int:
    """Give how many columns of a terminal a text takes: wide letters take two, marks on letters none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, wide: int, *, right: bool = False) -> str:
    space = " " * (wide - _width(text))
    return f"{space}{text}" if right else f"{text}{space}"


def _on_terminal(parts: Iterable[Part], stream: TextIO) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where somebody looks

    console = Console(file=stream, width=min(shutil.get_terminal_size().columns, 140), highlight=False)
    for at, part in enumerate(parts):
        if at:
            console.print()
        if isinstance(part, Section):
            console.print(_styled(part.title, "bold"))
            for block in part.blocks:
                console.print(_drawn(block))
        else:
            console.print(_drawn(part))


def _styled(text: str, style: str = "") -> "Styled":
    from rich.text import Text as Made  # noqa: PLC0415 - only where somebody looks

    return Made(clean(text), style=style)


def _drawn(block: Part) -> object:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only where somebody looks
    from rich.table import Table  # noqa: PLC0415 - only where somebody looks

    if isinstance(block, Grid):
        table = Table(
            box=SIMPLE_HEAD, title=_styled(block.said, "dim") if block.said else None, title_justify="left"
        )
        for at, title in enumerate(block.head):
            table.add_column(_styled(title), justify="left" if at < block.first else "right")
        for row in block.rows:
            table.add_row(*map(_styled, row))
        return table
    if isinstance(block, Items):
        table = Table(box=None, show_header=False, pad_edge=False)
        for lead, text in block.items:
            table.add_row(_styled(lead, "bold"), _styled(text))
        return table
    return _styled(block.text if isinstance(block, Text) else "")
