"""One page about one model: everything on its card, drawn; self-contained, and the same bytes for the same inputs."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.report import card, escaping, markup
from engine.report.document import Grid, Items, Section
from engine.report.escaping import escape
from engine.report.style import CSS
from engine.report.wording import Row, beginning, clean, count, interval, known, share

if TYPE_CHECKING:  # the card of a saved model is a page without numpy
    from engine.reading.notes import Note
    from engine.report.evidence import Evidence
    from engine.report.gallery import Gallery
    from engine.screening import Refusal

_ORDER = (
    "about", "book", "good", "spread", "books", "factors", "fairness", "drift", "proxy", "packs", "road", "fidelity",
    "use", "limits", "refused", "found", "points",
)  # fmt: skip
_SHORT = {"about", "book", "road", "fidelity", "use", "limits", "refused", "found", "proxy"}


def render(
    model: card.Model,
    evidence: "Evidence | None" = None,
    notes: "Sequence[Note]" = (),
    refusals: "Sequence[Refusal]" = (),
) -> str:
    """Give the page as HTML. `notes` are what the reader found in the book, `refusals` the columns left out.

    Figures of the model are shown as they are; what it lacks is measured on the evidence, with a fixed seed. Without
    evidence nothing is drawn.
    """
    drawn = _gallery(model, evidence)
    figures = drawn.figures if drawn else model.figures
    sections = [*_opened(card.sections(model, figures), drawn), *_findings(notes, refusals)]
    sections.sort(key=lambda one: _ORDER.index(one.key))
    paired = _pairs(sections)
    links = "".join(f'<li><a href="#{one.key}">{escape(one.title)}</a></li>' for one in sections)
    tiles = tuple(_tiles(figures, model.kind, drawn))
    return escaping.page(
        f"Model card: {model.id}",
        "\n".join(
            [
                f"<header><h1>Model card: {escape(model.id)}</h1>",
                markup.tiles(tiles) if tiles else "",
                f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>',
                "<main>",
                *(_section(one, drawn, half=one.key in paired) for one in sections),
                "</main>",
                f"<footer>Model {escape(model.id)}, hash {model.hash}. Intervals are 95 %.</footer>",
            ]
        ),
        css=CSS,
    )


def _gallery(model: card.Model, evidence: "Evidence | None") -> "Gallery | None":
    if evidence is None:
        return None
    from engine.report.gallery import gallery  # noqa: PLC0415 - numpy is loaded only where it is needed

    return gallery(model, evidence)


def _section(section: Section, drawn: "Gallery | None", *, half: bool) -> str:
    drawings = drawn.drawings.get(section.key, ()) if drawn else ()
    return markup.section(section, markup.plots(drawings) if drawings else "", half=half)


def _pairs(sections: Sequence[Section]) -> set[str]:
    """Choose the short sections that stand beside one another."""
    paired: set[str] = set()
    for one, other in pairwise(sections):
        if {one.key, other.key} <= _SHORT and one.key not in paired:
            paired |= {one.key, other.key}
    return paired


def _tiles(figures: Mapping[str, Row], kind: str, drawn: "Gallery | None") -> Iterable[tuple[str, str, str]]:
    """Give what is to be seen first; nothing where nothing was measured."""
    kinds, split = beginning(figures, "kind "), figures.get("split", {})
    chosen = drawn.chosen if drawn else str(figures.get("choice", {}).get("kind") or kind)
    row = kinds.get(chosen)
    if row is None:
        return
    auc, _, auc_ends = interval(row, "auc").partition(" ")
    yield "AUC on held-out loans", auc, auc_ends
    for name, title in (("ks", "KS"), ("ece", "PD off by, on average (ECE)")):
        value, _, ends = interval(row, name, share).partition(" ")
        yield title, value, ends
    rows, bads = (drawn.rows, drawn.bads) if drawn else (split.get("test_rows"), split.get("test_bads"))
    if known(rows):
        yield "Measured on", count(rows), f"loans, {count(bads)} of them bad"
    yield "Decides", chosen, f"chosen from {len(kinds)} kinds" if len(kinds) > 1 else "the only kind tried"


def _opened(sections: Sequence[Section], drawn: "Gallery | None") -> Iterable[Section]:
    """Give the card's sections as the page has them: with the factors, without tables that hang on drawings."""
    if drawn and drawn.factors:
        yield drawn.factors
    for section in sections:
        if drawn and section.key != "good" and drawn.drawings.get(section.key):
            blocks = tuple(block for block in section.blocks if not isinstance(block, Grid))
            yield Section(section.key, section.title, blocks)
        else:
            yield section


def _findings(notes: "Sequence[Note]", refusals: "Sequence[Refusal]") -> Iterable[Section]:
    if refusals:
        items = tuple(
            (clean(one.column, 80), clean(str(one).removeprefix(f"{one.column}: "), 400)) for one in refusals
        )
        yield Section("refused", "What was left out, and why", (Items(items),))
    if notes:
        found = tuple((clean(one.column, 80), clean(one.text, 400)) for one in notes)
        yield Section("found", "What was found in the book", (Items(found),))
