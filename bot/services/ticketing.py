"""Ticketing, the borrower's side: to ask a person, to go on talking with them, to end it and to begin it again.

While a ticket is open, whatever its borrower writes in the idle chat goes into it, unless they ask the bot instead.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.despair import despairs
from bot.dialogs.event import Contact, Event, File, Media, Text
from bot.dialogs.guard import secret_in
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.tell import UNNAMED
from bot.dialogs.ticket import ABOUT, SHOWABLE, ask, switched_on
from bot.i18n import t
from bot.letters import without_codes
from bot.office import Office
from bot.services import caring, deskwork, faq, limits, passing, showing
from bot.services.authority import ABSENT, Denied, Whose, authorize
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.services.passing import Words, words_of
from bot.services.telling import tell
from bot.views import tickets as views
from bot.views.menus import BAD, GOOD, HOME, action, buttons
from storage import ticket_lines, tickets
from storage.outbox import Parcel
from storage.tickets import SOLVED, Ticket

COMMAND = re.compile(r"^/[a-z_]+(?:@\w+)?\s*")
SCAM = "scam"
"""What is urgent from the start."""
SHOWN = 10


async def ask_person(a: Answering) -> None:
    """Ask a person something."""
    await ask_person_about(a, "")


async def ask_person_about(a: Answering, argument: str) -> None:
    """Ask a person with what was said already: in the message that the pressed button's own message answers.

    `argument` says what it is about, where that is known; or it is the question itself, typed behind the command.
    """
    about = argument if argument in ABOUT else ""
    before = a.about.strip() or ("" if about else argument.strip())
    said = COMMAND.sub("", "" if secret_in(without_codes(before)) else before)[: passing.LONGEST]
    found = await tickets.open_of(a.read, a.person)
    if found is not None and said:
        _pass_on(a, found, [Words(said)])
        a.say(Say(t("ticket.passed", number=found.id)))
    elif found is not None:
        text = t("ticket.open_already", number=found.id, at=found.promised_at)
        a.say(Say(text, buttons("mytickets")))
    else:
        showable = SHOWABLE if a.person.registered else ()
        of = {"about": about, "said": said, "showable": list(showable)}
        start(a, "ask", of, dict.fromkeys(showable, False))


@builds("ask")
def _ask(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return ask(of["about"], of["showable"], of["said"])


@finishes("ask")
async def asked(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Open the ticket; put the words into the one that was opened meanwhile."""
    said = [Words(str(of["said"] or answers["words"]))]
    if answers.get("file"):
        message, _, caption = str(answers["file"]).partition(" ")
        said.append(Words(caption.removeprefix(UNNAMED), a.person.chat_id, int(message), file=True))
    found = await tickets.open_of(a.read, a.person)
    if found is not None:
        _pass_on(a, found, said)
        a.say(Say(t("ticket.passed", number=found.id)))
    else:
        about = str(of["about"] or answers["about"])
        limits.spend(a, limits.TICKETS)
        a.send(_open, a, about, switched_on(answers), said)


async def takes(a: Answering, event: Event) -> bool:
    """Say whether what somebody sends in the idle chat goes into their ticket; what is forwarded is looked at first."""
    if not isinstance(event, Text | Media | File) or (isinstance(event, Text) and event.forwarded):
        return False
    return await tickets.open_of(a.read, a.person) is not None


async def hear(a: Answering, event: Text | Media | File | Contact) -> None:
    """Pass on what a borrower says in their open ticket."""
    ticket = await tickets.open_of(a.read, a.person)
    if ticket is None or isinstance(event, Contact):
        raise Denied("ask", known=True)
    words = words_of(a.person.chat_id, event)
    promised = None if ticket.waiting_since else passing.promise(a.context, a.now)
    caring.hear(a, words.text, person=False)
    a.say(views.passed(ticket.id, promised, event.message_id, words=not words.file))
    _pass_on(a, ticket, [words])


async def ask_bot(a: Answering) -> None:
    """Answer what went to support from the bot's own topics instead."""
    if not a.about or not await faq.nearest(a, a.about, a.about_id):
        a.say(Say(t("idle.text"), HOME))


async def overview(a: Answering) -> None:
    """List somebody's tickets."""
    found = (await tickets.of_person(a.read, a.person))[:SHOWN]
    if not found:
        a.say(Say(t("mytickets.none"), Inline(((Button(t("button.ask"), action("ask")),),))))
        return
    open_now = any(one.closed_at is None for one in found)
    again = [one.id for one in found if not open_now and _again(a, one)]
    a.say(views.mine([passing.like(views.Ticket, one) for one in found], again))


async def act(a: Answering, argument: str) -> None:
    """Do something about one's own ticket: `NUMBER.what`."""
    number, _, what = argument.partition(".")
    found = await tickets.find(a.read, int(number)) if number.isdecimal() and len(number) <= 15 else None
    own = found is not None and found.person_id == a.person.id
    await authorize(a, "mytickets", Whose(a.person.id) if own else ABSENT, f"ticket:{number}" if own else "-")
    if found is None or what not in ACTS:
        raise Denied("mytickets", known=True)
    await ACTS[what](a, found)


async def _solve(a: Answering, ticket: Ticket) -> None:
    if ticket.closed_at is not None:
        a.say(Say(t("ticket.closed_before", number=ticket.id)))
        return
    a.write(tickets.change, ticket, closed_at=a.now, reason=SOLVED, waiting_since=None)
    _enter(a, ticket, "closed", SOLVED)
    text = views.note(t("ticket.told.solved", number=ticket.id), ticket.id)
    a.send(passing.inform, a.context, a.person, ticket, [text], "ticket.told.solved", a.now)
    a.send(passing.ended, a.context, a.person, ticket, SOLVED, a.now)


async def _reopen(a: Answering, ticket: Ticket) -> None:
    if ticket.closed_at is None or await tickets.open_of(a.read, a.person) is not None:
        a.say(Say(t("ticket.open_before"), buttons("mytickets")))
    elif not _again(a, ticket):
        a.say(
            Say(t("ticket.too_late", number=ticket.id), Inline(((Button(t("button.ask"), action("ask")),),)))
        )
    else:
        limits.spend(a, limits.TICKETS)
        promised = passing.promise(a.context, a.now)
        a.write(tickets.reopen, ticket, waiting_since=a.now, promised_at=promised)
        _enter(a, ticket, "reopened")
        a.say(Say(t("ticket.reopened", number=ticket.id, at=promised)))
        a.send(deskwork.back, a.context, a.person, ticket, a.now)


async def _good(a: Answering, ticket: Ticket) -> None:
    await _rate(a, ticket, GOOD)


async def _bad(a: Answering, ticket: Ticket) -> None:
    await _rate(a, ticket, BAD)


async def _rate(a: Answering, ticket: Ticket, how: str) -> None:
    lines = await ticket_lines.thread(a.read, a.person, ticket.id)
    rated = [one.detail for one in lines if one.kind == "rated"]
    if ticket.closed_at is not None and rated[-1:] != [how]:
        _enter(a, ticket, "rated", how)
    a.say(Say(t("ticket.rated")))


ACTS = {SOLVED: _solve, "reopen": _reopen, GOOD: _good, BAD: _bad}


async def _open(
    connection: AsyncConnection, a: Answering, about: str, shown: tuple[str, ...], said: list[Words]
) -> list[Parcel]:
    context, promised = a.context, passing.promise(a.context, a.now)
    pressing = about == SCAM or any(despairs(one.text) for one in said)
    priority = tickets.URGENT if pressing else tickets.NORMAL
    ticket = await tickets.open_one(connection, a.person, about, shown, a.now, promised, priority)
    a.audit("ticket.opened", f"ticket:{ticket.id}", about)
    open_now = Office.of(context.settings.config.support).open_at(a.now)
    told = views.received(ticket.id, promised, open_now=open_now)
    parcels = await tell(context, connection, a.person, [told], a.now)
    card = await showing.card(connection, ticket, a.person, a.now, in_thread=True)
    return parcels + await passing.opened(connection, context, a.person, ticket, card, said, a.now)


def _pass_on(a: Answering, ticket: Ticket, words: list[Words]) -> None:
    a.send(passing.said, a.context, a.person, ticket, words, a.now)


def _again(a: Answering, ticket: Ticket) -> bool:
    days = dt.timedelta(days=a.context.settings.config.support.reopen_days)
    return ticket.closed_at is not None and a.now - ticket.closed_at <= days


def _enter(a: Answering, ticket: Ticket, kind: str, detail: str = "") -> None:
    a.write(ticket_lines.add, a.person, ticket.id, a.person.handle, kind, a.now, detail)
    a.audit(f"ticket.{kind}", f"ticket:{ticket.id}", detail or "-")
