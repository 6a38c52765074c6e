"""Numbers by look: 1,234.50 and 1.234,50 (settled over the whole column), 12%, ¥1,000, (120), 1yrs 11mon."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CURRENCY = r"(?:[$€£¥₹₦₽₩₱₫฿元]|US\$|R\$|MX\$|USD|EUR|GBP|CNY|RMB|JPY|INR|NGN|MXN|BRL|Rs\.?|KES|ZAR)"
_POINT = r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3})?(?:\.\d*)?(?:[eE][+-]?\d+)?"
_COMMA = r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[' ]\d{3})+)?(?:,\d*)?"
_GROUPED = r"[+-]?\d{1,3}(?:[' ]\d{3})+(?:\.\d*)?"
_DURATION = r"^(?:(?P<years>\d+) ?(?:years?|yrs?|y))?,? ?(?:(?P<months>\d+) ?(?:months?|mons?|mths?|m))?$"
_WITH_UNIT = r"^(?P<number>[+-]?\d[\d.,]*) ?(?P<unit>\pL{2,12})$"
_DOZEN = 12


class Parsed(NamedTuple):
    """The number of each text (NaN where it is none), what was taken off, the unit, and what was a guess."""

    values: Floats
    look: str
    unit: str = ""
    guess: str = ""


def plain(texts: pa.StringArray) -> Floats:
    """Read texts written as a program writes numbers; NaN where one is not (or is "nan")."""
    try:
        return _floats(pc.cast(texts, pa.float64()))
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(
            texts, r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
        )
        return _floats(pc.cast(pc.if_else(good, texts, None), pa.float64()))


def decorated(texts: pa.StringArray) -> Parsed:
    """Read texts as people write numbers; the style that fits most of the column holds for all of it."""
    bare, looks, unit = _undressed(texts)
    point = pc.match_substring_regex(bare, rf"^{_POINT}$")
    comma = pc.match_substring_regex(bare, rf"^{_COMMA}$")
    digit = pc.match_substring_regex(bare, r"\d")
    points, commas = (_mask(pc.and_(style, digit)) for style in (point, comma))
    has_comma = _mask(pc.match_substring(bare, ","))
    grouped = _mask(pc.match_substring_regex(bare, rf"^{_GROUPED}$"))
    guess = ""
    if commas.sum() > (points | grouped).sum():
        clean = pc.replace_substring(pc.replace_substring_regex(bare, r"[.' ]", ""), ",", ".")
        looks.append("a comma before the decimals")
        kept = commas
    else:
        clean = pc.replace_substring_regex(bare, r"[,' ]", "")
        kept = points | grouped
        if (has_comma & points).any():
            looks.append("a comma between thousands")
            if (commas | ~has_comma)[points].all() and not (
                _mask(pc.match_substring(bare, ".")) & has_comma
            ).any():
                guess = "every comma stands before three digits, so it was taken as one between thousands"
        if (grouped & ~points).any():
            looks.append("a gap between thousands")
    values = plain(pc.if_else(pa.array(kept), clean, None))
    return Parsed(values, ", ".join(looks), unit, guess)


def durations(texts: pa.StringArray) -> Parsed | None:
    """Read texts such as "1yrs 11mon" or "3 years, 2 months" as months; None where the first ones are not."""
    lower = pc.utf8_lower(texts)
    probe = lower[:200]
    both = r"\d ?(?:years?|yrs?|y),? ?\d+ ?(?:months?|mons?|mths?|m)$"
    if not len(probe) or (pc.sum(pc.match_substring_regex(probe, both)).as_py() or 0) < len(probe) / 2:
        return None
    parts = pc.extract_regex(lower, _DURATION)
    months = np.zeros(len(texts))
    for name, length in (("years", 12), ("months", 1)):
        piece = pc.fill_null(parts.field(name), "")
        months += length * np.nan_to_num(
            _floats(pc.cast(pc.if_else(pc.equal(piece, ""), "0", piece), pa.float64()))
        )
    fit = _mask(parts.is_valid())
    return Parsed(np.where(fit, months, np.nan), "years and months", "months")


def with_unit(texts: pa.StringArray) -> Parsed | None:
    """Read texts such as "15 days" or "3 años": numbers of many kinds, all with one word behind (or its plural).

    None where there are a dozen different texts or fewer, which are a category as they stand.
    """
    if len(texts) <= _DOZEN:
        return None
    parts = pc.extract_regex(texts[:200], _WITH_UNIT)
    units = sorted(set(pc.utf8_lower(parts.drop_null().field("unit")).to_pylist()))
    if parts.null_count > len(parts) / 10 or not units or len({unit[:2] for unit in units}) > 1:
        return None
    parts = pc.extract_regex(texts, _WITH_UNIT)
    fit = parts.is_valid()
    parsed = decorated(pc.if_else(fit, parts.field("number"), ""))
    same = pc.and_(fit, pc.starts_with(pc.utf8_lower(parts.field("unit")), units[0][:2]))
    return Parsed(np.where(_mask(same), parsed.values, np.nan), f"`{units[-1]}` behind", guess=parsed.guess)


def _undressed(texts: pa.StringArray) -> tuple[pa.StringArray, list[str], str]:
    """Take off what people put around a number; say what it was."""
    looks: list[str] = []
    bare = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKC"), "[\\s\u00a0\u202f\u2009]+", " ")
    bare = pc.replace_substring_regex(bare, "[\u2019]", "'")
    bare = pc.replace_substring_regex(bare, "[\u2212\u2013]", "-")
    for pattern, into, look in (
        (rf"^([+-]?) ?{_CURRENCY} ?([+-]?[\d.,(])", r"\1\2", "a currency sign"),
        (rf"([\d)]) ?{_CURRENCY}$", r"\1", "a currency sign"),
        (r"^\((\d[\d.,' ]*)\)$", r"-\1", "negative in brackets"),
        (r"^([\d.,' ]*\d)-$", r"-\1", "minus behind"),
        (r"(\d) ?%$", r"\1", "a percent sign"),
    ):
        if pc.any(pc.match_substring_regex(bare, pattern)).as_py():
            bare = pc.replace_substring_regex(bare, pattern, into)
            looks.append(look)
    return (
        pc.utf8_trim_whitespace(bare),
        list(dict.fromkeys(looks)),
        "percent" if "a percent sign" in looks else "",
    )


def _floats(values: pa.DoubleArray) -> Floats:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _mask(values: pa.BooleanArray) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), np.bool_)  # noqa: FBT003 - Arrow's own signature
