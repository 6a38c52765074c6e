"""What stands against a model, from its figures: fidelity, fairness, drift, proxies, and the limits in words."""

from collections.abc import Iterable, Mapping

from engine.report.document import Grid, Items, Section, Text
from engine.report.wording import Row, beginning, clean, count, interval, known, plain, share, text

_FOUR_FIFTHS = 0.8  # 29 CFR 1607.4 D
_FEWEST = 30  # engine.monitor.fairness judges no smaller group; importing it would load numpy
_FAIR = (
    "Groups at one cut-off. AIR is the group's approval rate over that of the most favoured group; below 0.8 it is "
    "against the four-fifths rule. Where the mean PD is above the bad rate, the model is harsher than the truth."
)
_DRIFT = (
    "PSI of each column between the loans learnt from and the held-out ones. Below 0.10 is stable, above "
    "0.25 calls for "
    'action; "by chance" is what two samples of one population would show.'
)
_PROXY = (
    "How well the permitted columns tell a protected one: AUC near 0.5 means not at all; above 0.70, leaving the "
    "protected column out does not keep it out."
)


def sections(figures: Mapping[str, Row]) -> Iterable[Section]:
    """Give a section for each of these that was measured."""
    fidelity = figures.get("fidelity")
    if fidelity:
        yield Section("fidelity", "Are its reasons true?", (Text(_fidelity(fidelity)),))
    groups = _groups(figures)
    if groups:
        yield Section("fairness", "Does it treat groups alike?", _fairness(groups, figures.get("fairness")))
    drift = beginning(figures, "drift ")
    if drift:
        head = ("column", "PSI", "by chance", "verdict")
        lines = tuple(
            (clean(name, 60), plain(row.get("psi")), plain(row.get("floor")), text(row.get("verdict")))
            for name, row in drift.items()
        )
        yield Section("drift", "Have the applicants changed?", (Grid(_DRIFT, head, lines),))
    proxy = beginning(figures, "proxy ")
    if proxy:
        lines = tuple(
            (
                clean(name, 60),
                text(row.get("carriers"), "not recorded"),
                interval(row, "auc"),
                text(row.get("verdict")),
            )
            for name, row in proxy.items()
        )
        grid = Grid(_PROXY, ("protected column", "told best by", "AUC", "verdict"), lines, first=2)
        yield Section("proxy", "Can what is forbidden be read from what is permitted?", (grid,))
    road = figures.get("road")
    if road:
        yield Section("road", "Where this lender stands", (Items(tuple(_road(road))),))


def limits(figures: Mapping[str, Row], kind: str) -> Iterable[tuple[str, str]]:
    """Say where a lender's own model ends: its error rate, its population and its date, from the figures."""
    book = figures.get("book", {})
    choice = figures.get("choice", {})
    mine = figures.get(f"kind {choice.get('kind') or kind}", {})
    if known(mine.get("auc")):
        wrong = round(100 * (1.0 - float(mine["auc"] or 0.0)))
        off = (
            f" Its chance of default is off by {share(mine['ece'])} on average."
            if known(mine.get("ece"))
            else ""
        )
        yield (
            "Error rate",
            f"It orders about {wrong} of 100 pairs of a good and a bad loan the wrong way round.{off}",
        )
    if known(book.get("rows")):
        first, last = book.get("first_date"), book.get("last_date")
        when = (
            f"from {text(first)} to {text(last)}"
            if first and last
            else "of dates that the book does not tell"
        )
        yield (
            "Population",
            (
                f"{count(book['rows'])} loans of {text(book.get('name'), 'one lender')}, {when}, "
                f"{share(book.get('bad_rate'))} "
                "of them bad. For other people, products or years it is not measured."
            ),
        )
    yield (
        "Refused applicants",
        "Whoever was refused is in no book of loans: how they would have paid was never seen.",
    )
    yield "Answers", "It believes what it is told. Answers that nobody checked can be wrong, or be made up."
    yield (
        "One person",
        "A probability is true of many people together; what one person will do it does not know.",
    )


def unmeasured(figures: Mapping[str, Row]) -> list[str]:
    """Name what these figures do not say."""
    asked = {
        "performance on held-out loans": any(key.startswith(("kind ", "book ")) for key in figures),
        "the truth of its reasons": "fidelity" in figures,
        "fairness between groups": bool(_groups(figures)),
        "drift": bool(beginning(figures, "drift ")),
        "proxies of protected columns": bool(beginning(figures, "proxy ")),
    }
    return [name for name, there in asked.items() if not there]


def _groups(figures: Mapping[str, Row]) -> dict[tuple[str, str], Row]:
    made = {}
    for key, row in beginning(figures, "fairness ").items():
        column, _, group = key.partition("=")
        made[column, group] = row
    return made


def _fidelity(row: Row) -> str:
    said = (
        f"Taking the named factors away moves the score as claimed in {share(row.get('share'))} of the "
        f"cases tried; the "
        f"claim misses by {plain(row.get('mean_error'))} points on average"
    )
    bound = f" (the bound is {plain(row.get('bound'))})" if known(row.get("bound")) else ""
    gate = {True: " The gate is open.", False: " The gate is SHUT: the model may not be released."}
    return f"{said}{bound}.{gate.get(row.get('open') is True, '') if row.get('open') is not None else ''}"


def _fairness(groups: Mapping[tuple[str, str], Row], overall: Row | None) -> tuple[Text | Grid, ...]:
    against = [
        f"{clean(column, 60)} = {clean(group, 60)}"
        for (column, group), row in groups.items()
        if known(row.get("air"))
        and float(row["air"] or 0.0) < _FOUR_FIFTHS
        and int(row.get("rows") or 0) >= _FEWEST
    ]
    found = (
        f"Against the four-fifths rule: {'; '.join(against)}. Release needs a signed reason why."
        if against
        else "No group large enough to be judged has less than four fifths of the most favoured group's approval."
    )
    cut = next((row["cutoff"] for row in (overall or {}, *groups.values()) if known(row.get("cutoff"))), None)
    cutoff = "" if cut is None else f" Approved is whose PD is {share(cut)} or less."
    head = ("column", "group", "loans", "approved", "AIR", "mean PD", "bad rate")
    lines = tuple(
        (
            clean(column, 60),
            clean(group, 60),
            count(row.get("rows")),
            interval(row, "approval", share),
            interval(row, "air"),
            share(row.get("mean_pd")),
            interval(row, "bad_rate", share),
        )
        for (column, group), row in groups.items()
    )
    return Text(found + cutoff), Grid(_FAIR, head, lines, first=2)


def _road(row: Row) -> Iterable[tuple[str, str]]:
    yield "Loans", f"{count(row.get('loans'))}, {count(row.get('bads'))} of them bad."
    if row.get("step"):
        yield "Step", text(row.get("step"))
    if row.get("says"):
        yield "What it means", text(row.get("says"))
