"""What a score rests on besides the answers: whether the income was shown or only told, and what a statement says."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.services import records, uploads
from bot.services.context import Answering
from bot.views.cards import Basis, Window
from bot.views.files import burden
from engine import QUESTIONS, Answers, Result
from engine.statements.money import WANTED_MONTHS
from engine.watch import Standing
from storage import disputes, facts
from storage.facts import Fact

INCOME = "monthly_income"


async def of(a: Answering, answers: Answers, standing: Standing, result: Result) -> Basis:
    """Say what the income of a score rests on, the window of a statement, and how complete the whole is with that."""
    contested = await disputes.contested(a.read, a.person)
    known = await facts.merged(a.read, a.person, without=contested)
    income, used = known.get(INCOME), answers.get(INCOME)
    if INCOME in standing.answers:
        shown, source, months = INCOME in standing.verified, records.LENDER, WANTED_MONTHS
    elif income is not None:
        shown, source, months = income.verified, income.source, _months(income, known)
    else:
        used = None
    if used is None:
        return Basis(completeness=result.completeness)
    return Basis(
        completeness=result.completeness * (1 - _lacking(a, result, months)),
        income=Decimal(str(used)),
        source=source,
        shown=shown,
        window=_window(known),
        burden=burden(answers),
        essential=_share(known, uploads.ESSENTIAL),
        mismatch=_share(known, uploads.MISMATCH),
    )


def stored(basis: Basis) -> dict[str, Any]:
    """Give what is kept of it beside a score, for those who read the score later."""
    mismatch = None if basis.mismatch is None else str(basis.mismatch)
    return {"income": {"source": basis.source, "shown": basis.shown, "mismatch": mismatch}}


def _months(income: Fact, known: Mapping[str, Fact]) -> int:
    """Count the months an income was seen in; what was only told counts as whole, as it always did."""
    seen = known.get(uploads.MONTHS)
    return int(str(seen.value)) if seen is not None and income.source == uploads.SOURCE else WANTED_MONTHS


def _lacking(a: Answering, result: Result, months: int) -> float:
    """Give the share of the completeness that an income of few months does not earn: its factors count by the month."""
    if months >= WANTED_MONTHS:
        return 0.0
    effects = a.context.model.effects(a.pack)
    missing = set(result.missing)
    present = sum(effect for name, effect in effects.items() if name not in missing)
    income = sum(effects.get(name, 0) for name in QUESTIONS[INCOME].feeds if name not in missing)
    return (1 - months / WANTED_MONTHS) * income / present if present else 0.0


def _window(known: Mapping[str, Fact]) -> Window | None:
    fact = known.get(uploads.WINDOW)
    if fact is None:
        return None
    first, last, months = str(fact.value).split("/")
    return Window(dt.date.fromisoformat(first), dt.date.fromisoformat(last), int(months))


def _share(known: Mapping[str, Fact], name: str) -> Decimal | None:
    fact = known.get(name)
    return None if fact is None else Decimal(str(fact.value)) / 100
