"""Numbers in Chinese characters, as people type them: 三年, 两次, 五千, 1万5, 十二."""

import re
from decimal import Decimal

_DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2", "兩": "2"}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
_CHUNK = re.compile(r"(?<![0-9.])(?:[0-9]+(?:\.[0-9]+)?[十百千万萬]|十)(?:[0-9]+[十百千万萬]?|十)*(?![0-9.])")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)?([十百千万萬])?")


def arabic(text: str) -> str:
    """Write Chinese numerals as Arabic ones; everything else stays: "三年半" -> "3年半", "1万5" -> "15000"."""
    digits = "".join(_DIGITS.get(character, character) for character in text)
    return _CHUNK.sub(lambda match: _value(match.group()), digits)


def _value(chunk: str) -> str:
    total = section = Decimal(0)
    before = 0
    for digits, unit in _PART.findall(chunk):
        number = Decimal(digits or (1 if unit == "十" else 0))
        size = _UNITS.get(unit, 0)
        if size == 10_000:
            total, section = total + (section + number) * size, Decimal(0)
        elif size:
            section += number * size
        elif digits:  # a bare digit counts the next smaller unit: 1万5 is 15 thousand, but 一万零五 is 10,005
            section += number * (before // 10 if before > 10 and digits[0] != "0" else 1)
        before = size
    return f"{(total + section).normalize():f}"
