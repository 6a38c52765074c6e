"""How long texts become short enough: measured, made smaller, broken into lines, and only then cut.

Sizes and widths are in pixels of whatever is drawn; nothing here knows what the text is for.
"""

import re
from functools import lru_cache

from PIL import ImageFont

from bot.views import fonts

# A line may end after a Chinese character with the marks that belong to it, or after a word of other scripts.
_HAN = r"\u2e80-\u9fff\uff01-\uff5e"
_PIECES = re.compile(rf"[{_HAN}][，。、；：！？）》」』]*|[^\s{_HAN}]+|\s+")


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Give the typeface at a size, loaded once. The basic layout makes every machine set it alike."""
    return ImageFont.truetype(fonts.path(), size, layout_engine=ImageFont.Layout.BASIC)


def weight(size: float, *, bold: bool) -> float:
    """Give the width of the stroke that stands in for a bold face, which the typeface does not have."""
    return size * 0.021 if bold else 0.0


def measure(text: str, size: float, *, bold: bool = False) -> float:
    """Give the width of a line."""
    return sum(map(_advance, text)) * size + 2 * weight(size, bold=bold)


@lru_cache(maxsize=8192)
def _advance(character: str) -> float:
    """Give the share of the size that a character is wide; the typeface does not kern, so these add up."""
    return font(512).getlength(character) / 512


def fit(
    text: str, *, width: float, size: int, least: int, lines: int = 1, bold: bool = False
) -> tuple[int, list[str]]:
    """Give the largest size from `size` down to `least` at which a text fits, and its lines.

    More than one line is taken only near the least size, as one larger line reads better. A text too long
    even for that is cut with dots: nothing is ever wider than `width`.
    """
    text = " ".join(text.splitlines()).strip()
    for smaller in range(size, least - 1, -1):
        broken = split(text, width, smaller, bold=bold)
        allowed = lines if smaller <= least + 2 else 1
        if len(broken) <= allowed and all(measure(line, smaller, bold=bold) <= width for line in broken):
            return smaller, _even(broken, text, width, smaller, bold=bold)
    broken = split(text, width, least, bold=bold)
    kept = [*broken[: lines - 1], " ".join(broken[lines - 1 :])]
    return least, [cut(line, width, least, bold=bold) for line in kept if line]


def split(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text where its script allows it, so that each line is within a width if it can be."""
    if measure(text, size, bold=bold) <= width:
        return [text]
    lines = [""]
    for piece in _PIECES.findall(text.strip()):
        if lines[-1] and measure((lines[-1] + piece).rstrip(), size, bold=bold) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def _even(lines: list[str], text: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Break again in a narrower column while it takes no more lines, so that no word is left alone."""
    while len(lines) > 1 and width > 40:
        width -= 20
        narrower = split(text, width, size, bold=bold)
        if len(narrower) > len(lines) or any(measure(line, size, bold=bold) > width for line in narrower):
            break
        lines = narrower
    return lines


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Give the text on one line, or as much of its beginning as fits with dots."""
    text = " ".join(text.splitlines()).strip()
    if measure(text, size, bold=bold) <= width:
        return text
    while text and measure(text + "...", size, bold=bold) > width:
        text = text[:-1].rstrip()
    return text + "..."
