"""The scorecard on paper: a page to be filled in with a pencil, which adds up to exactly what `score` gives.

Text for a plain printer, Markdown for a repository, HTML for an A4 page in columns.
"""

import textwrap
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from engine.countries.pack import Pack
from engine.report import paper_page
from engine.report.binned import Bin, bins
from engine.report.markdown import escape
from engine.report.wording import clean
from engine.scorecard import Scorecard

Format = Literal["text", "html", "markdown"]

_WIDE = 78
_STEP = 20  # points between two lines of the table of scores


class Sheet(NamedTuple):
    """What stands on the paper. `factors` are the weightiest first, their bins in the order in which they are tried.

    `scores` are the rows of the last table: from this score, up to that one, band, PD at the lower and upper end.
    """

    title: str
    base: int
    low: int
    high: int
    factors: tuple[tuple[str, tuple[Bin, ...]], ...]
    scores: tuple[tuple[int, int, str, str, str], ...]
    hash: str


def render(model: Any, format: Format = "text", *, pack: Pack | None = None) -> str:  # noqa: A002 - the word for it
    """Give the printable scorecard; with a pack, without the factors it forbids.

    Raises ValueError for a model that is no scorecard, and for a format that is none of the three.
    """
    if not isinstance(model, Scorecard):
        raise ValueError(  # noqa: TRY004 - what a person did wrong is a ValueError everywhere here
            f"{model.id}: a {model.kind} cannot be added up by hand; accepted: a scorecard; for example "
            f"train --kind scorecard"
        )
    page = sheet(model, pack)
    if format == "text":
        return _text(page)
    if format == "markdown":
        return _markdown(page)
    if format == "html":
        return paper_page.render(page)
    raise ValueError(f"{format!r} is no format; accepted: text, html, markdown")


def sheet(model: Scorecard, pack: Pack | None = None) -> Sheet:
    """Lay out what stands on the paper."""
    scale = model.scale
    entries = sorted(model.factors, key=lambda entry: -entry.effect)
    permitted = [entry for entry in entries if model.permits(entry.name, pack)]
    return Sheet(
        title=model.id,
        base=model.base,
        low=scale.low,
        high=scale.high,
        factors=tuple((clean(entry.name, 200), _tried(entry, bins(entry))) for entry in permitted),
        scores=tuple(_scores(model)),
        hash=model.hash,
    )


def _tried(entry: Any, made: tuple[Bin, ...]) -> tuple[Bin, ...]:
    """Put special codes first, for they lie also within some range."""
    ordinary, special = len(entry.points), len(entry.specials)
    return (*made[ordinary : ordinary + special], *made[:ordinary], *made[ordinary + special :])


def _scores(model: Scorecard) -> Iterable[tuple[int, int, str, str, str]]:
    """Give the stretches of the scale, safest first: cut at every band's floor and every 20 points."""
    scale = model.scale
    floors = {max(band.floor, scale.low) for band in model.bands if band.floor <= scale.high}
    starts = sorted({*range(scale.low, scale.high + 1, _STEP), *floors}, reverse=True)
    high = scale.high
    for start in starts:
        yield start, high, model.band(start), _percent(scale.pd(start)), _percent(scale.pd(high))
        high = start - 1


def _percent(pd: float) -> str:
    return f"{100.0 * pd:.3g}%"


def _text(page: Sheet) -> str:
    lines = [
        f"SCORECARD {page.title}".ljust(_WIDE - 20) + "Date ______________",
        "",
        "Name ____________________________________   Number ___________________",
        "",
        "For each factor tick the FIRST line that fits and write its points on the right.",
        "",
        f"{'START WITH':<{_WIDE - 8}}{page.base:>8}",
    ]
    for number, (name, made) in enumerate(page.factors, 1):
        lines += ["", *textwrap.wrap(f"{number}. {name}", _WIDE - 10, break_on_hyphens=False)]
        lines[-1] = f"{lines[-1]:<{_WIDE - 8}}________"
        for one in made:
            lines += _line(one)
    lines += [
        "",
        f"{'ADD UP ALL OF THE ABOVE':<{_WIDE - 8}}________",
        f"If it is below {page.low} the score is {page.low}; if it is above {page.high} the score is {page.high}.",
        f"{'SCORE':<{_WIDE - 8}}________",
        "",
        f"{'score':<16}{'band':<8}{'chance of default'}",
    ]
    lines += [
        f"{f'{low} to {high}':<16}{band:<8}{risky} to {safe}" for low, high, band, risky, safe in page.scores
    ]
    lines += [
        "",
        f"Below {page.low} or above {page.high} before it was held there, the chance lies beyond the table.",
    ]
    lines += ["A person decides; this sheet is an aid.", f"Model {page.hash}"]
    return "\n".join(lines) + "\n"


def _line(one: Bin) -> list[str]:
    """Write one bin, over several lines where its labels are many."""
    words = textwrap.wrap(one.label, _WIDE - 18, break_long_words=True, break_on_hyphens=False) or [""]
    first = f"   [ ] {words[0]}"
    return [f"{first:<{_WIDE - 15}}{one.points:>+5}", *(f"       {more}" for more in words[1:])]


def _markdown(page: Sheet) -> str:
    parts = [
        f"# Scorecard {escape(page.title)}",
        "For each factor tick the **first** line that fits, and write its points in the last column.",
        f"Start with **{page.base}**.",
    ]
    for number, (name, made) in enumerate(page.factors, 1):
        rows = [f"| ☐ | {escape(one.label)} | {one.points:+d} | |" for one in made]
        parts.append(
            "\n".join(
                [
                    f"**{number}. {escape(name)}**",
                    "",
                    "| | if it is | points | yours |",
                    "| --- | --- | ---: | --- |",
                    *rows,
                ]
            )
        )
    rows = [
        f"| {low} to {high} | {band} | {risky} to {safe} |" for low, high, band, risky, safe in page.scores
    ]
    parts += [
        (
            f"Add up. Below {page.low} the score is {page.low}, above {page.high} it is {page.high}. **Score: "
            f"\\_\\_\\_\\_\\_\\_**"
        ),
        "\n".join(["| score | band | chance of default |", "| --- | --- | --- |", *rows]),
        f"A person decides; this sheet is an aid. Model {page.hash}",
    ]
    return "\n\n".join(parts) + "\n"
