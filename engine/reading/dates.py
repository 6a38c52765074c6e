"""Dates by look: ISO, day or month first (settled over the whole column), 20151231, Dec-2015, 2015年12月31日."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TIME = r"(?:[T ]+(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_MONTH = r"(?P<word>[A-Za-z]{3})[A-Za-z]*\.?"
_FORMS = {
    "year-month-day": r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + _TIME,
    "numbers": r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _TIME,
    "day month-word year": r"(?P<d>\d{1,2})[- /.]?" + _MONTH + r"[- /.,]*(?P<y>\d{4}|\d{2})" + _TIME,
    "month-word day, year": _MONTH + r"[- ](?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME,
    "month-word year": _MONTH + r"[- /.,]*(?P<y>\d{4}|\d{2})",
    "year-month": r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})月?",
}
_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
}
_MONTHS |= {"nov": 11, "dec": 12}
_MONTHS |= {"ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12, "mai": 5, "okt": 10, "dez": 12}  # es, it, de
_MONTHLY = (
    "date",
    "month",
    "period",
    "yyyymm",
    "vintage",
    "_dt",
)  # in the name of a column that may hold yyyymm
_TURN = 40  # a two-digit year up to this one ends in 20yy: nobody repays a loan much later


class Dates(NamedTuple):
    """Days since 1970-01-01 for each text (NaN where it is none), the form in words, and whether that was a guess."""

    days: Floats
    form: str
    guess: str


def dates(texts: pa.StringArray) -> Dates | None:
    """Read texts as dates of the one form that fits most of them, or give None where hardly any fits."""
    if len(texts) == 0:
        return None
    probe = texts[:200]
    best, most = "", 0
    for form, pattern in _FORMS.items():
        fits = pc.sum(pc.match_substring_regex(probe, rf"^(?:{_plain(pattern)})$")).as_py() or 0
        if fits > most:
            best, most = form, fits
    if most < len(probe) / 2:
        return None
    return _read(texts, best)


def _plain(pattern: str) -> str:
    for name in ("a", "b", "y", "m", "d", "word", "clock"):
        pattern = pattern.replace(f"(?P<{name}>", "(?:")
    return pattern


def _read(texts: pa.StringArray, form: str) -> Dates:
    parts = pc.extract_regex(texts, rf"^(?:{_FORMS[form]})$")
    names = {parts.type.field(place).name for place in range(parts.type.num_fields)}
    fit = parts.is_valid().to_numpy(zero_copy_only=False)

    def part(name: str) -> NDArray[np.int64]:
        values = pc.fill_null(parts.field(name), "0")
        return np.where(fit, pc.cast(pc.if_else(pc.equal(values, ""), "0", values), pa.int64()), 0)

    guess = ""
    year, guess_year = _years(part("y"), parts.field("y"), fit)
    day = part("d") if "d" in names else np.ones(len(texts), np.int64)
    if form == "numbers":
        first, second = part("a"), part("b")
        day_first, guess = _order(first[fit], second[fit])
        day, month = (first, second) if day_first else (second, first)
        form = "day/month/year" if day_first else "month/day/year"
    elif "word" in names:
        month = _months(parts.field("word"))
    else:
        month = part("m")
    days = _days(year, month, day)
    days = np.where(fit & ~np.isnan(days), days, np.nan)
    if "clock" in names:
        days = days + _clock(parts.field("clock"))
    return Dates(days, form, "; ".join(filter(None, (guess, guess_year))))


def _order(first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[bool, str]:
    """Say whether the day comes first, and what to tell where the column does not settle it."""
    day_first, month_first = int((first > 12).sum()), int((second > 12).sum())
    if day_first and month_first:
        return day_first >= month_first, "some are possible only the other way round and were left out"
    if day_first or month_first:
        return day_first > 0, ""
    return True, "no day above 12 settles whether the day or the month comes first; the day was taken"


def _years(
    years: NDArray[np.int64], texts: pa.StringArray, fit: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], str]:
    """Complete years of two digits: they run on from after the widest gap between them."""
    short = fit & (pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False) == 2)
    if not short.any():
        return years, ""
    seen = np.unique(years[short])
    gaps = np.diff(np.append(seen, seen[0] + 100))
    last = int(seen[np.argmax(gaps)])
    end = last + (2000 if last <= _TURN else 1900)
    full = end - (last - years) % 100
    return np.where(short, full, years), f"years of two digits, taken as {int(full[short].min())} to {end}"


def _months(words: pa.StringArray) -> NDArray[np.int64]:
    encoded = pc.utf8_lower(pc.fill_null(words, "")).dictionary_encode()
    table = np.array([_MONTHS.get(word, 0) for word in encoded.dictionary.to_pylist()] or [0], np.int64)
    return np.asarray(table[encoded.indices.to_numpy(zero_copy_only=False)])


def _days(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> Floats:
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1800) & (year <= 2200)
    months = (np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1
    start = months.astype("datetime64[M]")
    days = start.astype("datetime64[D]").astype(np.int64) + np.where(good, day, 1) - 1
    same_month = days.astype("datetime64[D]").astype("datetime64[M]") == start
    return np.where(good & same_month, days.astype(np.float64), np.nan)


def _clock(texts: pa.StringArray) -> Floats:
    encoded = pc.fill_null(texts, "").dictionary_encode()
    part = np.zeros(max(len(encoded.dictionary), 1))
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        pieces = [int(piece) for piece in text.split(":")] if text else []
        part[place] = sum(piece / 24 / 60**power for power, piece in enumerate(pieces))
    return np.asarray(part[encoded.indices.to_numpy(zero_copy_only=False)])


def packed(values: Floats, column: str) -> tuple[Floats, str] | None:
    """Read whole numbers as yyyymmdd (or, in a column called date, yymmdd), or give None where they are not."""
    first = values[:1000]
    first = first[~np.isnan(first)]
    if (first < 10101).any() or (first > 21001231).any() or (first % 1).any():
        return None  # most columns end here, unread but for their beginning
    known = values[~np.isnan(values)]
    if len(known) == 0 or len(np.unique(known[:1000])) < min(10, len(known)) or (known % 1).any():
        return None
    low, high = known.min(), known.max()
    if low >= 19000101 and high <= 21001231:
        whole, form = values, "yyyymmdd"
    elif any(word in column.lower() for word in _MONTHLY) and 190001 <= low <= high <= 210012:
        whole, form = values * 100 + 1, "yyyymm"
    elif "date" in column.lower() and 10101 <= low <= high <= 991231 and high > 100000:
        whole, form = np.where(values > (_TURN + 1) * 10000, 19000000, 20000000) + values, "yymmdd"
    else:
        return None
    number = np.where(np.isnan(whole), 0, whole).astype(np.int64)
    days = _days(number // 10000, number // 100 % 100, number % 100)
    return None if np.isnan(days[~np.isnan(values)]).any() else (days, form)
