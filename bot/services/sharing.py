"""Sharing: a person says which lenders may look at their score, each by name, and takes it back whenever they like."""

import re
from collections.abc import Mapping
from typing import Any

from bot.dialogs.consent import NO, VERSION, YES
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer
from bot.i18n import Joined, T, Value, t
from bot.services import consenting
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from bot.views.menus import HOME, action
from storage import consents, lenders
from storage.consents import SHARE
from storage.lenders import Lender

SHOWN = 20
"""Lenders in one list; more are found by a part of their name."""


async def show(a: Answering, wanted: str = "", note: T | None = None) -> None:
    """List the open lenders of the person's country, who may look, and the reference to give them."""
    if a.pack.consent(SHARE) is None or not a.person.registered:
        a.say(Say(t("share.first"), HOME))
        return
    part = wanted.casefold()
    every = [one for one in await lenders.listed(a.read, a.person.country) if part in one.name.casefold()]
    if not every:
        a.say(Say(t("share.nobody", handle=a.person.handle), HOME))
        return
    made = await consents.with_lenders(a.read, a.person)
    alive = {number: one for number, one in made.items() if one.live(a.now, VERSION)}
    lines: list[Value] = []
    rows: list[tuple[Button, ...]] = []
    for one in sorted(every, key=lambda one: (one.id not in alive, one.name))[:SHOWN]:
        on = alive.get(one.id)
        until = on.expires_at if on else None
        key = (
            "share.line.closed" if on is None else "share.line.open" if until is None else "share.line.until"
        )
        lines.append(t(key, lender=one.name, at=until) if until else t(key, lender=one.name))
        label = t("share.take_back" if on else "share.give", lender=one.name)
        rows.append((Button(label, action(SHARE, f"{one.id}.{NO if on else YES}")),))
    text = t("share.overview", lines=Joined(tuple(lines)), handle=a.person.handle)
    a.say(Say(text if note is None else t("dialog.with_note", note=note, question=text), Inline(tuple(rows))))


async def turn(a: Answering, argument: str) -> None:
    """Put the text of sharing with a lender, take a consent back at once, or look for lenders by name.

    Raises Denied for a lender that is not there for this person.
    """
    found = re.fullmatch(rf"([0-9]{{1,18}})\.({YES}|{NO})", argument, re.ASCII)
    if found is None:
        await show(a, argument)
        return
    lender = await lenders.find(a.read, int(found[1]))
    if found[2] == NO:
        made = await consents.with_lenders(a.read, a.person)
        if lender is None or lender.id not in made:
            raise Denied(SHARE, known=True)
        if made[lender.id].live(a.now, VERSION):
            await consenting.decide(a, {SHARE: NO}, "button", lender)
        await show(a)
        return
    if not _open_to(a, lender):
        raise Denied(SHARE, known=True)
    if not a.person.registered:
        await show(a)
        return
    start(a, SHARE, {"lender": lender.id, "name": lender.name})  # type: ignore[union-attr]  # it is open to them


@finishes(SHARE)
async def decided(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store the decision and give its receipt, unless the lender has closed meanwhile."""
    lender = await lenders.find(a.read, int(of["lender"]))
    if lender is None or not _open_to(a, lender) or lender.name != of["name"]:
        a.say(Say(t("share.gone"), HOME))
        return
    await consenting.decide(a, {SHARE: answers[SHARE]}, "button", lender)
    await show(a)


def _open_to(a: Answering, lender: Lender | None) -> bool:
    return lender is not None and lender.open and lender.country == a.person.country
