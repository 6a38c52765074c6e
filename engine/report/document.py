"""A document before it is Markdown or HTML: sections of text, items and tables, all of it plain text.

Whoever writes it down escapes it: a column's name may be anything.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list; each item has a leading word ("" for none) and a text."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table: a row is as long as `head`. `first` of the columns hold words and the others figures.

    `said` is what the table shows, in a sentence, for whoever cannot see how it lies on the page.
    """

    said: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int = 1


Block = Text | Items | Grid


@dataclass(frozen=True)
class Section:
    """A titled part of a document; `key` is what a link to it says."""

    key: str
    title: str
    blocks: tuple[Block, ...]
