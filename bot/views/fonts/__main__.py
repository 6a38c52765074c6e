"""Make `candor-sans.ttf` again: `python -m bot.views.fonts SOURCE.ttc`, SOURCE being WenQuanYi Micro Hei.

The source weighs 5 MB; a picture needs a few thousand of its characters. Hinting goes too, as the pictures
are drawn larger than they are shown. The same source gives the same bytes. Needs fonttools, a development
dependency.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.views import fonts

RANGES = (
    range(0x0020, 0x007F),  # ASCII
    range(0x00A0, 0x0180),  # Latin-1, Latin Extended-A
    range(0x0370, 0x0500),  # Greek, Cyrillic
    range(0x1E00, 0x1F00),  # Latin Extended Additional (Vietnamese among others)
    range(0x2010, 0x2060),  # general punctuation
    range(0x20A0, 0x20C0),  # currency signs
    range(0x2190, 0x2194),  # arrows
    range(0x3000, 0x3020),  # Chinese punctuation
    range(0xFF01, 0xFF5F),  # full-width forms
)
SINGLES = "₂№™−×÷≈≠≤≥■□▲△▼▽●○★☆✓✔"

# Characters that Babel and translators write and the source lacks; each is drawn as its look-alike.
ALIASES = {0x2011: 0x2010, 0x202F: 0x0020, 0x00AD: 0x002D}

NAMES = {
    1: "Candor Sans",
    2: "Regular",
    3: "Candor Sans: subset of WenQuanYi Micro Hei 0.2.0-beta",
    4: "Candor Sans",
    6: "CandorSans-Regular",
    10: "A subset of WenQuanYi Micro Hei without hinting, changed and renamed by the Candor project.",
    13: "Apache License 2.0 (or GPL version 3 with font exception), as the source.",
}


def common_hanzi() -> str:
    """Give the 3,755 characters of GB 2312 level 1 (rows 16 to 55)."""
    rows = range(0xB0, 0xD8)
    cells = [bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF)]
    return "".join(cell.decode("gb2312") for cell in cells if cell < b"\xd7\xfa")


def wanted() -> set[int]:
    """Give every code point that the subset should hold, where the source has it."""
    points = {point for block in RANGES for point in block}
    return points | {ord(letter) for letter in common_hanzi() + SINGLES}


def build(source: Path, target: Path) -> int:
    """Write the subset of the first face of `source` to `target`; gives the number of characters it holds."""
    from fontTools import subset  # noqa: PLC0415 - a development dependency: the package must import without it
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - a development dependency

    font: Any = TTFont(source, fontNumber=0, recalcTimestamp=False)
    for table in font["cmap"].tables:
        if table.isUnicode():
            for point, likeness in ALIASES.items():
                if point not in table.cmap and likeness in table.cmap:
                    table.cmap[point] = table.cmap[likeness]
    options = subset.Options(
        hinting=False, layout_features=[], notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 6, 13]
    )
    options.drop_tables += ["FFTM", "GSUB", "GPOS", "GDEF", "vhea", "vmtx", "gasp"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted())
    cutter.subset(font)
    for number, text in NAMES.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["name"].names = [record for record in font["name"].names if record.platformID == 3]
    font.save(target)
    return len(font.getBestCmap())


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m bot.views.fonts", description="Make the typeface.")
    parser.add_argument("source", type=Path, help="wqy-microhei.ttc")
    parser.add_argument("target", type=Path, nargs="?", default=fonts.path(), help="default: in place")
    chosen = parser.parse_args()
    count = build(chosen.source, chosen.target)
    sys.stdout.write(f"{chosen.target.name}: {count} characters, {chosen.target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
