"""The guided query: the questions of the engine's catalogue that the country permits and the consents allow.

The sentences of a question hang on its name: `ask.<name>` (what), `why.<name>` (why it is asked).
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from bot.dialogs import readers
from bot.dialogs.event import Event, Press
from bot.dialogs.show import shown
from bot.dialogs.step import Answer, Answers, Ask, Asker, Choice, Dialog, Problem, Reader, Scene, Step
from bot.i18n import Currency, Joined, Money, T, Value, t
from engine import QUESTIONS, Pack, Question, bounds

CONFIRM = "confirm"
FREE, LAST, PAID, NONE = "free", "last", "paid", "none"


@dataclass(frozen=True, slots=True)
class Cover:
    """What a check is covered by: one of the free ones, the last of them, one that was paid for, or nothing.

    `left` are those like it that are left after it; `back` is the day (ISO) on which the next one is free.
    """

    kind: str
    left: int = 0
    back: str = ""


FEW = {
    "overdue_count_24m": (0, 1, 2, 3, 5),
    "enquiries_6m": (0, 1, 2, 3, 5),
    "public_records": (0, 1, 2),
    "dependents": (0, 1, 2, 3),
    "open_accounts": (0, 1, 2, 3, 5),
}
"""Counts that are nearly always small are answered by a button; any other number may be typed."""

TERMS = (6, 12, 24, 36)
"""Months a small loan usually runs."""

EXAMPLE_INCOMES = {
    "monthly_income": Decimal(1),
    "loan_amount": Decimal(2),
    "purchase_price": Decimal(3),
    "total_owed": Decimal(2),
    "monthly_repayments": Decimal("0.2"),
}
"""Examples of sums, in median monthly incomes of the country."""


def query(names: tuple[str, ...], pack: Pack, cover: Cover | None = None) -> Dialog:
    """Build the query for one country and one set of consents; its last step is the summary to confirm.

    There stands, before anything is used up, what the check is covered by.
    """
    asked = {name: QUESTIONS[name] for name in names}
    return Dialog("query", 1, (*_steps(names, pack), _summary(asked, pack, cover)), personal=True)


@lru_cache(maxsize=64)
def _steps(names: tuple[str, ...], pack: Pack) -> tuple[Step, ...]:
    """Build the questions, once for everyone who is asked the same: a dialog is only data."""
    asked = {name: QUESTIONS[name] for name in names}
    return tuple(
        _step(question, position, asked, pack) for position, question in enumerate(asked.values(), 1)
    )


def _step(question: Question, position: int, asked: Mapping[str, Question], pack: Pack) -> Step:
    ask = asker(question, pack, position, len(asked))

    return Step(
        question.name,
        ask,
        reader(question, pack, ask),
        when=lambda _scene, answers: applies(question, asked, answers),
        show=lambda answer, _scene: shown(question, answer, pack),
        skippable=not question.required,
    )


def applies(question: Question, asked: Collection[str], answers: Answers) -> bool:
    """Say whether a question concerns somebody who has given these answers."""
    if question.only_if is None or question.only_if[0] not in asked:
        return True
    name, minimum = question.only_if
    value = answers.get(name)
    return value is not None and int(value) >= minimum


def asker(question: Question, pack: Pack, position: int, count: int) -> Asker:
    """Build what is put to the person: the question, its unit with an example, why it is asked, and the buttons."""

    def ask(_scene: Scene, _answers: Answers) -> Ask:
        text = t(
            "query.question",
            position=position,
            count=count,
            ask=t(f"ask.{question.name}"),
            unit=unit(question, pack),
            why=t(f"why.{question.name}"),
        )
        options = choices(question)
        return Ask(text, options, columns=1 if question.kind == "class" and len(options) < 5 else 3)

    return ask


def unit(question: Question, pack: Pack) -> T:
    """Say in which unit to answer, with an example."""
    match question.kind:
        case "money":
            return t(
                "unit.money",
                example=Money(example_amount(question, pack), pack.currency),
                currency=Currency(pack.currency),
            )
        case "class":
            return t("unit.class")
        case kind:
            return t(f"unit.{kind}")


def example_amount(question: Question, pack: Pack) -> Decimal:
    """Give an example that is plausible in the country: a rounded share of its median monthly income."""
    raw = pack.median_monthly_income * EXAMPLE_INCOMES.get(question.name, Decimal("0.5"))
    step = Decimal(1).scaleb(max(raw.adjusted() - 1, 0))
    return max((raw / step).to_integral_value() * step, Decimal(1))


def choices(question: Question) -> tuple[Choice, ...]:
    """Give the buttons of a question: its classes, or the likeliest numbers."""
    if question.kind == "class":
        return tuple(Choice(name, t(f"choice.{question.name}.{name}")) for name in question.choices)
    if question.name == "loan_term_months":
        return tuple(Choice(str(n), t("dialog.months", n=n)) for n in TERMS)
    return tuple(Choice(str(n), t("dialog.number", number=n)) for n in FEW.get(question.name, ()))


def reader(question: Question, pack: Pack, ask: Asker) -> Reader:
    """Give the reader for the question's kind, within the country's bounds."""
    low, high = bounds(question, pack) if question.kind != "class" else (Decimal(0), Decimal(0))
    match question.kind:
        case "money":
            return readers.money(low, high, pack.currency)
        case "percent":
            return readers.percent(int(high))
        case "months":
            return readers.months(int(low), int(high))
        case "class":
            return readers.choice(ask)
        case _:
            return readers.count(int(low), int(high))


def covered(cover: Cover) -> T:
    """Say what a check is covered by."""
    back: Value = dt.date.fromisoformat(cover.back) if cover.back else ""
    return t(f"query.cover.{cover.kind}", n=cover.left, back=back)


def _summary(asked: Mapping[str, Question], pack: Pack, cover: Cover | None) -> Step:
    nothing = cover is not None and cover.kind == NONE

    def ask(_scene: Scene, answers: Answers) -> Ask:
        given = [(name, q) for name, q in asked.items() if name in answers and applies(q, asked, answers)]
        lines: tuple[Value, ...] = tuple(
            t("query.line", name=t(f"short.{name}"), value=shown(question, answers[name], pack))
            for name, question in given
        )
        edits = tuple(Choice(f"~{name}", t("query.edit", name=t(f"short.{name}"))) for name, _ in given)
        confirm = Choice(CONFIRM, t("query.keep" if nothing else "query.confirm"), wide=True)
        text = t("query.summary", lines=Joined(lines))
        if cover is not None:
            text = t("dialog.with_note", note=text, question=covered(cover))
        return Ask(text, (confirm, *edits), columns=2)

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        confirmed = isinstance(event, Press) and event.data == CONFIRM
        return True if confirmed else Problem("wrong.confirm")

    return Step("summary", ask, read, closes=True)
