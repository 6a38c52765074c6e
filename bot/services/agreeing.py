"""Agreeing to be watched: a lender that lent something asks in the chat; the borrower decides, for each by name."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import NO, VERSION, YES
from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.dialogs.step import Answer
from bot.i18n import t
from bot.services import consenting
from bot.services.authority import Denied
from bot.services.consenting import MONITORING
from bot.services.context import Answering, Context
from bot.services.conversation import finishes, start
from bot.services.telling import quiet_until, tell
from bot.views.menus import HOME, action, buttons
from storage import consents, counters, lenders, loans
from storage.consents import WATCH
from storage.lenders import Lender
from storage.outbox import NOTICE, Parcel
from storage.people import Person

DAY = dt.timedelta(days=1)
_PRESSED = re.compile(rf"([0-9]{{1,18}})\.({YES}|{NO})", re.ASCII)


async def ask(
    connection: AsyncConnection, context: Context, person: Person, lender: Lender, *, new: bool
) -> list[Parcel]:
    """Ask a borrower whether a lender may watch, unless they agreed, or want no monitoring at all.

    A lender asks the same person once a day at most, and whoever said no to it only about a `new` loan.
    """
    now = context.clock()
    general = (await consents.latest(connection, person)).get(MONITORING)
    made = (await consents.with_lenders(connection, person, WATCH)).get(lender.id)
    if (general is not None and not general.live(now, VERSION)) or (made is not None and not new):
        return []
    if made is not None and made.live(now, VERSION):
        return []
    spent = await counters.spend(connection, person.id, f"watch.{lender.id}", 1, DAY, now)
    if not spent.allowed:
        return []
    read = Button(t("share.read_terms"), action(WATCH, f"{lender.id}.{YES}"), "primary")
    letter = Letter("request", lender.name, lender.id)
    text = Say(t("watch.asked_you", lender=lender.name), Inline(((read,),)), letter=letter)
    return await tell(context, connection, person, [text], now, NOTICE, quiet_until(context, person, now))


async def turn(a: Answering, argument: str) -> None:
    """Put the text of a lender's watch, or take the consent to it back at once.

    Raises Denied for a lender that has lent this person nothing, or that they never decided on.
    """
    found = _PRESSED.fullmatch(argument)
    lender = await lenders.find(a.read, int(found[1])) if found else None
    if found is None or lender is None:
        raise Denied(WATCH, known=True)
    made = (await consents.with_lenders(a.read, a.person, WATCH)).get(lender.id)
    if found[2] == NO:
        if made is None:
            raise Denied(WATCH, known=True)
        if made.live(a.now, VERSION):
            await consenting.decide(a, {WATCH: NO}, "button", lender)
            a.say(Say(t("watch.off", lender=lender.name)))
        await consenting.overview(a)
        return
    if not await _may_be_asked(a, lender):
        raise Denied(WATCH, known=True)
    general = (await a.decisions()).get(MONITORING)
    if general is not None and not general.live(a.now, VERSION):
        a.say(Say(t("watch.monitoring_first", lender=lender.name), buttons("consents")))
        return
    if made is not None and made.live(a.now, VERSION):
        a.say(Say(t("watch.on", lender=lender.name), buttons("consents")))
        return
    start(a, WATCH, {"lender": lender.id, "name": lender.name})


@finishes(WATCH)
async def decided(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store the decision and give its receipt, unless loan or lender has gone meanwhile."""
    lender = await lenders.find(a.read, int(of["lender"]))
    if lender is None or lender.name != of["name"] or not await _may_be_asked(a, lender):
        a.say(Say(t("watch.gone"), HOME))
        return
    (made,) = await consenting.decide(a, {WATCH: answers[WATCH]}, "button", lender)
    a.say(Say(t("watch.on" if made.given else "watch.refused", lender=lender.name), buttons("consents")))


async def _may_be_asked(a: Answering, lender: Lender) -> bool:
    lent = await loans.of_person(a.read, a.person, lender.id)
    return bool(lent) and lender.open and lender.country == a.person.country and a.person.registered
