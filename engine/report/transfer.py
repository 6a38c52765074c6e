"""The starter's own part of its card: fitted on public books, measured on books it never saw, under each law."""

from collections.abc import Iterable, Mapping

from engine.report.document import Grid, Section
from engine.report.wording import Row, count, interval, known, share

LIMITS = (
    (
        "Population",
        (
            "Applicants and customers of the lenders above, 1973 to 2018: nobody of today, and nobody who "
            "lives under the cn "
            "or mx pack. The order of borrowers carries over better than the level: set your own bad rate."
        ),
    ),
    (
        "Not a bureau score",
        "It knows what a person answers. Answers that nobody checked can be wrong, or be made up.",
    ),
    (
        "Refused applicants",
        "They are in none of the books, so the model has never seen how they would have paid.",
    ),
    (
        "Default",
        'It means another thing in each book: from "not on time" to three months late. PD is the chance of that.',
    ),
    (
        "Unmeasured points",
        "No book here holds spending regularity or bills paid on time; those points are belief.",
    ),
    (
        "Rank, roughly",
        (
            "From application answers alone expect an AUC near 0.6; with repayment history or utilisation 0.7 "
            "and more. It is "
            "an aid to a decision about a small loan, and no ground for refusing one unseen."
        ),
    ),
)
_BOOKS = (
    "95 % intervals in brackets. A book that the slope was fitted on is measured with the slope of the others. "
    "The lender is taken to expect the book's bad rate. ECE is the mean distance of PD and bad rate over ten equal "
    "groups; “level” is the same once the mean PD is right, “skipped” the AUC when 30 % of the answers are left out."
)
_PACKS = "AUC with every factor of the book less AUC with those the pack permits; below 0, they did harm."


def fitted(fit: Row) -> str:
    """Say what of the starter was fitted, and what was not."""
    return (
        f"Fitted on public books: ONE slope, {fit['slope']}, by which the expert's log-odds are shrunk, on "
        f"{count(fit['loans'])} loans ({fit['books']}), no book weighing more than 8,000. The points "
        f"themselves were not "
        "fitted: nothing fitted on other lenders' books ranked a new lender's borrowers better than the expert did."
    )


def sections(figures: Mapping[str, Row]) -> Iterable[Section]:
    """Give the tables of books never seen and of what forbidden factors would have added, where there are figures."""
    books = [row for key, row in figures.items() if key.startswith("book ")]
    if books:
        head = ("book", "loans", "bad", "factors", "AUC", "KS", "Brier", "ECE", "ECE, level", "AUC, skipped")
        yield Section(
            "books", "How good it is on books it never saw", (Grid(_BOOKS, head, tuple(map(_book, books))),)
        )
    packs = {key.removeprefix("pack "): row for key, row in figures.items() if key.startswith("pack ")}
    if packs:
        names = [name for name in next(iter(packs.values())) if name != "forbidden"]
        lines = tuple(
            (key, str(row["forbidden"]), *(f"{row[name]:+.3f}" for name in names))
            for key, row in packs.items()
        )
        grid = Grid(_PACKS, ("pack", "forbidden", *names), lines, first=2)
        yield Section("packs", "What the forbidden factors would have added", (grid,))


def _book(row: Row) -> tuple[str, ...]:
    start = (str(row["title"]), count(row["loans"]), share(row["bad_rate"]), str(row["factors"]))
    figures = tuple(interval(row, name) for name in ("auc", "ks", "brier", "ece"))
    ends = (row["ece_levelled"], row["auc_skipped"])
    return (*start, *figures, *(f"{end:.3f}" if known(end) else "not measured" for end in ends))
