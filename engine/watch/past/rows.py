"""The rows of a book's file."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from engine.strict import BookError


def rows(path: Path, *, separator: str = ",") -> Iterator[dict[str, str]]:
    """Give each row by the names of its columns; raises BookError where there is no such file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, delimiter=separator)
    except OSError as trouble:
        raise BookError(
            f"{path.name}: cannot be read: {trouble.strerror}; accepted: a book that is there"
        ) from None


def short_date(text: str) -> dt.date:
    """Read a day written as yymmdd, of the twentieth century."""
    return dt.date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6]))
