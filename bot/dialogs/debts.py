"""Loans elsewhere, told by hand: one after the other, then all of them shown back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.dialogs import clean, readers
from bot.dialogs.event import Event, Text
from bot.dialogs.query import unit
from bot.dialogs.show import span
from bot.dialogs.step import Answer, Answers, Ask, Asker, Choice, Dialog, Problem, Scene, Step, problem
from bot.i18n import Joined, Money, Span, T, t
from engine import QUESTIONS, Pack, bounds

YES, NO = "yes", "no"
KINDS = ("card", "loan", "mortgage", "shop", "family")
MOST = 8
"""Loans that can be told in one go; somebody with more of them sends a report."""
LATE = (0, 10, 30, 60)
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Debt:
    """One loan as it was told: sums as text, `months` since it was opened, `late` the most days it was ever late."""

    kind: str
    lender: str
    balance: str
    limit: str | None
    months: int
    late: int


def debts(pack: Pack) -> Dialog:
    """Build the conversation: six questions a loan, whether there is another, and the whole shown back."""
    steps: list[Step] = []
    for number in range(1, MOST + 1):
        steps += _one(number, pack)

    def ask(_scene: Scene, answers: Answers) -> Ask:
        return Ask(
            summary(told(answers), pack),
            (Choice(YES, t("debts.keep"), wide=True), Choice(NO, t("debts.leave"))),
        )

    return Dialog("debts", 1, (*steps, Step("sure", ask, readers.choice(ask))), personal=True)


def told(answers: Answers) -> tuple[Debt, ...]:
    """Give the loans that were told whole."""
    found = []
    for number in range(1, MOST + 1):
        parts: Mapping[str, Answer] = {name: answers.get(f"{name}{number}") for name in Debt.__slots__}
        if parts["late"] is None:
            break
        limit = parts["limit"]
        found.append(
            Debt(
                kind=str(parts["kind"]),
                lender=str(parts["lender"]),
                balance=str(parts["balance"]),
                limit=None if limit is None else str(limit),
                months=int(str(parts["months"])),
                late=int(str(parts["late"])),
            )
        )
    return tuple(found)


def summary(all_: tuple[Debt, ...], pack: Pack) -> T:
    """Show loans back: each of them, how many, what is owed in all, and the worst lateness."""
    lines = tuple(
        t(
            "debts.line",
            kind=t(f"debts.kind.{one.kind}"),
            lender=one.lender,
            sum=Money(Decimal(one.balance), pack.currency),
            age=span(one.months),
            late=t("debts.late", span=Span(one.late, "day")) if one.late else t("debts.on_time"),
        )
        for one in all_
    )
    worst = max((one.late for one in all_), default=0)
    return t(
        "debts.summary",
        n=len(all_),
        lines=Joined(lines),
        sum=Money(sum((Decimal(one.balance) for one in all_), Decimal(0)), pack.currency),
        worst=t("debts.late", span=Span(worst, "day")) if worst else t("debts.on_time"),
    )


def lender(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take the name of a lender as the person calls it."""
    text = event.text if isinstance(event, Text) else ""
    said = clean.clean(text) if len(text) <= LONGEST_NAME else ""
    return said or problem("wrong.words", most=LONGEST_NAME)


def _one(number: int, pack: Pack) -> list[Step]:
    def reached(_scene: Scene, answers: Answers) -> bool:
        return number == 1 or answers.get(f"more{number - 1}") == YES

    def card(scene: Scene, answers: Answers) -> bool:
        return reached(scene, answers) and answers.get(f"kind{number}") == "card"

    def kinds(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(
            t("debts.ask.kind", number=number), tuple(Choice(one, t(f"debts.kind.{one}")) for one in KINDS)
        )

    def more(_scene: Scene, answers: Answers) -> Ask:
        options = (Choice(YES, t("debts.another")), Choice(NO, t("debts.all")))
        return Ask(t("debts.ask.more", n=len(told(answers))), options)

    def lates(_scene: Scene, _answers: Answers) -> Ask:
        options = tuple(Choice(str(days), t("dialog.number", number=days)) for days in LATE)
        return Ask(t("debts.ask.late", unit=t("unit.count")), options, columns=4)

    low, high = bounds(QUESTIONS["total_owed"], pack)
    owed = readers.money(low, high, pack.currency)
    months = QUESTIONS["credit_history_months"]
    steps = [
        Step(f"kind{number}", kinds, readers.choice(kinds), when=reached),
        Step(f"lender{number}", _asks("debts.ask.lender"), lender, when=reached, free=True),
        Step(f"balance{number}", _asks("debts.ask.balance", "total_owed", pack), owed, when=reached),
        Step(f"limit{number}", _asks("debts.ask.limit", "total_owed", pack), owed, when=card, skippable=True),
        Step(
            f"months{number}",
            _asks("debts.ask.months", "credit_history_months", pack),
            readers.months(months.low, months.high),
            when=reached,
        ),
        Step(f"late{number}", lates, readers.count(0, QUESTIONS["worst_overdue_days"].high), when=reached),
    ]
    if number < MOST:
        steps.append(Step(f"more{number}", more, readers.choice(more), when=reached))
    return steps


def _asks(key: str, like: str = "", pack: Pack | None = None) -> Asker:
    """Build a question, with the unit of a question of the catalogue where it has one."""

    def ask(_scene: Scene, _answers: Answers) -> Ask:
        if pack is None:
            return Ask(t(key))
        return Ask(t("debts.with_unit", ask=t(key), unit=unit(QUESTIONS[like], pack)))

    return ask
