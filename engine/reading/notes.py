"""What the reader found on its way, said in plain words; the values that all readers share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.strict import BookError
from engine.table import Column, Table

# Texts that mean "no value" in any column; compared as they are written, for "none" can be an honest answer.
_WORDS = """NA N/A #N/A n/a <NA> nan NaN NAN -nan null NULL Null None nil NIL ? - -- --- . NaT
missing Missing MISSING #NULL! #VALUE! #DIV/0! #REF! #NAME? \\N"""
MISSING = frozenset(("", *_WORDS.split()))
# Texts that mean "no value" where all others are numbers or dates; compared without regard to case.
_PHRASES = """none,unknown,unk,na,n.a.,n.a,not available,not applicable,xna,undefined,empty,blank,no data,nodata,tbd,
refused,not known,not provided,not stated,无,未知,空,缺失,不详,desconocido,sin dato,s/d,n/d,n.d.,inconnu,unbekannt"""
MISSING_NUMBER = frozenset(_PHRASES.replace("\n", "").split(","))


# What a model that was fitted knows of a column: it is read so again, whatever it looks like in the next book.
Kind = Literal["number", "category"]
Kinds = Mapping[str, Kind]


@dataclass(frozen=True)
class Note:
    """One finding: `kind` for programs, `text` for people, an `example` as it stood there, and how many (`count`).

    `column` is "" for what concerns the whole source.
    """

    kind: str
    column: str
    text: str
    example: str = ""
    count: int = 0

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column else self.text


def grouped(findings: Iterable[tuple[str, str]], most: int = 8) -> list[str]:
    """Put findings (column, text) of the same text into one line each, in the order in which they come.

    At most `most` columns are named in a line.
    """
    columns: dict[str, list[str]] = {}
    for column, text in findings:
        columns.setdefault(text, []).append(column)
    lines = []
    for text, names in columns.items():
        more = f" and {len(names) - most} more" if len(names) > most else ""
        named = ", ".join(filter(None, names[:most])) + more
        lines.append(f"{named}: {text}" if named else text)
    return lines


@dataclass(frozen=True, eq=False)
class Reading:
    """A book that was read, how each column was taken, and what is worth telling about it.

    `kinds` gives for each column one of "number", "date", "flag", "category", "text" (too many labels to be a
    category), "empty". `suspects` gives the special codes suspected in a column of numbers (such as 999 or 365243):
    they are still in the table as numbers.
    """

    table: Table
    notes: tuple[Note, ...]
    kinds: Mapping[str, str]
    suspects: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Words:
    """The distinct texts of a column, and which of them stands in each row.

    `codes` has -1 where the source itself had no value; `first_line` is the line of the file on which row 0 stands (0
    where the source has no lines). `wanted` is what the column has to become, where that is settled already.
    """

    column: str
    texts: Sequence[str]
    codes: NDArray[np.int32]
    first_line: int = 0
    wanted: Kind | None = None

    def counts(self) -> NDArray[np.int64]:
        """Count the rows of each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts)).astype(np.int64)

    def where(self, code: int) -> str:
        """Say where a text stands first."""
        row = int(np.argmax(self.codes == code))
        return f"line {row + self.first_line}" if self.first_line else f"row {row + 1}"


@dataclass(frozen=True, eq=False)
class Found:
    """A column as it was taken, its kind, and what there is to tell of it."""

    column: Column
    kind: str
    notes: tuple[Note, ...] = ()


def refuse(name: str, where: str, wrong: str, remedy: str) -> BookError:
    """Make the refusal of a book: `where` may be ""."""
    place = f"{name}: {where}: " if where else f"{name}: "
    return BookError(f"{place}{wrong}; {remedy}" if remedy else f"{place}{wrong}")


def shown(text: str, limit: int = 60) -> str:
    """Give a text as it may be shown in one line: no control characters, not too long."""
    clean = "".join(letter if letter.isprintable() else "·" for letter in text[: limit + 1])
    return clean if len(clean) <= limit else clean[:limit] + "…"
