"""What people type, made comparable: full-width and foreign digits, invisible characters, ways of writing a number."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from bot.dialogs.hanzi import arabic

LONGEST = 200
"""No answer is longer; the cap comes before any pattern is tried."""

_MULTIPLIERS = {"k": 1_000, "mil": 1_000, "thousand": 1_000}
_COUNTERS = "次|个|個|天|日|人|条|條|笔|筆|家|张|張|times?|days?|people|veces|vez|días?|personas?"
_MONEY_WORDS = "元|块|塊|圆|人民币|rmb|cny|usd|mxn|dollars?|bucks|pesos?|dólares|yuan|us|mx|cn|[$¥￥€]"
_NUMBER = re.compile(r"[0-9]{1,3}(?:[ ,.'][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]{1,12}(?:[.,][0-9]{1,2})?")
_GROUPED = re.compile(r"([1-9][0-9]{0,2})((?:[ ,.'][0-9]{3})+)(?:([.,])([0-9]{1,2}))?")
_YEAR_FIRST = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})\s*[-/. ]\s*([0-9]{4})")
_HALF = ("half a", "半", "medio")
_SPAN = re.compile(
    r"(?:([0-9]{1,3}(?:[.,][0-9])?|half a|半|medio)\s*(?:years?|yrs?|y|años?|a|年)"
    r"\s*(半|and a half|y medio)?)?\s*(?:,|and|y|0(?=[0-9])|又)?\s*"
    r"(?:([0-9]{1,4})\s*(?:个月|個月|月|months?|mos?|m|mes(?:es)?)?)?"
)


def clean(text: str, longest: int = LONGEST * 2) -> str:
    """Fold what looks alike together: NFKC, foreign decimal digits to ASCII, no invisible characters, single blanks.

    Superscripts, circled and other "not quite" digits stay as they are and are refused later: ² is not 2.
    """
    folded = []
    for character in text[:longest]:
        category = unicodedata.category(character)
        if category in {"Cf", "Cc", "Cs", "Co"} and character not in "\n\t":
            continue
        if category == "Nd":
            folded.append(str(unicodedata.decimal(character)))
        elif category == "No":
            folded.append(character)
        else:
            folded.append(unicodedata.normalize("NFKC", character))
    return " ".join(unicodedata.normalize("NFC", "".join(folded)).split())


def amount(text: str) -> Decimal | None:
    """Read an amount of money as people write one: 12000, 12,000.50, 12.000,50, $12 000, 1.2万, 12k; None if it is not.

    Where one separator could mean either, three digits after it make it a thousands separator.
    """
    words = arabic(re.sub(r" (?=[十百千万萬])", "", clean(text).lower()))
    if len(words) > 40:
        return None
    words = re.sub(rf"(?<![a-zá-ú])(?:{_MONEY_WORDS})(?![a-zá-ú])|[元块塊圆$¥￥€]", " ", words).strip()
    times = 1
    for word, factor in _MULTIPLIERS.items():
        if words.endswith(word):
            times, words = factor, words.removesuffix(word).strip()
            break
    value = number(words)
    if value is None:
        return None
    value *= times
    return value if value < 10**12 and value == value.quantize(Decimal("0.01")) else None


def number(text: str) -> Decimal | None:
    """Read a plain non-negative number with at most two decimals; None if it is not one."""
    words = clean(text)
    if not _NUMBER.fullmatch(words):
        return None
    grouped = _GROUPED.fullmatch(words)
    if not grouped:
        return Decimal(words.replace(",", ".")) if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?", words) else None
    head, middle, point, tail = grouped.groups()
    separators = set(re.findall(r"[ ,.']", middle))
    if len(separators) != 1 or point in separators:
        return None
    return Decimal(head + re.sub(r"[ ,.']", "", middle) + ("." + tail if tail else ""))


def whole(text: str) -> int | None:
    """Read a whole number of at most six digits, with or without what it counts ("2次"); None if it is not one."""
    match = re.fullmatch(rf"([0-9]{{1,6}})\s*(?:{_COUNTERS})?", arabic(clean(text).lower()))
    return int(match.group(1)) if match else None


def months(text: str) -> int | None:
    """Read a length of time in months: "18", "18 months", "1 year 6 months", "1.5 years", "3年", "2 años"; None if not.

    A bare number counts months, because that is what the question asks for.
    """
    words = arabic(clean(text).lower())
    if not words or len(words) > 40:
        return None
    match = _SPAN.fullmatch(words)
    if not match or not any(match.groups()):
        return None
    years, half, rest = match.groups()
    total = Decimal(6) if half else Decimal(0)
    if years:
        total += Decimal(6) if years in _HALF else Decimal(years.replace(",", ".")) * 12
    return int(total) + int(rest or 0)


def day(text: str, *, month_first: bool) -> dt.date | None:
    """Read a day: 2026-03-31, 2026年3月31日, 31.3.2026, or 3/31/2026 where the month comes first; None for others."""
    words = clean(text)
    if found := _YEAR_FIRST.fullmatch(words):
        year, month, number = map(int, found.groups())
    elif found := _YEAR_LAST.fullmatch(words):
        first, second, year = map(int, found.groups())
        month, number = (first, second) if month_first else (second, first)
    else:
        return None
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None


def same(one: str, other: str) -> bool:
    """Whether two labels read alike: letters and digits count; case, width, marks and pictures do not."""
    bare = ["".join(c for c in clean(text).casefold() if c.isalnum()) for text in (one, other)]
    return bare[0] == bare[1] and bare[0] != ""
