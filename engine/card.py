"""The model card: what a model is, whom it knows, how good it is and where it ends, written from its own figures."""

from collections.abc import Iterable, Mapping

from engine.bins import FactorPoints
from engine.scorecard import Scorecard

_Row = Mapping[str, float | int | str | bool | None]

_LIMITS = """\
## Limits

- **Population.** Applicants and customers of the lenders above, 1973 to 2018: nobody of today, and nobody who lives
  under the cn or mx pack. The order of borrowers carries over better than the level: set your own bad rate.
- **Not a bureau score.** It knows what a person answers. Answers that nobody checked can be wrong, or be made up.
- **Refused applicants** are in none of the books, so the model has never seen how they would have paid.
- **Default** means another thing in each book: from "not on time" to three months late. PD is the chance of that.
- **Unmeasured points.** No book here holds spending regularity or bills paid on time; those points are belief.
- **Rank, roughly.** From application answers alone expect an AUC near 0.6; with repayment history or utilisation
  0.7 and more. It is an aid to a decision about a small loan, and no ground for refusing one unseen."""

_BOOKS = """\
## How good it is on books it never saw

95 % intervals in brackets. A book that the slope was fitted on is measured with the slope of the others. The lender is
taken to expect the book's bad rate. ECE is the mean distance of PD and bad rate over ten equal groups; "level" is the
same once the mean PD is right, "skipped" the AUC when 30 % of the answers are left out.
"""

_PACKS = """\
## What the forbidden factors would have added

AUC with every factor of the book less AUC with those the pack permits; below 0, they did harm.
"""


def render(model: Scorecard) -> str:
    """Write the card as Markdown; a model without figures gets a card without tables of them."""
    parts = [_head(model), _books(model), _packs(model), _LIMITS, _factors(model)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(model: Scorecard) -> str:
    scale = model.scale
    bands = ", ".join(f"{band.name} from {band.floor}" for band in model.bands)
    text = f"""\
# Model card: {model.id}

A scorecard: expert points in every bin, each factor with its written reason. The points and the base add up to the
score.

- Score {scale.low} to {scale.high}, higher is safer: {scale.anchor_score} means {scale.anchor_odds:g} good loans for
  each bad one, and {scale.points_to_double} points more mean twice as many. Bands: {bands}.
- Base {model.base}: the score of somebody of whom nothing is known, where {model.bad_rate:.0%} of loans go bad. That
  rate is an assumption until a lender sets its own. What is not known adds 0 and takes 0.
- Hash `{model.hash}`."""
    fit = model.figures.get("fit")
    if fit is None:
        return text
    return f"""{text}

Fitted on public books: ONE slope, {fit["slope"]}, by which the expert's log-odds are shrunk, on {fit["loans"]} loans
({fit["books"]}), no book weighing more than 8,000. The points themselves were not fitted: nothing fitted on other
lenders' books ranked a new lender's borrowers better than the expert did."""


def _books(model: Scorecard) -> str:
    rows = [row for name, row in model.figures.items() if name.startswith("book ")]
    header = ("book", "loans", "bad", "factors", "AUC", "KS", "Brier", "ECE", "ECE, level", "AUC, skipped")
    return _table(_BOOKS, header, map(_book, rows)) if rows else ""


def _book(row: _Row) -> tuple[str, ...]:
    rate = f"{row['bad_rate']:.1%}"
    start = (str(row["title"]), str(row["loans"]), rate, str(row["factors"]))
    figures = tuple(_interval(row, name) for name in ("auc", "ks", "brier", "ece"))
    return (*start, *figures, f"{row['ece_levelled']:.3f}", f"{row['auc_skipped']:.3f}")


def _packs(model: Scorecard) -> str:
    packs = {
        name.removeprefix("pack "): row for name, row in model.figures.items() if name.startswith("pack ")
    }
    if not packs:
        return ""
    first, *_ = packs.values()
    books = [name for name in first if name != "forbidden"]
    rows = [
        (name, str(row["forbidden"]), *(f"{row[book]:+.3f}" for book in books)) for name, row in packs.items()
    ]
    return _table(_PACKS, ("pack", "forbidden", *books), rows)


def _factors(model: Scorecard) -> str:
    rows = [(factor.name, _points(factor), factor.why) for factor in model.factors]
    return _table("## The points and why\n", ("factor", "points", "why"), rows)


def _points(factor: FactorPoints) -> str:
    floors = [*map(", ".join, factor.classes)] or ["below", *(f"{cut:g} up" for cut in factor.cuts)]
    return ", ".join(f"{floor} {points:+d}" for floor, points in zip(floors, factor.points, strict=True))


def _interval(row: _Row, name: str) -> str:
    return f"{row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"


def _table(before: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join([before, *(f"| {' | '.join(cells)} |" for cells in lines)])
