"""A turn: one event, answered in one transaction.

Reading, thinking and drawing come first, outside any transaction; then the mark that the event is handled, everything
it changes and every message it causes commit together, or not at all.
"""

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from bot.dialogs.event import Due, Event
from bot.dialogs.reply import Say
from bot.i18n import t
from bot.services import desk, intake, limits, signing, trail
from bot.services.context import Answering, Context
from bot.services.limits import Over
from bot.services.scoring import Withdrawn
from bot.services.telling import tell
from bot.views.render import render
from storage import damages, erasures, inbox, outbox, people
from storage.database import away
from storage.dialogs import Stale
from storage.inbox import Item
from storage.outbox import Call, Parcel
from storage.people import Person
from storage.scores import NoLiveReceipt
from storage.vault import VaultError

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
MOST_AGAIN = 100
"""So often others may change what a turn has read; a turn that contradicts itself would try for ever."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an event comes from: the chat, and the language their app speaks."""

    chat_id: int
    language_code: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a turn left to be done: messages to carry, and work for ourselves."""

    parcels: list[Parcel]
    work: list[Item]


NOTHING = Taken([], [])


async def take(context: Context, item: Item, sender: Sender, event: Event) -> Taken:
    """Answer an event once; a database that is away is waited for, a mistake of ours is owned up to."""
    if limits.hushed(context, sender.chat_id, event):
        async with context.database.write() as write:
            await inbox.done(write, item.id)
        return NOTHING
    attempt = again = 0
    tried: list[Taken] = []
    while True:
        try:
            return await _answer(context, item, sender, event, tried)
        except Over as too_much:
            return await _refuse(context, item, sender, too_much)
        except Exception as mistake:
            if isinstance(mistake, Stale | Withdrawn | NoLiveReceipt) and again < MOST_AGAIN:
                again += 1
                continue  # somebody else changed what we had read: read it again
            if isinstance(mistake, DBAPIError) and away(mistake):
                attempt += 1
                log.warning("the database did not answer: %s", type(mistake.orig).__name__)
                await asyncio.sleep(min(0.1 * 2**attempt, 10))
                continue
            log.exception("item %d: %s", item.id, type(mistake).__name__)
            most = MOST_ATTEMPTS
            if isinstance(mistake, VaultError):
                damages.report(mistake)
                most = 1  # what does not open now does not open next time
            async with context.database.write() as write:
                last = await inbox.stumbled(write, item.id, type(mistake).__name__, most)
            if last:
                return await _apologise(context, write_to=sender)


async def _answer(context: Context, item: Item, sender: Sender, event: Event, tried: list[Taken]) -> Taken:
    """Answer an event; `tried` keeps what each attempt was about to commit."""
    async with context.database.read() as read:
        person = await people.find(read, context.vault, sender.chat_id)
        if person is None and isinstance(event, Due):
            return await _too_late(context, item)
        person = person or await _meet(context, sender)
        a = Answering(context, read, person, context.clock())
        await desk.receive(a, event)
    drawn = [(reply, Call(*render(reply, a.scene.locale, sender.chat_id))) for reply in a.replies]
    sealer = context.vault.system if a.erased else person.sealer
    async with context.database.write() as write:
        if not await inbox.done(write, item.id):
            # the attempt before this one did commit, and only the word of it was lost
            return tried[-1] if tried else NOTHING
        for change in a.writes:
            await change(write)
        calls = await signing.sign(context, write, person, drawn, a.now, logged=not a.erased)
        parcels = await outbox.put(write, sealer, sender.chat_id, calls, a.now)
        subject = _last_message(parcels)
        for person_told, replies in a.told:
            parcels += await tell(context, write, person_told, replies, a.now)
        for send in a.sends:
            parcels += await send(write)
        work = [
            await inbox.give(write, sealer, sender.chat_id, {**job, "subject": subject}, a.now)
            for job in a.work
        ]
        head = await trail.append(context, write, [*a.trail, *trail.damages_found()], a.now)
        tried.append(Taken(parcels, work))
    await trail.anchor(context, head, a.now)
    if a.sends:
        context.bell.set()  # they may have left work for others
    if a.erased:
        await erasures.settle(context.database, context.vault, a.now)
    return tried[-1]


async def _too_late(context: Context, item: Item) -> Taken:
    """Drop work for somebody who has been erased: it must not bring them back."""
    async with context.database.write() as write:
        await inbox.done(write, item.id)
    return NOTHING


async def _refuse(context: Context, item: Item, sender: Sender, over: Over) -> Taken:
    """Count what goes too far, and say so; nothing else of the turn is left."""
    person, now = await _meet(context, sender), context.clock()
    async with context.database.write() as write:
        if not await inbox.done(write, item.id):
            return NOTHING
        spent = await limits.count(write, person.id, over.limit, now)
        limits.hush(context, sender.chat_id, over, spent)
        return Taken(await tell(context, write, person, limits.refusal(over, spent), now), [])


async def _meet(context: Context, sender: Sender) -> Person:
    async with context.database.write() as write:
        return await intake.meet(context, write, sender.chat_id, sender.language_code)


async def _apologise(context: Context, write_to: Sender) -> Taken:
    person, now = await _meet(context, write_to), context.clock()
    call = Call(*render(Say(t("sorry.text")), context.scene(person).locale, write_to.chat_id))
    async with context.database.write() as write:
        # under our own key: it says nothing about the person, whose key may be what is wrong
        parcels = await outbox.put(write, context.vault.system, write_to.chat_id, [call], now)
        head = await trail.append(context, write, trail.damages_found(), now)
    await trail.anchor(context, head, now)
    return Taken(parcels, [])


def _last_message(parcels: list[Parcel]) -> int:
    """Give the row of the message just sent, which the work to come will edit."""
    return next((parcel.id for parcel in reversed(parcels) if parcel.call.method == "sendMessage"), 0)
