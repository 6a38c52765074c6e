"""One page about one model: everything on its card, drawn; self-contained, and the same bytes for the same inputs."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from engine.reading_notes import Note
from engine.report import card, escaping, groups, markup, ranking, terms, truth
from engine.report.document import Grid, Items, Section
from engine.report.drawn import Drawn
from engine.report.escaping import escape
from engine.report.evidence import Evidence
from engine.report.measured import Measured
from engine.report.style import CSS
from engine.report.wording import Row, clean, count, interval, share
from engine.scorecard import Scorecard
from engine.screen import Refusal

_FACTORS = 24  # drawn; the others are in the table
_ORDER = (
    "about", "book", "good", "books", "factors", "fairness", "drift", "proxy", "packs", "road", "fidelity", "use",
    "limits", "refused", "found", "points",
)  # fmt: skip
_SHORT = {"about", "book", "road", "fidelity", "use", "limits", "refused", "found", "proxy"}
_DRAWN = {"fairness", "drift"}  # sections whose tables hang on their drawings


def render(
    model: card.Model, evidence: Evidence, notes: Sequence[Note] = (), refusals: Sequence[Refusal] = ()
) -> str:
    """Give the page as HTML. `notes` are what the reader found in the book, `refusals` the columns left out.

    Figures of the model are shown as they are; what it lacks is measured on the evidence, with a fixed seed.
    """
    measured = Measured(model, evidence)
    factors = _factors(model, evidence)
    drawings = _drawings(measured, factors)
    opened = [*_opened(card.sections(model, measured.figures), factors), *_findings(notes, refusals)]
    sections = sorted(opened, key=lambda one: _ORDER.index(one.key))
    paired = _pairs(sections)
    links = "".join(f'<li><a href="#{one.key}">{escape(one.title)}</a></li>' for one in sections)
    return escaping.page(
        f"Model card: {model.id}",
        "\n".join(
            [
                f"<header><h1>Model card: {escape(model.id)}</h1>",
                markup.tiles(tuple(_tiles(evidence, measured.kinds[evidence.chosen]))),
                f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>',
                "<main>",
                *(
                    markup.section(one, _plots(drawings.get(one.key, ())), half=one.key in paired)
                    for one in sections
                ),
                "</main>",
                f"<footer>Model {escape(model.id)}, hash {model.hash}. Intervals are 95 %.</footer>",
            ]
        ),
        css=CSS,
    )


def _plots(drawings: Sequence[Drawn]) -> str:
    return markup.plots(drawings) if drawings else ""


def _pairs(sections: Sequence[Section]) -> set[str]:
    """Choose the short sections that stand beside one another."""
    paired: set[str] = set()
    for one, other in pairwise(sections):
        if {one.key, other.key} <= _SHORT and one.key not in paired:
            paired |= {one.key, other.key}
    return paired


def _tiles(evidence: Evidence, row: Row) -> Iterable[tuple[str, str, str]]:
    auc, _, auc_ends = interval(row, "auc").partition(" ")
    yield "AUC on held-out loans", auc, auc_ends
    for name, title in (("ks", "KS"), ("ece", "PD off by, on average (ECE)")):
        value, _, ends = interval(row, name, share).partition(" ")
        yield title, value, ends
    yield "Measured on", count(len(evidence.bad)), f"loans, {count(int(evidence.bad.sum()))} of them bad"
    others = len(evidence.pd) - 1
    yield "Decides", evidence.chosen, f"chosen from {others + 1} kinds" if others else "the only kind tried"


def _drawings(measured: Measured, factors: Sequence[terms.Told]) -> Mapping[str, Sequence[Drawn]]:
    model, evidence = measured.model, measured.evidence
    pd, bad, row = evidence.pd[evidence.chosen], evidence.bad, measured.kinds[evidence.chosen]
    good = [
        ranking.roc_plot(evidence.pd, bad, evidence.chosen, measured.kinds),
        truth.calibration_plot(pd, bad, row),
        ranking.ks_plot(pd, bad, row),
        ranking.scores_plot(evidence.scores, bad, model.scale, model.bands),
    ]
    drift = [groups.drift_plot(measured.drift)] if measured.drift else []
    if len(measured.periods) > 1:
        (drift or good).append(truth.periods_plot(measured.periods))
    return {
        "good": good,
        "factors": [terms.factor_plot(one, at) for at, one in enumerate(factors[:_FACTORS])],
        "fairness": [groups.fairness_plot(one, at) for at, one in enumerate(measured.fairness)],
        "drift": drift,
    }


def _factors(model: card.Model, evidence: Evidence) -> list[terms.Told]:
    entries = {entry.name: entry for entry in model.factors} if isinstance(model, Scorecard) else {}
    return terms.ranked(evidence.terms, entries)


def _opened(sections: Sequence[Section], factors: Sequence[terms.Told]) -> Iterable[Section]:
    """Give the card's sections as the page has them: with the factors, and without tables that hang on drawings."""
    told = Section("factors", "What each factor tells", (terms.summary(factors),)) if factors else None
    if told:
        yield told
    for section in sections:
        if section.key in _DRAWN:
            blocks = tuple(block for block in section.blocks if not isinstance(block, Grid))
            yield Section(section.key, section.title, blocks)
        else:
            yield section


def _findings(notes: Sequence[Note], refusals: Sequence[Refusal]) -> Iterable[Section]:
    if refusals:
        items = tuple(
            (clean(one.column, 80), clean(str(one).removeprefix(f"{one.column}: "), 400)) for one in refusals
        )
        yield Section("refused", "What was left out, and why", (Items(items),))
    if notes:
        found = tuple((clean(one.column, 80), clean(one.text, 400)) for one in notes)
        yield Section("found", "What was found in the book", (Items(found),))
