"""The meaning of a result, and when the next check would tell something new."""

import datetime as dt
from decimal import Decimal

import msgspec

import engine
from bot.dialogs.reply import Say
from bot.i18n import Money
from bot.services import consenting, records, scoring
from bot.services.context import Answering
from bot.views import meaning as view
from bot.views.meaning import Loan, Next
from bot.views.menus import buttons
from engine import Result
from engine.advice.goal import Plan, plan
from engine.answers import instalment
from engine.watch import Standing, fold
from engine.watch.standing import later
from storage import events

POINT = Decimal("0.01")


async def show(a: Answering) -> None:
    """Say what the newest score means, and what to do with it."""
    found = await scoring.last_answers(a)
    if found is None:
        return
    answers, result = found
    way = None if view.high(result, a.context.model) else _way(a, answers)
    text = view.text(result, a.context.model, a.pack, await next_check(a, result), way, _loan(a, answers))
    better = buttons("products", "whatif", "model", "enquiries", "glossary")
    a.say(
        Say(
            text,
            better if way is None else buttons("improve", "whatif", "model", "enquiries", "glossary"),
            protect=True,
        )
    )


async def next_check(a: Answering, result: Result) -> Next:
    """Say when a check tells something new, by the same model: what time does, all else staying as it is now."""
    months, today = a.context.settings.config.scoring.improve_months, a.scene.today
    standing = await records.standing(a)
    answers = await _usable(a, standing)
    now = _score(a, answers)
    if now != result.score:
        return Next(view.NOW, months)
    end = later(today, months)
    days = [found for found in (_by_age(a, answers, now), await _by_record(a, standing, now, end)) if found]
    day, score = min(days, default=(None, now))
    return Next(view.NEVER, months) if day is None else Next(view.TIME, months, day, score - now)


def _by_age(a: Answering, answers: engine.Answers, now: int) -> tuple[dt.date, int] | None:
    """Give the first month in which what grows by itself (a tenure, months without an application) moves the score."""
    for months in range(1, a.context.settings.config.scoring.improve_months + 1):
        score = a.context.model.score(engine.record(answers, a.pack, months_later=months), a.pack).score
        if score != now:
            return later(a.scene.today, months), score
    return None


async def _by_record(a: Answering, standing: Standing, now: int, end: dt.date) -> tuple[dt.date, int] | None:
    """Give the first day on which what was told of somebody, growing older, moves the score."""
    told = [records.event_of(one) for one in await events.every(a.read, a.person)]
    day = standing.next_change
    while day is not None and day <= end:
        then = fold(told, day, a.pack)
        kept = {name: answer for name, answer in then.answers.items() if name in standing.answers}
        score = _score(a, await _usable(a, msgspec.structs.replace(then, answers=kept)))
        if score != now:
            return day, score
        day = then.next_change
    return None


async def _usable(a: Answering, standing: Standing) -> engine.Answers:
    alive = await consenting.live(a)
    return scoring.usable(await scoring.known_answers(a, standing), a.pack, alive)


def _score(a: Answering, answers: engine.Answers) -> int:
    return a.context.model.score(engine.record(answers, a.pack), a.pack).score


def _way(a: Answering, answers: engine.Answers) -> Plan | None:
    model, now = a.context.model, _score(a, answers)
    goal = next((mark for mark in reversed(model.bands) if mark.floor > now), None)
    if goal is None:
        return None
    months = a.context.settings.config.scoring.improve_months
    return plan(model, answers, a.pack, goal.floor, max_months=months)


def _loan(a: Answering, answers: engine.Answers) -> Loan | None:
    """Reckon what one percentage point less a year saves on the loan somebody asked about."""
    amount, months = answers.get("loan_amount"), answers.get("loan_term_months")
    if not isinstance(amount, Decimal) or not isinstance(months, int) or amount <= 0:
        return None
    apr = a.pack.indicative_apr
    less = instalment(amount, months, apr) - instalment(amount, months, max(apr - POINT, Decimal(0)))
    saved = (less * months).quantize(Decimal(1))
    return Loan(Money(amount, a.pack.currency), months, Money(saved, a.pack.currency)) if saved > 0 else None
