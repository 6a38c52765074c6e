"""Loans elsewhere that a person tells of by hand: each is kept, and together they answer the questions about debts."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import engine
from bot.dialogs.debts import MOST, YES, Debt, debts, summary, told
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import t
from bot.services import consenting
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.views.menus import HOME, action, buttons
from engine import QUESTIONS
from storage import facts

KEPT = "other_loan_{}"
SELF = "self"


async def show(a: Answering) -> None:
    """Show the loans that were told, and offer to tell them anew; ask for them where there are none."""
    held = await every(a)
    if not held:
        await tell(a, "")
        return
    again = Button(t("debts.again"), action("debts", "again"))
    a.say(Say(summary(held, a.pack), Inline(((again,), *buttons("score", "sources").rows)), protect=True))


async def tell(a: Answering, _argument: str) -> None:
    """Ask for the loans, from the first."""
    if "score" in await consenting.live(a):
        start(a, "debts")
    else:
        a.say(Say(t("consent.score_refused"), HOME))


async def every(a: Answering) -> tuple[Debt, ...]:
    """Give the loans that were told."""
    names = [KEPT.format(number) for number in range(1, MOST + 1)]
    held = {fact.name: str(fact.value) for fact in await facts.every(a.read, a.person) if fact.name in names}
    return tuple(Debt(**json.loads(held[name])) for name in names if name in held)


@builds("debts")
def _debts(a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return debts(a.pack)


@finishes("debts")
async def finished(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Keep the loans, in the place of those told before, and the answers they come to."""
    if answers["sure"] != YES:
        a.say(Say(t("debts.left"), HOME))
        return
    all_ = told(answers)
    values: dict[str, str | int | None] = {KEPT.format(number): None for number in range(1, MOST + 1)}
    values |= {KEPT.format(at): json.dumps(dataclasses.asdict(one)) for at, one in enumerate(all_, 1)}
    known = {fact.name: fact.value for fact in await facts.every(a.read, a.person) if fact.source == SELF}
    values |= {
        name: value
        for name, value in answers_of(all_, known).items()
        if engine.problem(QUESTIONS[name], Decimal(str(value)), a.pack) is None
    }
    a.write(facts.put, a.person, values, SELF, a.now)
    a.audit("debts", f"person:{a.person.handle}", f"loans {len(all_)}")
    a.say(Say(t("debts.kept", n=len(all_)), buttons("score", "debts", "sources")))


def answers_of(all_: Sequence[Debt], known: Mapping[str, object]) -> dict[str, str | int]:
    """Give the answers that loans come to; what was known as worse or older before stays."""
    owed = sum((Decimal(one.balance) for one in all_), Decimal(0))
    limits = [(Decimal(one.balance), Decimal(one.limit)) for one in all_ if one.limit and Decimal(one.limit)]
    late = [one.late for one in all_ if one.late]
    found: dict[str, str | int] = {"open_accounts": len(all_), "total_owed": format(owed, "f")}
    at_least = {
        "credit_history_months": max((one.months for one in all_), default=0),
        "overdue_count_24m": len(late),
        "worst_overdue_days": max(late, default=0),
    }
    for name, value in at_least.items():
        before = known.get(name)
        found[name] = max(value, before) if isinstance(before, int) else value
    if limits:
        used = sum((balance for balance, _ in limits), Decimal(0))
        share = 100 * used / sum((limit for _, limit in limits), Decimal(0))
        found["card_utilisation"] = int(share.to_integral_value())
    return found
