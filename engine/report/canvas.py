"""Drawings as SVG that lives in a page: its colours and its type are the page's, and its bytes always the same.

matplotlib draws; no text of a book ever reaches it. A label is drawn as a token and put in its place, escaped, when
the drawing is done: so nothing in it is markup, a formula or a letter that a font lacks. Figures are made without
pyplot, so nothing outlives a drawing.
"""

import io
import re
import threading
from collections.abc import Callable
from typing import Any

from engine.report.escaping import escape
from engine.report.wording import clean

# What matplotlib draws with stands for a colour of the page: var(--NAME).
_COLOURS = {
    "ink": "#c0de01",
    "soft": "#c0de02",
    "line": "#c0de03",
    "good": "#c0de04",
    "bad": "#c0de05",
    "third": "#c0de06",
    "fourth": "#c0de07",
    "fifth": "#c0de08",
    "paper": "#c0de09",
}
INK, SOFT, LINE, GOOD, BAD, THIRD, FOURTH, FIFTH, PAPER = _COLOURS.values()
WIDTH = 4.6  # inches: what is readable both on a phone and beside another one on a desk

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "candor",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 10.0,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "figure.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "lines.linewidth": 1.8,
}
_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_LOCK = threading.Lock()  # matplotlib's settings are the process's

Labels = Callable[..., str]


def draw(
    height: float, paint: Callable[[Any, Labels], None], *, name: str, said: str, width: float = WIDTH
) -> str:
    """Give one drawing of `width` x `height` inches as an SVG element; `paint` draws on a matplotlib Figure.

    `paint` is also given a function that makes a label out of any text, cut to a number of letters. `name` becomes
    part of the ids (letters, digits, hyphens), `said` is what is read out to those who cannot see the drawing.
    """
    import matplotlib as mpl  # noqa: PLC0415 - half a second, and only drawings need it
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - half a second, and only drawings need it
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second, and only drawings need it

    words: list[str] = []

    def label(text: str, limit: int = 30) -> str:
        words.append(clean(text, limit))
        token = "{{" + str(len(words) - 1)
        return token.ljust(len(words[-1]) - 2, "n") + "}}"  # about as wide as what it stands for

    style: Any = {key: value for key, value in mpl.rcParamsDefault.items() if "backend" not in key} | _STYLE
    out = io.StringIO()
    with _LOCK, mpl.rc_context(style):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        paint(figure, label)
        figure.savefig(out, format="svg", metadata=_METADATA)
    return _at_home(out.getvalue(), words, name, said)


def _at_home(svg: str, words: list[str], name: str, said: str) -> str:
    """Turn a file of matplotlib's into an element of a page."""
    svg = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>|<metadata>.*?</metadata>",
        "",
        svg[svg.index("<svg") :],
        flags=re.DOTALL,
    )
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg).replace("> <", "><")
    for key, colour in _COLOURS.items():
        svg = svg.replace(colour, f"var(--{key})")
    svg = re.sub(r"\{\{(\d+)n*\}\}", lambda found: escape(words[int(found[1])]), svg)
    size = re.search(r'viewBox="[^"]*"', svg)
    box = size[0] if size else ""
    body = svg[svg.index(">") + 1 :]
    return f'<svg class="plot" {box} role="img" aria-label="{escape(said)}">{body}'.rstrip()
