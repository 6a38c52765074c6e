"""What is wrong with a text table further down than its beginning, said so that a person can mend it."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.csv as pa_csv

from engine.reading.notes import Found, Note, refuse, shown
from engine.reading.text import Look, delimiter_word
from engine.strict import BookError
from engine.table import Labels

BLOCK = 4 << 20  # bytes that are read at a time; a row that does not fit is refused
_RAGGED = 0.001  # lines with another number of fields are left out, and told, below this share


class NotUtf8(Exception):
    """The bytes are not UTF-8 further down."""


class Ragged:
    """Notes the lines that have another number of fields than the header; gives up after `most` of them."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.count, self._most = 0, most
        self._row, self._fields, self._text, self._broken = 0, 0, "", False

    def __call__(self, row: pa_csv.InvalidRow) -> str:
        """Answer Arrow's reader: leave the line out, or stop."""
        if not self.count:
            self._row, self._fields, self._text = row.number or 0, row.actual_columns, shown(row.text)
            self._broken = "\n" in row.text
        self.count += 1
        return "error" if self.full else "skip"

    @property
    def full(self) -> bool:
        """True once there were so many that reading on is of no use."""
        return self.count >= self._most

    def tolerable(self, rows: int) -> bool:
        """Say whether they are so few among `rows` that the book is read without them."""
        return self.count < _RAGGED * (rows + self.count)

    def note(self, shape: Look, count: int) -> Note:
        """Tell that `count` lines were left out, the first of them being this one."""
        lines = "one line does" if count == 1 else f"{count:,} lines do"
        text = (
            f"{lines} not have {len(shape.names)} fields and {'was' if count == 1 else 'were'} left out; "
            f"the first is line {self._row + shape.lines} with {self._fields}: `{self._text}`"
        )
        return Note("ragged", "", text, self._text, count)

    def refusal(self, name: str, shape: Look, count: int) -> BookError:
        """Say which line it is, and how many are like it."""
        names, mark = len(shape.names), delimiter_word(shape.delimiter)
        wrong = f"{self._fields} fields where the column names are {names}: `{self._text}`"
        if count > 1:
            wrong += f" (and {count - 1:,} more lines like it)"
        remedy = f"accepted: {names} fields with a {mark} between them; a text that contains a {mark} stands in quotes"
        if self._broken:
            wrong = f"a quote opens and does not close on its line, so that {wrong}"
            remedy = 'close it, or write it twice ("") where it is part of the text'
        return refuse(name, f"line {self._row + shape.lines}", wrong, remedy)


def check_last_text(name: str, names: Sequence[str], found: Sequence[Found]) -> None:
    """Refuse a file whose last text was opened by a quote and never closed: it has swallowed the rest."""
    for title, item in zip(names, found, strict=True):
        column = item.column
        if not isinstance(column, Labels) or not len(column) or column.codes[-1] < 0:
            continue
        text = column.labels[int(column.codes[-1])]
        if "\n" in text:
            wrong = f"a quote opens in column `{title}` and never closes: `{shown(text)}`"
            remedy = 'close it, or write it twice ("") where it is part of the text'
            raise refuse(name, f"about line {len(column) + 1}", wrong, remedy)


def explained(path: Path, message: str) -> Exception:
    """Say what Arrow's message means for the person who has the file."""
    if "UTF8" in message:
        return NotUtf8()
    if "straddling" in message or "too large" in message.lower():
        wrong = f'a line is longer than {BLOCK >> 20} MiB, or a quote (") opens and never closes'
        return refuse(path.name, "", wrong, "check the quotes and the line ends")
    return refuse(path.name, "", message.splitlines()[0], "accepted: CSV, a line for each loan")
