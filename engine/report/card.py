"""The model card as a document: what a model is, whom it knows, how good it is, and where it ends.

All of it follows from the model and its `figures`; what they do not hold is said to be not measured.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from engine.report import caveats, transfer, workings
from engine.report.document import Block, Grid, Items, Section, Text
from engine.report.wording import Row, beginning, count, interval, known, plain, series, share, text
from engine.scale import Band, Scale


class Model(Protocol):
    """What every kind of model has."""

    @property
    def id(self) -> str: ...  # noqa: D102 - its name says it
    @property
    def kind(self) -> str: ...  # noqa: D102 - its name says it
    @property
    def bad_rate(self) -> float: ...  # noqa: D102 - its name says it
    @property
    def scale(self) -> Scale: ...  # noqa: D102 - its name says it
    @property
    def bands(self) -> tuple[Band, ...]: ...  # noqa: D102 - its name says it
    @property
    def figures(self) -> Mapping[str, Row]: ...  # noqa: D102 - its name says it
    @property
    def hash(self) -> str: ...  # noqa: D102 - its name says it


KINDS = {
    "scorecard": "A scorecard: whole points for every bin of every factor. The points and the base add up "
    "to the score.",
    "tree": "A decision tree: a person's answers lead down if-then rules to one leaf, and the leaf gives the score.",
    "boosting": "Boosted trees: many small trees, each putting right what the ones before it got wrong, added up.",
    "network": "A neural network: smooth curves of the answers, mixed through layers. Its reasons are "
    "reckoned, not read off.",
    "blend": "A blend: several models are asked, and their log-odds are added up by stated weights.",
}
_SHOWN = (5, 10, 25, 50, 75, 90, 95)
_OF_KINDS = (("auc", "AUC"), ("ks", "KS"), ("brier", "Brier"), ("log_loss", "log loss"), ("ece", "ECE"))


def sections(model: Model, figures: Mapping[str, Row] | None = None) -> tuple[Section, ...]:
    """Give the sections of the card, from `figures` (None: the model's own); what they do not say is left out."""
    told = model.figures if figures is None else figures
    made = (
        _about(model),
        _use(told),
        _book(told),
        _kinds(told, model.kind),
        _spread(told),
        *transfer.sections(told),
        *caveats.sections(told),
        _limits(told, model.kind),
        workings.section(model),
    )
    return tuple(section for section in made if section is not None)


def _about(model: Model) -> Section:
    scale = model.scale
    bands = ", ".join(f"{band.name} from {band.floor}" for band in model.bands)
    what = KINDS.get(model.kind, f"A model of the kind {model.kind}.")
    items = [
        (
            "Score",
            (
                f"{scale.low} to {scale.high}, higher is safer: {scale.anchor_score} means "
                f"{scale.anchor_odds:g} good loans "
                f"for each bad one, and {scale.points_to_double} points more mean twice as many."
            ),
        ),
        ("Bands", f"{bands}."),
        *workings.base(model),
        ("Hash", f"{model.hash}: two models with one hash give the same scores, to the point."),
    ]
    blocks: list[Block] = [Text(what), Items(tuple(items))]
    fit = model.figures.get("fit")
    if fit is not None and "slope" in fit:
        blocks.append(Text(transfer.fitted(fit)))
    return Section("about", "What it is", tuple(blocks))


def _use(figures: Mapping[str, Row]) -> Section:
    whom = "people like those of the book below" if "book" in figures else "small loans"
    made_for = (
        f"To help decide about {whom}, with a person who may decide otherwise and reasons that can be told."
    )
    return Section(
        "use",
        "What it may be used for",
        (
            Items(
                (
                    ("For", made_for),
                    (
                        "Not for",
                        "Refusing anybody unseen; other products; setting prices or collecting; finding fraud.",
                    ),
                    (
                        "Not without",
                        "A person's right to the reasons, to have them corrected, and to a second look.",
                    ),
                )
            ),
        ),
    )


def _book(figures: Mapping[str, Row]) -> Section | None:
    book, split = figures.get("book"), figures.get("split")
    if book is None and split is None:
        return None
    blocks: list[Block] = []
    if book is not None:
        blocks.append(Items(tuple(_population(book))))
    if split is not None:
        blocks.append(Text(_split(split)))
    return Section("book", "The loans it learnt from", tuple(blocks))


def _population(book: Row) -> Iterable[tuple[str, str]]:
    yield "Book", text(book.get("name"))
    yield (
        "Loans",
        f"{count(book.get('rows'))}, of which {count(book.get('bads'))} went bad ({share(book.get('bad_rate'))}).",
    )
    first, last = book.get("first_date"), book.get("last_date")
    yield (
        "Dates",
        f"{text(first)} to {text(last)}."
        if first and last
        else "Not recorded: the book has no date, so its age is not known.",
    )
    yield "Bad", f"A loan whose column “{text(book.get('target'))}” says: {text(book.get('bad_value'))}."
    kept, refused = count(book.get("kept")), count(book.get("refused"))
    if book.get("pack"):
        yield "Law", f"Of the country pack {text(book.get('pack'))}."
    yield "Columns", f"{count(book.get('columns'))}: {kept} were learnt from and {refused} were refused."


def _split(split: Row) -> str:
    seed = f" (seed {text(split.get('seed'))})" if split.get("seed") is not None else ""
    return (
        f"Measured on {count(split.get('test_rows'))} loans, {count(split.get('test_bads'))} of them bad, "
        f"that were held "
        f"out of the fit; {count(split.get('train_rows'))} were learnt from. How they were parted: "
        f"{text(split.get('rule'))}{seed}."
    )


def _kinds(figures: Mapping[str, Row], kind: str) -> Section | None:
    kinds, choice = beginning(figures, "kind "), figures.get("choice")
    blocks: list[Block] = []
    chosen = str(choice["kind"]) if choice and choice.get("kind") else kind
    mine = kinds.get(chosen)
    if mine:
        blocks.append(Items(tuple(in_words(mine))))
    if kinds:
        blocks.append(_compared(kinds, chosen))
    if choice:
        blocks.append(
            Text(
                f"Chosen: {text(choice.get('kind'))}. {_sentence(choice.get('why'))} The rule: "
                f"{_sentence(choice.get('rule'))}"
            )
        )
    return Section("good", "How good it is", tuple(blocks)) if blocks else None


def _spread(figures: Mapping[str, Row]) -> Section | None:
    row = figures.get("spread")
    if row is None:
        return None
    said = (
        f"Of a hundred of the {count(row.get('loans'))} borrowers of {text(row.get('books'))}, so many have no more "
        "points above the base than this, each scored by what their book says of them. Another population "
        "stands elsewhere."
    )
    lines = tuple((f"{step}", f"{int(row.get(f'p{step:02}') or 0):+d}") for step in _SHOWN)
    return Section("spread", "Where its borrowers stand", (Grid(said, ("of a hundred", "points"), lines),))


def _sentence(value: object) -> str:
    words = text(str(value) if value is not None else None).rstrip(". ")
    return f"{words[:1].upper()}{words[1:]}."


def in_words(row: Row) -> Iterable[tuple[str, str]]:
    """Say what the figures of one kind mean."""
    auc = row.get("auc")
    if known(auc):
        right = round(100 * float(auc or 0.0))
        yield (
            "Order",
            (
                f"Of a hundred pairs of one good and one bad loan it gives the bad one the lower score in "
                f"about {right}, and "
                f"is wrong in {100 - right} (AUC {interval(row, 'auc')}; 0.5 is chance, 1 never wrong)."
            ),
        )
    if known(row.get("ks")):
        yield (
            "Parting",
            f"At its best cut-off, refusals among bad and good loans lie {interval(row, 'ks', share)} apart (KS).",
        )
    if known(row.get("ece")):
        yield "Probabilities", _truth(row)


def _truth(row: Row) -> str:
    said = f"On average the stated chance of default is off by {interval(row, 'ece', share)} (ECE)."
    floor = row.get("ece_floor")
    if not known(floor):
        return said
    close = float(row.get("ece") or 0.0) <= 1.5 * float(floor or 0.0)
    return f"{said} Perfect probabilities would show {share(floor)} by chance alone on so many loans" + (
        ": it is about as true as can be told." if close else "; what is beyond that is the model's error."
    )


def _compared(kinds: Mapping[str, Row], chosen: str) -> Grid:
    used = [pair for pair in _OF_KINDS if any(known(row.get(pair[0])) for row in kinds.values())]
    crossed = any(known(row.get("cv_auc")) for row in kinds.values())
    head = ("kind", *(title for _, title in used), *(("CV AUC",) if crossed else ()))
    lines = []
    for kind, row in kinds.items():
        name = f"{kind} (chosen)" if kind == chosen and len(kinds) > 1 else kind
        across = (plain(row.get("cv_auc")),) if crossed else ()
        lines.append((name, *(interval(row, key) for key, _ in used), *across))
    said = (
        "Every kind on the same held-out loans, 95 % intervals in brackets. AUC and KS: higher is better; Brier, log "
        "loss and ECE: lower."
    )
    return Grid(said, head, tuple(lines))


def _limits(figures: Mapping[str, Row], kind: str) -> Section:
    starter = bool(beginning(figures, "book "))
    items = [*transfer.LIMITS] if starter else list(caveats.limits(figures, kind))
    missing = caveats.unmeasured(figures)
    if missing:
        items.append(("Not measured", f"{series(missing)}.".capitalize()))
    return Section("limits", "Limits", (Items(tuple(items)),))
