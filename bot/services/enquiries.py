"""Enquiries: when lenders asked about somebody, what that does to the score, and when it ceases to."""

import datetime as dt

from bot.dialogs.reply import Say
from bot.i18n import T, t
from bot.services import consenting, records, scoring
from bot.services.context import Answering
from bot.views import enquiries as view
from bot.views.enquiries import Effect, Enquiry
from bot.views.menus import buttons
from engine.watch import SELF
from engine.watch.events import HARD, current
from engine.watch.standing import ENQUIRY_MONTHS, later
from storage import disputes, events, lenders

FACTOR = "enquiries_6m"


async def show(a: Answering) -> None:
    """Show the calendar of lenders' enquiries, with the points they cost this person now and later."""
    found = await _known(a)
    text = view.calendar(found, await _effect(a, found), a.scene.today)
    a.say(Say(text, buttons("dispute", "improve", "score"), protect=True))


async def _known(a: Answering) -> list[Enquiry]:
    """List what is known, newest first; one that was taken back is not among it."""
    told = current([records.event_of(one) for one in await events.every(a.read, a.person)])
    senders = {event.sender for event in told if event.kind == "enquiry"}
    names = {sender: await _name(a, sender) for sender in senders}
    return [
        Enquiry(event.on, event.what == HARD, names[event.sender], later(event.on, ENQUIRY_MONTHS))
        for event in reversed(told)
        if event.kind == "enquiry"
    ]


async def _effect(a: Answering, found: list[Enquiry]) -> Effect | None:
    """Say how many points the enquiries cost, now and after each has ceased to count; None without leave to score.

    Of the person's own count and what was told the higher one holds, so that nothing changes until theirs does.
    """
    model = a.context.model
    if "score" not in await consenting.live(a) or not model.permits(FACTOR, a.pack):
        return None
    counted = (await scoring.known_answers(a)).get(FACTOR)
    if any(name == FACTOR for name, _ in await disputes.contested(a.read, a.person)):
        return Effect(0, 0, 0, {}, contested=True)
    if not isinstance(counted, int):
        return None
    ends = sorted(one.ends for one in found if one.hard and one.ends > a.scene.today)
    own = counted if counted > len(ends) else 0

    def cost(number: int) -> int:
        return model.worth(FACTOR, number) - model.worth(FACTOR, 0)

    steps = [max(len(ends) - gone, own) for gone in range(1, len(ends) + 1)]
    costs = [cost(counted), *(cost(number) for number in steps)]
    changes: dict[dt.date, int] = dict.fromkeys(ends, 0)
    for at, day in enumerate(ends):
        changes[day] += costs[at + 1] - costs[at]
    return Effect(counted, own, costs[0], changes)


async def _name(a: Answering, sender: str) -> T | str:
    if sender == SELF:
        return t("enquiries.report")
    found = await lenders.find(a.read, int(sender.removeprefix("lender:")))
    return found.name if found is not None else t("enquiries.lender")
