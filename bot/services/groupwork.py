"""Groupwork: what happens in the staff group. In the topic of a ticket one simply writes; a few commands do the rest.

Only those who serve count, by their private chats: others are told so in the topic. Nothing is answered in anybody's
private chat; what is said goes into the topic.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.event import Command, Contact, Edited, File, Media, Posted, Press, Text
from bot.dialogs.guard import secret_in
from bot.dialogs.reply import Delete, Say, Toast
from bot.i18n import t
from bot.services import deskwork, talking, threads
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.deskwork import Work
from bot.services.limits import DAY
from bot.services.passing import words_of
from bot.views import tickets as views
from storage import counters, people
from storage.outbox import Parcel
from storage.people import Person
from storage.tickets import Ticket

PRIORITIES = {"urgent": "0", "normal": "1", "low": "2"}
ACTIONS: Mapping[str, str] = {
    "card": "look", "assign": "assign", "priority": "priority", "canned": "canned", "close": "close",
    "reopen": "reopen", "files": "files", "scam": "scam",
}  # fmt: skip
"""The commands of a topic, and what each does about its ticket."""
OURS = "ticket"
TOLD_A_DAY = 3
"""How often a stranger hears that they cannot work here."""


async def receive(a: Answering, event: Posted) -> None:
    """Do what somebody who serves does in a topic. Raises Denied when it is about a ticket they may not work on."""
    ticket = await threads.ticket_in(a.read, event.thread)
    if ticket is None:
        _answer_press(a, event)
        return
    job = await deskwork.work(a, str(ticket.id), in_thread=True)
    await _do(a, job, event)
    _redirect(a, job)


async def strange(a: Answering, event: Posted) -> None:
    """Tell somebody in a topic that they cannot work there."""
    _answer_press(a, event)
    ticket = await threads.ticket_in(a.read, event.thread)
    borrower = await people.by_id(a.read, a.context.vault, ticket.person_id) if ticket else None
    if ticket is not None and borrower is not None and not isinstance(event.done, Press):
        a.send(_turn_away, a, borrower, ticket)


async def _turn_away(
    connection: AsyncConnection, a: Answering, borrower: Person, ticket: Ticket
) -> list[Parcel]:
    """Say so a few times a day: a group takes few messages a minute, which nobody is to use up."""
    spent = await counters.spend(connection, a.person.id, "strange", TOLD_A_DAY, DAY, a.now)
    if not spent.allowed:
        return []
    return await threads.post(connection, a.context, borrower, ticket, [Say(t("thread.stranger"))])


async def _do(a: Answering, job: Work, event: Posted) -> None:
    match event.done:
        case Press(data, _, callback_id):
            _, name, argument = [*data.split("|", 2), "", ""][:3]
            number, _, what = argument.partition(".")
            if name != OURS or number != str(job.number):
                raise Denied(OURS, known=True)
            a.say(Toast(callback_id))
            await deskwork.act(a, f"{number}.{what}", in_thread=True)
        case Command(name, argument, _):
            await _command(a, job, name, argument.strip())
        case Text() | Media() | File() as said:
            _pass_on(a, job, said)
        case Edited(text, message_id) if secret_in(text):
            a.say(Delete(message_id), Say(t("ticket.coaxing")))
        case Edited():
            a.say(Say(t("thread.edited")))
        case Contact():
            a.say(Say(t("ticket.no_contact")))


async def _command(a: Answering, job: Work, name: str, argument: str) -> None:
    if secret_in(argument):
        a.say(Say(t("ticket.coaxing")))
    elif name == "note" and argument:
        deskwork.put_note(a, job, argument)
        a.say(Say(t("ticket.noted", number=job.number)))
    elif name in ACTIONS:
        more = PRIORITIES.get(argument, argument) if name == "priority" else argument
        more = more.upper() if name == "assign" and more not in {"me", "free"} else more
        await deskwork.act(a, f"{job.number}.{ACTIONS[name]}.{more}", in_thread=True)
    else:
        a.say(Say(t("thread.usage")))


def _pass_on(a: Answering, job: Work, said: Text | Media | File) -> None:
    words = words_of(threads.group(a.context), said)
    if secret_in(words.text):
        a.say(Delete(said.message_id), Say(t("ticket.coaxing")))
    elif job.ticket.closed_at is not None:
        a.say(views.note(t("thread.late"), job.number, "reopen"))
    else:
        talking.pass_on(a, job, words)


def _answer_press(a: Answering, event: Posted) -> None:
    if isinstance(event.done, Press):
        a.say(Toast(event.done.callback_id, t("dialog.unknown_button")))


def _redirect(a: Answering, job: Work) -> None:
    """Put into the topic what was to be said in private."""
    there = [one for one in a.replies if not isinstance(one, Toast)]
    a.replies[:] = [one for one in a.replies if isinstance(one, Toast)]
    if there:
        a.send(threads.post, a.context, job.borrower, job.ticket, there)
