"""Dates as banks write them; whether the day or the month comes first holds for the whole file, or it is refused."""

import datetime as dt
import re
from collections.abc import Iterable

from engine.statements.amounts import Cell
from engine.statements.faults import Key, Refused, refuse
from engine.statements.words import plain

_LONGEST = 40
_FIRST = dt.date(1990, 1, 1)
_DAY = dt.timedelta(days=1)
_CLOCK = re.compile(
    r"[ t,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?[ap]\.?m\.?)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?$"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年] ?(\d{1,2})[-/.月] ?(\d{1,2})日?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})")
_WORDED = re.compile(r"(\d{1,2})[-/. ](?:de )?([a-z]{3,10})\.?[-/., ]{1,2}(?:de )?(\d{4}|\d{2})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_MONTH = re.compile(r"(\d{4})[-/.年]?(\d{1,2})月?")
_MONTH_LAST = re.compile(r"(\d{1,2})[-/.](\d{4})")
_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "jan ene",
            "feb",
            "mar",
            "apr abr",
            "may",
            "jun",
            "jul",
            "aug ago",
            "sep set",
            "oct",
            "nov",
            "dec dic",
        ),
        1,
    )
    for name in names.split()
}
_EXAMPLE = "2026-03-31"


def dates(cells: Iterable[Cell], today: dt.date) -> dict[tuple[int, str], dt.date]:
    """Give the date at each line and column; raises Refused at the first that is none, or lies ahead of `today`.

    03/04/2026 is refused where no other date of the file shows which number is the month.
    """
    known: dict[tuple[int, str], dt.date] = {}
    open_: dict[tuple[int, str], tuple[int, int, int]] = {}
    texts: dict[tuple[int, str], str] = {}
    seen: dict[str, dt.date | tuple[int, int, int]] = {}
    for line, column, text in cells:
        texts[line, column] = text
        if text not in seen:
            seen[text] = _parts(line, column, text)
        one = seen[text]
        if isinstance(one, tuple):
            open_[line, column] = one
        else:
            known[line, column] = one
    known |= _settled(open_, texts, today)
    for (line, column), day in known.items():
        if not _FIRST <= day <= today + _DAY:  # it may be tomorrow already where the file was made
            key: Key = "date_past" if day < _FIRST else "date_future"
            raise refuse(key, line, column=column, found=texts[line, column], example=today.isoformat())
    return known


def month(line: int, column: str, text: str, today: dt.date) -> dt.date:
    """Read a month ("2026-03", "2026年3月", "03/2026", or a day of it); gives its first day. Raises Refused."""
    bare = plain(text) if len(text) <= _LONGEST else ""
    first = _MONTH.fullmatch(bare)
    last = _MONTH_LAST.fullmatch(bare)
    try:
        if first:
            found = dt.date(int(first[1]), int(first[2]), 1)
        elif last:
            found = dt.date(int(last[2]), int(last[1]), 1)
        else:
            found = dates([(line, column, text)], today)[line, column].replace(day=1)
    except (ValueError, Refused):
        raise refuse("month", line, column=column, found=text, example="2026-03") from None
    if not _FIRST <= found <= today:
        raise refuse("month", line, column=column, found=text, example="2026-03")
    return found


def _parts(line: int, column: str, text: str) -> dt.date | tuple[int, int, int]:
    """Give a date, or the three numbers of one whose order is open."""
    bare = _CLOCK.sub("", plain(text)) if len(text) <= _LONGEST else ""
    wrong = refuse("date", line, column=column, found=text, example=_EXAMPLE)
    try:
        if match := _YEAR_FIRST.fullmatch(bare) or _PACKED.fullmatch(bare):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if match := _WORDED.fullmatch(bare):
            return dt.date(_year(match[3]), _named(match[2]), int(match[1]))
        if match := _MONTH_FIRST.fullmatch(bare):
            return dt.date(int(match[3]), _named(match[1]), int(match[2]))
        if match := _YEAR_LAST.fullmatch(bare):
            first, second, year = int(match[1]), int(match[2]), _year(match[3])
            if first == second:
                return dt.date(year, first, second)
            if 1 <= min(first, second) <= 12 and max(first, second) <= 31:
                return first, second, year
    except (ValueError, KeyError):
        pass
    raise wrong


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _named(name: str) -> int:
    return _NAMES[name[:3]]


def _settled(
    open_: dict[tuple[int, str], tuple[int, int, int]], texts: dict[tuple[int, str], str], today: dt.date
) -> dict[tuple[int, str], dt.date]:
    if not open_:
        return {}
    fits = [read for day_first in (True, False) if (read := _all(open_, today, day_first=day_first))]
    if len(fits) == 1:
        return fits[0]
    (line, column) = next(iter(open_))
    key: Key = "date_order" if fits else "date"
    raise refuse(key, line, column=column, found=texts[line, column], example=_EXAMPLE)


def _all(
    open_: dict[tuple[int, str], tuple[int, int, int]], today: dt.date, *, day_first: bool
) -> dict[tuple[int, str], dt.date] | None:
    """Read every open date in one order; None when some is no date then, or lies ahead."""
    found = {}
    for key, (first, second, year) in open_.items():
        try:
            found[key] = dt.date(year, second, first) if day_first else dt.date(year, first, second)
        except ValueError:
            return None
        if found[key] > today + _DAY:
            return None
    return found
