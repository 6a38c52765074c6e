"""What support reads of reported messages, and what those who sent them hear."""

from collections.abc import Sequence

from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, T, Value, t
from bot.quoting import cut, middle
from bot.views.menus import action
from bot.views.scams import type_of
from engine.scam import TYPES

LONGEST = 2500
YES, MARKS, NO, WHICH, AS = "yes", "marks", "no", "which", "as"


def queue(lines: Sequence[tuple[int, T]], waiting: int) -> Say:
    """List reports that wait, a button to each."""
    if not lines:
        return Say(t("reports.none"))
    made = [Button(t("button.report_look", number=number), act(number)) for number, _ in lines]
    rows = tuple(tuple(made[at : at + 4]) for at in range(0, len(made), 4))
    return Say(t("reports.head", count=waiting, lines=Joined(tuple(line for _, line in lines))), Inline(rows))


def line(number: int, verdict: str, kind: str, at: Value) -> T:
    """Say in a line what was reported."""
    return t(
        "reports.line", number=number, verdict=t(f"reports.verdict.{verdict}"), type=type_of(kind), at=at
    )


def one(number: int, verdict: str, kind: str, at: Value, words: str | None, others: int) -> Say:
    """Show a report to whoever is going to decide."""
    shown = t("reports.unread") if words is None else cut(middle(words), LONGEST)
    text = t(
        "reports.one", number=number, at=at, verdict=t(f"reports.verdict.{verdict}"), type=type_of(kind),
        others=others, words=shown,
    )  # fmt: skip
    rows: list[tuple[Button, ...]] = []
    if kind in TYPES:
        rows.append((Button(t("button.report_yes", type=type_of(kind)), act(number, YES, kind)),))
        rows.append((Button(t("button.report_marks"), act(number, MARKS, kind), "danger"),))
    rows.append(
        (Button(t("reports.other_type"), act(number, WHICH)), Button(t("button.report_no"), act(number, NO)))
    )
    return Say(text, Inline(tuple(rows)), protect=True)


def which(number: int) -> Say:
    """Ask for the type."""
    made = [Button(type_of(kind), act(number, AS, kind)) for kind in TYPES]
    return Say(t("reports.which", number=number), Inline(tuple((button,) for button in made)))


def decided(kind: str, at: Value) -> Say:
    """Tell somebody what became of the message they sent."""
    if not kind:
        return Say(t("report.dismissed", at=at), letter=Letter("answer"))
    text = t("report.confirmed", at=at, type=type_of(kind), do=t(f"scam.do.{kind}"))
    return Say(text, letter=Letter("answer"))


def cluster(kind: str, scam: str, people: int, days: int) -> Say:
    """Tell support that many sent the same."""
    text = t("reports.cluster", people=people, kind=t(f"reports.kind.{kind}"), days=days, type=type_of(scam))
    look, write = (
        Button(t("reports.open"), action("reports"), "primary"),
        Button(t("bulletins.write"), action("bulletin")),
    )
    return Say(text, Inline(((look, write),)))


def act(number: int, verb: str = "", kind: str = "") -> str:
    """Give the data of a button about a report."""
    return action("reports", ".".join(part for part in (str(number), verb, kind) if part))
