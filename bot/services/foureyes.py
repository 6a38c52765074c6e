"""Four eyes: what nobody does alone. An operator, or whoever is at the shell, asks; another operator agrees.

The rule holds as soon as anybody is enrolled as operator. Before that the shell is all there is, and acts alone.

A newcomer's word counts after some days, and the others are told at once: or an operator could invite a second self,
and agree with it.
"""

import datetime as dt
import re

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, Span, T, t
from bot.services.authority import ABSENT, Role, Whose, authorize
from bot.services.context import Answering
from bot.views.menus import action as button
from storage import approvals, audit, staff
from storage.approvals import Approval
from storage.dialogs import Stale
from storage.people import Person
from storage.vault import Vault

LASTS = dt.timedelta(hours=24)
NEWCOMER = dt.timedelta(days=3)
"""How long somebody is an operator before their word counts, where others have been for longer."""
ACTIONS = ("export.all", "lender.close", "model.change", "keys.rotate")
"""What needs a second pair of eyes."""

_OBJECT = re.compile(r"[A-Za-z0-9._:-]{1,27}")
"""What it is done to: a word that fits into the audit trail beside the action; "-" where there is only one."""


async def use(connection: AsyncConnection, action: str, object_: str, now: dt.datetime) -> bool:
    """Let something be done once that another has approved; always, while nobody is enrolled as operator.

    To be called in the transaction of what is done, or just before it.
    """
    if action not in ACTIONS:
        raise ValueError("not a thing that needs approval")
    return not await staff.any_with(connection, Role.OPERATOR) or await approvals.use(
        connection, action, object_, now
    )


def understood(argument: str) -> tuple[str, str] | None:
    """Read what is asked for: one of ACTIONS and an object; None for anything else."""
    action, _, object_ = argument.strip().partition(" ")
    object_ = object_.strip() or "-"
    return (action, object_) if action in ACTIONS and _OBJECT.fullmatch(object_) else None


async def ask(a: Answering, argument: str) -> None:
    """Ask the other operators for something, and show it to them at once."""
    asked = understood(argument)
    if asked is None:
        a.say(Say(t("approval.usage", actions=", ".join(ACTIONS))))
        return
    action, object_ = asked
    a.write(approvals.ask, action, object_, a.person.handle, a.now, a.now + LASTS)
    a.audit("approval.asked", f"{action}:{object_}")
    a.say(Say(t("approval.asked", action=action, object=object_, until=a.now + LASTS)))
    text = t("approval.told", action=action, object=object_, handle=a.person.handle)
    for other in await staff.serving(a.read, a.context.vault, {Role.OPERATOR}):
        if other.id != a.person.id:
            open_list = Inline(((Button(t("button.approvals"), button("approvals")),),))
            a.tell(other, Say(text, open_list, letter=Letter("staff")))


async def show(a: Answering) -> None:
    """List what waits, with buttons under what others asked for."""
    found = await approvals.waiting(a.read, a.now)
    if not found:
        a.say(Say(t("approval.none")))
        return
    rows = [
        (
            Button(t("approval.approve", number=one.id), button("approve", str(one.id))),
            Button(t("approval.refuse", number=one.id), button("refuse", str(one.id)), "danger"),
        )
        for one in found
        if one.asked_by != a.person.handle
    ]
    lines = Joined(tuple(_line(one) for one in found))
    a.say(Say(t("approval.list", lines=lines), Inline(tuple(rows)) if rows else None))


async def approve(a: Answering, argument: str) -> None:
    """Agree to what another asked for."""
    await _answer(a, "approve", argument)


async def refuse(a: Answering, argument: str) -> None:
    """Say no to what another asked for."""
    await _answer(a, "refuse", argument)


async def _answer(a: Answering, how: str, argument: str) -> None:
    waiting = {str(one.id): one for one in await approvals.waiting(a.read, a.now)}
    found = waiting.get(argument)
    mine = found is not None and found.asked_by == a.person.handle
    whose = ABSENT if found is None or mine else Whose(a.person.id)
    await authorize(a, how, whose, f"{found.action}:{found.object}" if found else "-")
    if found is None:
        return
    if how == "approve" and await _too_new(a, found.asked_by):
        a.audit("approval.approve", f"{found.action}:{found.object}", "newcomer", audit.DENIED)
        a.say(Say(t("approval.too_new", span=Span(NEWCOMER.days, "day"))))
        return
    a.write(_decide, a, found, how == "approve")
    a.audit(f"approval.{how}", f"{found.action}:{found.object}", f"asked by {found.asked_by}")
    key = "approval.approved" if how == "approve" else "approval.refused"
    a.say(Say(t(key, action=found.action, object=found.object, until=found.expires_at)))


async def newcomer(
    connection: AsyncConnection, vault: Vault, joined: str, invited_by: str
) -> list[tuple[Person, Say]]:
    """Give what every other operator is to be told of a new one."""
    text = t("approval.newcomer", handle=joined, by=invited_by, span=Span(NEWCOMER.days, "day"))
    operators = await staff.serving(connection, vault, {Role.OPERATOR})
    return [(other, Say(text, letter=Letter("staff"))) for other in operators if other.handle != joined]


async def _too_new(a: Answering, asked_by: str) -> bool:
    operators = [one for one in await staff.members(a.read) if one.grant.role == Role.OPERATOR]
    settled = {one.handle for one in operators if one.given_at <= a.now - NEWCOMER}
    both = {a.person.handle, asked_by} & {
        one.handle for one in operators
    }  # whoever asked at the shell is neither
    return bool(settled) and not both <= settled


async def _decide(connection: AsyncConnection, a: Answering, found: Approval, approved: bool) -> None:  # noqa: FBT001 - a write's arguments have no names
    if not await approvals.answer(connection, found.id, a.person.handle, a.now, approved=approved):
        raise Stale("approvals")  # somebody else was faster: look again


def _line(one: Approval) -> T:
    return t(
        "approval.line",
        number=one.id,
        action=one.action,
        object=one.object,
        handle=one.asked_by,
        until=one.expires_at,
    )
