"""A value as a person or a file gives it: a number, its text, a date, a yes; what it stands for, one at a time."""

import datetime as dt
import math
import re

EPOCH = dt.date(1970, 1, 1)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_SECONDS = 86_400.0
_PACKED = (19_000_101, 21_001_231)  # as days these would be after the year 50,000
_TRUTH = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0}

ACCEPTED = {
    "": "accepted: a finite number, or its text; for example 1200 or '12.5'",
    "percent": "accepted: a number of per cent, or its text; for example 12.5 or '12.5%'",
    "days": "accepted: a number of days, or its text; for example 30",
    "months": "accepted: a number of months, or its text; for example 18",
    "flag": "accepted: true or false, 1 or 0; for example true",
    "date": "accepted: a date, its ISO text, yyyymmdd, or days since 1970-01-01; for example '2024-05-31'",
}


def number(name: str, raw: object, unit: str = "") -> float:
    """Give the number that `raw` stands for in a column called `name`; NaN for None, NaN and empty text.

    `unit` as of `engine.table.Numbers`. Raises ValueError saying what is accepted, with an example.
    """
    if raw is None or raw == "":
        return math.nan
    value = _date(raw) if unit == "date" else _plain(raw, unit)
    if value is None or math.isinf(value):
        raise ValueError(f"{name}: {raw!r} is no {unit or 'number'}; {ACCEPTED[unit]}")
    return value


def spellings(raw: object) -> tuple[str, ...]:
    """Give the texts under which a value may stand among labels: 3.0 is "3" and "3.0", True also "1"."""
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, bool):
        return (str(raw), str(raw).lower(), str(int(raw)))
    if isinstance(raw, int | float) and not math.isnan(raw) and not math.isinf(raw):
        value = float(raw)
        whole = value.is_integer() and abs(value) < 1e15
        return (str(int(value)), repr(value)) if whole else (repr(value),)
    return ()


def _plain(raw: object, unit: str) -> float | None:
    if isinstance(raw, str):
        text = raw.strip()
        if unit == "flag" and text.lower() in _TRUTH:
            return _TRUTH[text.lower()]
        if unit == "percent":
            text = text.removesuffix("%").rstrip()
        return float(text) if _NUMBER.fullmatch(text) else None
    try:
        return float(raw)  # type: ignore[arg-type]  # whatever says it is a number: Decimal, a numpy scalar
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf


def _date(raw: object) -> float | None:
    when: dt.date | None = raw if isinstance(raw, dt.date) else None
    if when is None:
        value = _plain(raw, "")
        text = raw.strip() if isinstance(raw, str) else ""
        if value is not None and _PACKED[0] <= value <= _PACKED[1]:
            text = f"{value:.0f}"
        elif value is not None:
            return value
        try:
            when = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
    if not isinstance(when, dt.datetime):
        return float((when - EPOCH).days)
    if when.tzinfo is not None:
        when = when.astimezone(dt.UTC).replace(tzinfo=None)
    start = dt.datetime.combine(EPOCH, dt.time())
    return (when - start).total_seconds() / _SECONDS
