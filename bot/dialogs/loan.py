"""Entering a loan: who borrowed, what for how long, and what the contract allows."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.dialogs import clean, readers
from bot.dialogs.event import Event, Press, Text
from bot.dialogs.step import (
    Answer,
    Answers,
    Ask,
    Asker,
    Choice,
    Dialog,
    Problem,
    Reader,
    Scene,
    Step,
    problem,
)
from bot.i18n import Joined, Money, T, Value, t
from engine import Pack

YES, NO = "yes", "no"
TODAY, EVERYBODY, NOTHING = "today", "all", "none"
MEASURES = ("reschedule", "security", "early")
"""What a contract may allow besides talking, the mildest first."""
MOST = 600
"""Instalments."""
KEYS = (
    "handle", "reference", "amount", "opened", "ends", "instalments", "instalment", "measures", "officer",
)  # fmt: skip
"""What is asked, in order; a summary follows."""
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}", re.ASCII)
_MONTH_FIRST = frozenset({"us"})


def loan(pack: Pack, officers: Sequence[str], lender: str, handles: re.Pattern[str]) -> Dialog:
    """Build the form for a loan in a country.

    `officers` are the handles of those who may look after it; `handles` says what such a handle looks like.
    """
    asks = _asks(pack, officers, lender)
    sums = readers.money(Decimal(1).scaleb(-pack.minor_units), Decimal(10) ** 10, pack.currency)
    known: Mapping[str, Reader] = {
        "handle": handle(handles),
        "reference": reference,
        "amount": sums,
        "opened": day(pack.id),
        "ends": day(pack.id),
        "instalments": readers.count(1, MOST),
        "instalment": sums,
        "measures": measures,
        "officer": readers.choice(asks["officer"]),
        "sure": readers.choice(asks["sure"]),
    }
    optional = {"instalments", "instalment"}
    steps = (
        Step(key, ask, _not_before(known[key]) if key == "ends" else known[key], skippable=key in optional)
        for key, ask in asks.items()
    )
    return Dialog("loan", 1, tuple(steps), personal=True)


def chosen(answer: Answer) -> tuple[str, ...]:
    """Give the measures that an answer names."""
    return tuple(one for one in MEASURES if one in str(answer or "").split())


def handle(handles: re.Pattern[str]) -> Reader:
    """Take a borrower's reference."""

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        words = clean.clean(event.text if isinstance(event, Text) else "").upper()
        return words if handles.fullmatch(words) else problem("loan.wrong.handle")

    return read


def reference(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take the lender's own name of a loan."""
    words = clean.clean(event.text if isinstance(event, Text) else "")
    return words if REFERENCE.fullmatch(words) else problem("loan.wrong.reference")


def day(country: str) -> Reader:
    """Take a day, as one writes it there, or today; kept as ISO 8601 has it."""

    def read(event: Event, scene: Scene, _answers: Answers) -> Answer | Problem:
        if isinstance(event, Press):
            return scene.today.isoformat() if event.data == TODAY else problem("dialog.unknown_button")
        found = clean.day(event.text if isinstance(event, Text) else "", month_first=country in _MONTH_FIRST)
        return found.isoformat() if found else problem("loan.wrong.day", example=scene.today.isoformat())

    return read


def measures(event: Event, scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take none, one or several measures: a button, or the numbers of some, such as "1 3"."""
    if isinstance(event, Press):
        known = {NOTHING: "", EVERYBODY: " ".join(MEASURES), **{one: one for one in MEASURES}}
        return known.get(event.data) if event.data in known else problem("dialog.unknown_button")
    words = clean.clean(event.text if isinstance(event, Text) else "")
    found = re.findall("[0-9]+", words)
    numbered = {str(number): one for number, one in enumerate(MEASURES, 1)}
    if found and set(found) <= set(numbered):
        return " ".join(numbered[one] for one in sorted(set(found)))
    named = [one for one in MEASURES if clean.same(words, scene.locale.plain(t(f"measure.{one}")))]
    return named[0] if named else problem("loan.wrong.measures", most=len(MEASURES))


def _asks(pack: Pack, officers: Sequence[str], lender: str) -> dict[str, Asker]:
    def plain(key: str, *choices: Choice, example: Value = "") -> Asker:
        return lambda _scene, _answers: Ask(t(f"loan.ask.{key}", example=example), choices)

    today = Choice(TODAY, t("loan.today"))
    several = (
        *(Choice(one, t(f"measure.{one}"), wide=True) for one in MEASURES),
        Choice(EVERYBODY, t("loan.all_measures")),
        Choice(NOTHING, t("loan.no_measures")),
    )
    who = (
        Choice(EVERYBODY, t("loan.everybody"), wide=True),
        *(Choice(one, t("loan.officer", handle=one)) for one in officers),
    )
    example = Money(Decimal(8000), pack.currency)
    return {
        "handle": plain("handle"),
        "reference": plain("reference"),
        "amount": plain("amount", example=example),
        "opened": plain("opened", today),
        "ends": plain("ends"),
        "instalments": plain("instalments"),
        "instalment": plain("instalment", example=Money(Decimal(700), pack.currency)),
        "measures": plain("measures", *several),
        "officer": plain("officer", *who),
        "sure": lambda _scene, answers: _summary(answers, pack, lender),
    }


def _summary(answers: Answers, pack: Pack, lender: str) -> Ask:
    first, last = (dt.date.fromisoformat(str(answers[key])) for key in ("opened", "ends"))
    allowed: tuple[Value, ...] = tuple(t(f"measure.{one}") for one in chosen(answers["measures"]))
    officer = str(answers["officer"])
    text = t(
        "loan.summary",
        lender=lender,
        handle=str(answers["handle"]),
        reference=str(answers["reference"]),
        amount=Money(Decimal(str(answers["amount"])), pack.currency),
        opened=first,
        ends=last,
        instalments=_or_dash(answers.get("instalments")),
        instalment=_sum(answers.get("instalment"), pack),
        measures=Joined((t("measure.talk"), *allowed), ", "),
        officer=t("loan.everybody") if officer == EVERYBODY else officer,
    )
    return Ask(text, (Choice(YES, t("loan.enter"), wide=True), Choice(NO, t("loan.drop"))))


def _not_before(read: Reader) -> Reader:
    def later(event: Event, scene: Scene, answers: Answers) -> Answer | Problem:
        found = read(event, scene, answers)
        if isinstance(found, str) and found < str(answers.get("opened")):
            return problem("loan.wrong.ends", opened=dt.date.fromisoformat(str(answers["opened"])))
        return found

    return later


def _or_dash(answer: Answer) -> Value:
    return "–" if answer is None else str(answer)


def _sum(answer: Answer, pack: Pack) -> Value | T:
    return "–" if answer is None else Money(Decimal(str(answer)), pack.currency)
