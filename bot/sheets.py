"""Tables for a spreadsheet program: CSV in which no text becomes a formula.

Excel, LibreOffice and Google Sheets run what a cell says when it begins with = + - or @ (OWASP: CSV injection), their
full-width twins included, and a name typed into a chat may begin so. An apostrophe before it makes it text to them.
"""

import csv
import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | Decimal | bool | dt.date | dt.datetime | None

APOSTROPHE = "'"
_BYTE_ORDER_MARK = "\ufeff"
_DANGEROUS = frozenset("=+-@")


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table per RFC 4180, in UTF-8 with a byte order mark, without which Excel guesses another encoding.

    Numbers stay numbers, dates are ISO 8601 (times in UTC, whole seconds), None is empty. Raises ValueError for a row
    of another length than the header, for NaN and infinity, and for a time without a zone.
    """
    held = io.StringIO(newline="")
    writer = csv.writer(held, dialect="excel", strict=True)
    writer.writerow([guarded(name) for name in header])
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} cells, the header {len(header)}")
        writer.writerow([_cell(value) for value in row])
    return (_BYTE_ORDER_MARK + held.getvalue()).encode("utf-8", "replace")


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula, or that begins with one itself.

    What counts is the first character that is neither blank nor invisible, in any width.
    """
    text = text.replace("\0", "")
    return APOSTROPHE + text if _is_dangerous(text) else text


def plain(cell: str) -> str:
    """Take the apostrophe away again that `guarded` put there."""
    return cell[1:] if cell[:1] == APOSTROPHE else cell


def _is_dangerous(text: str) -> bool:
    if text.startswith(APOSTROPHE):
        return True
    for character in text:
        folded = unicodedata.normalize("NFKC", character).strip()
        if character in "\t\r\n" or folded[:1] in _DANGEROUS:
            return True
        if folded and unicodedata.category(character) not in {"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"}:
            return False
    return False


def _cell(value: Cell) -> str | int:
    match value:
        case None:
            return ""
        case str():
            return guarded(value)
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case Decimal():
            if not value.is_finite():
                raise ValueError("a number of a table is finite")
            return f"{value:f}"
        case dt.datetime():
            if value.tzinfo is None:
                raise ValueError("a time of a table has a zone")
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case dt.date():
            return value.isoformat()
