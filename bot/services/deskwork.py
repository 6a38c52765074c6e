"""Deskwork, support's side of tickets: the queue, one ticket, and everything that can be done about it.

Whoever serves sees of a borrower what that borrower allowed, masked, and each look is written down for them. Nobody
works on a ticket of their own.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import canned
from bot.dialogs.coaxing import asks_for_secret
from bot.dialogs.reply import Say
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.ticket import note
from bot.i18n import T, Value, t
from bot.services import passing, scams, showing, threads
from bot.services.authority import ABSENT, Denied, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.services.passing import Words, like
from bot.views import tickets as views
from storage import accesses, dialogs, people, ticket_lines, ticketload, tickets
from storage.accesses import Access
from storage.outbox import Parcel
from storage.people import Person
from storage.tickets import Ticket

TALK, NOTE = "talk", "ticketnote"
MEASURED = dt.timedelta(days=7)
NOT_IN_THREAD = frozenset({"answer", "note", "leave"})
"""What is done by a conversation, of which a group has none: there one simply writes."""


@dataclass(frozen=True, slots=True)
class Work:
    """A ticket that somebody may work on; `in_thread` says whether they do it in the staff group."""

    ticket: Ticket
    borrower: Person
    role: str
    in_thread: bool = False

    @property
    def number(self) -> int:
        """The ticket's."""
        return self.ticket.id


async def overview(a: Answering) -> None:
    """List the open tickets, those first that should be answered first."""
    await listed(a, f"{ticketload.ALL}.0")


async def listed(a: Answering, argument: str) -> None:
    """List tickets: the name of a filter, and a page of it."""
    name, _, page = argument.lower().partition(".")
    name = name if name in ticketload.FILTERS else ticketload.ALL
    at = int(page) if page.isdecimal() and len(page) <= 4 else 0
    counts = await ticketload.counts(a.read, a.person.handle)
    found = await ticketload.page(a.read, name, a.person.handle, at * views.SHOWN, views.SHOWN)
    lines = [like(views.Ticket, one) for one in found]
    a.say(views.listed(name, at, lines, counts, await _times(a), a.now))


async def act(a: Answering, argument: str, *, in_thread: bool = False) -> None:
    """Do something about one ticket: `NUMBER`, `NUMBER.what`, or `NUMBER.what.more`, as its buttons say it."""
    number, what, more = [*argument.split(".", 2), "", ""][:3]
    job = await work(a, number, in_thread=in_thread)
    what = what or "look"
    if what not in ACTS or (in_thread and what in NOT_IN_THREAD):
        raise Denied("ticket", f"ticket:{job.number}", known=True)
    if what not in AT_ANY_TIME and job.ticket.closed_at is not None:
        a.say(views.note(t("ticket.closed_before", number=job.number), job.number))
    else:
        await ACTS[what](a, job, more)


async def work(a: Answering, number: str, *, in_thread: bool = False) -> Work:
    """Give a ticket to work on. Raises Denied for one's own, and for one that is not there."""
    found = await tickets.find(a.read, int(number)) if number.isdecimal() and len(number) <= 15 else None
    own = found is not None and found.person_id == a.person.id
    whose = ABSENT if found is None or own else Whose(found.person_id)
    grant = await authorize(a, "ticket", whose, f"ticket:{found.id}" if found else "-")
    borrower = await people.by_id(a.read, a.context.vault, found.person_id) if found else None
    if found is None or borrower is None:
        raise Denied("ticket", known=True)
    return Work(found, borrower, grant.role, in_thread)


async def back(
    connection: AsyncConnection, context: Context, borrower: Person, ticket: Ticket, now: dt.datetime
) -> list[Parcel]:
    """Tell support that a ticket is open again."""
    ticket = replace(ticket, closed_at=None)
    parcels = await passing.shut(connection, context, borrower, ticket)
    text = views.note(t("ticket.told.reopened", number=ticket.id), ticket.id)
    told = await passing.inform(connection, context, borrower, ticket, [text], "ticket.told.reopened", now)
    return parcels + told


async def remind(context: Context) -> None:
    """Remind support of every promise that has passed, once for each; note the topics that were made meanwhile."""
    now = context.clock()
    async with context.database.write() as write:
        await threads.settle(write)
        for ticket in await ticketload.overdue(write, now):
            last = await ticket_lines.last(write, ticket.id, "overdue")
            borrower = await people.by_id(write, context.vault, ticket.person_id)
            if borrower is None or (last is not None and last >= ticket.promised_at):
                continue
            await ticket_lines.add(write, borrower, ticket.id, ticket_lines.CLOCK, "overdue", now)
            text = t(
                "ticket.overdue",
                number=ticket.id,
                about=t(f"ticket.about.{ticket.about}"),
                at=ticket.promised_at,
            )
            told = [views.note(text, ticket.id)]
            await passing.inform(write, context, borrower, ticket, told, "ticket.overdue", now)
    context.bell.set()


async def _look(a: Answering, job: Work, more: str) -> None:
    page = int(more) if more.isdecimal() and len(more) <= 4 else 0
    seen = Access(a.person.handle, job.role, "ticket", "question", a.now)
    a.write(accesses.note, job.borrower, seen)
    a.audit("ticket.look", f"ticket:{job.number}")
    a.say(await showing.card(a.read, job.ticket, job.borrower, a.now, page, in_thread=job.in_thread))


async def _answer(a: Answering, job: Work, _more: str) -> None:
    if not _mine(a, job):
        return
    if job.ticket.assignee is None:
        _change(a, job, "assigned", a.person.handle, assignee=a.person.handle)
    start(a, TALK, {"ticket": job.number})


async def _canned(a: Answering, job: Work, more: str) -> None:
    key, _, send = more.partition(".")
    known = canned.answers(job.borrower.language)
    if key not in known:
        titles = [
            (one, each.title) for one, each in canned.answers(a.person.language).items() if one in known
        ]
        a.say(views.choose(job.number, "canned", titles, columns=1))
    elif send != "send":
        a.say(views.preview(job.number, key, known[key].text, job.borrower.language))
    elif asks_for_secret(known[key].text):  # the files can be edited while we run
        a.audit("ticket.coaxed", f"ticket:{job.number}", key)
        a.say(Say(t("ticket.coaxing")))
    elif _mine(a, job):
        _send(a, job, Words(known[key].text), key)
        acts = ("close",) if job.in_thread else ("answer", "close")
        a.say(views.note(t("ticket.sent", number=job.number), job.number, *acts))


async def _note(a: Answering, job: Work, _more: str) -> None:
    start(a, NOTE, {"ticket": job.number})


async def _assign(a: Answering, job: Work, more: str) -> None:
    others = {one.handle: one for one in await passing.serving(a.read, a.context, job.borrower)}
    who = {"me": a.person.handle, "free": None}.get(more, more)
    if more == "":
        options: list[tuple[str, Value]] = [("me", t("ticket.assign.me")), ("free", t("ticket.assign.free"))]
        options += [(handle, handle) for handle in others if handle != a.person.handle]
        a.say(views.choose(job.number, "assign", options[: views.SHOWN]))
    elif who is not None and who not in others:
        a.say(views.note(t("ticket.nobody", handle=who), job.number))
    else:
        _change(a, job, "assigned", who or "", assignee=who)
        a.say(_given(a, job, who))
        if who is not None and who != a.person.handle:
            given = views.note(t("ticket.yours", number=job.number, by=a.person.handle), job.number, "answer")
            a.tell(others[who], given)


def _given(a: Answering, job: Work, who: str | None) -> Say:
    """Say who has a ticket from now on."""
    if who is None:
        return views.note(t("ticket.freed", number=job.number), job.number)
    if who != a.person.handle or job.in_thread:  # in a group "you" would be everybody
        return views.note(t("ticket.assigned", number=job.number, handle=who), job.number)
    return views.note(t("ticket.assigned.you", number=job.number), job.number, "answer")


async def _priority(a: Answering, job: Work, more: str) -> None:
    if more not in views.PRIORITIES:
        options = [(one, t(f"ticket.priority.{one}")) for one in views.PRIORITIES]
        a.say(views.choose(job.number, "priority", options, columns=3))
        return
    _change(a, job, "priority", more, priority=int(more))
    a.say(
        views.note(
            t("ticket.prioritised", number=job.number, priority=t(f"ticket.priority.{more}")), job.number
        )
    )


async def _close(a: Answering, job: Work, more: str) -> None:
    if more not in tickets.REASONS:
        options = [(one, t(f"ticket.reason.{one}")) for one in tickets.REASONS]
        a.say(views.choose(job.number, "close", options))
        return
    _change(a, job, "closed", more, closed_at=a.now, reason=more, waiting_since=None)
    await _end_talk(a, job)
    a.say(views.note(t("ticket.closed", number=job.number, reason=t(f"ticket.reason.{more}")), job.number))
    a.send(passing.ended, a.context, job.borrower, job.ticket, more, a.now)


async def _reopen(a: Answering, job: Work, _more: str) -> None:
    if job.ticket.closed_at is None or await tickets.open_of(a.read, job.borrower) is not None:
        a.say(views.note(t("ticket.open_before"), job.number))
        return
    a.write(tickets.reopen, job.ticket, assignee=a.person.handle)
    _enter(a, job, "reopened", "")
    a.say(views.note(t("ticket.back", number=job.number), job.number, *([] if job.in_thread else ["answer"])))
    a.send(passing.shut, a.context, job.borrower, replace(job.ticket, closed_at=None))


async def _files(a: Answering, job: Work, _more: str) -> None:
    lines = await ticket_lines.thread(a.read, job.borrower, job.number)
    found = [
        passing.copied(one.chat_id, one.message_id, one.words, file=one.kind == ticket_lines.FILE)
        for one in lines
        if one.chat_id is not None and one.message_id is not None
    ]
    seen = Access(a.person.handle, job.role, "ticket", "question", a.now)
    a.write(accesses.note, job.borrower, seen)
    a.audit("ticket.files", f"ticket:{job.number}")
    a.say(views.note(t("ticket.files", number=job.number, n=len(found)), job.number), *found)


async def _scam(a: Answering, job: Work, _more: str) -> None:
    lines = await ticket_lines.thread(a.read, job.borrower, job.number)
    said = "\n".join(one.words for one in lines if one.actor == job.borrower.handle and one.words)
    verdict = await scams.judged(a, said[-passing.LONGEST :])
    a.say(views.note(t("ticket.scam", number=job.number, verdict=verdict), job.number))


async def _leave(a: Answering, job: Work, _more: str) -> None:
    await _end_talk(a, job)
    a.say(views.note(t("ticket.left", number=job.number), job.number))


async def _end_talk(a: Answering, job: Work) -> None:
    """Let somebody out of a ticket, where it is this one that they are in."""
    place = await dialogs.active(a.read, a.person, among=(TALK,))
    if place is not None and place.content["of"]["ticket"] == job.number:
        a.write(dialogs.end, a.person, TALK)


Act = Callable[[Answering, Work, str], Awaitable[None]]
ACTS: Mapping[str, Act] = {
    "look": _look,
    "answer": _answer,
    "canned": _canned,
    "note": _note,
    "assign": _assign,
    "priority": _priority,
    "close": _close,
    "reopen": _reopen,
    "files": _files,
    "scam": _scam,
    "leave": _leave,
}
AT_ANY_TIME = frozenset({"look", "reopen", "files", "leave", "scam"})
"""What can be done with a ticket that is closed, too."""


@builds(NOTE)
def _ticketnote(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return note(of["ticket"])


@finishes(NOTE)
async def noted(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Enter a note, which only staff read here."""
    a.settled = True  # whoever is at work is not asked their own open questions now
    job = await work(a, str(of["ticket"]))
    put_note(a, job, str(answers["words"]))
    a.say(views.note(t("ticket.noted", number=job.number), job.number))


def put_note(a: Answering, job: Work, words: str) -> None:
    """Enter a note; it shows in the ticket's topic, too."""
    a.write(ticket_lines.add, job.borrower, job.number, a.person.handle, "note", a.now, words=words)
    a.audit("ticket.note", f"ticket:{job.number}")
    if job.ticket.thread is not None and not job.in_thread:
        _echo(a, job, t("thread.note", who=a.person.handle, words=words))


def _mine(a: Answering, job: Work) -> bool:
    """Say whether somebody may answer a ticket: it is theirs, or free. Where another has it, they are told who."""
    owner = job.ticket.assignee
    if owner in {None, a.person.handle} or job.in_thread:
        return True
    a.say(views.choose_owner(job.number, owner or "–"))
    return False


def _send(a: Answering, job: Work, words: Words, key: str = "") -> None:
    """Send an answer to the borrower, and say so where they cannot be reached."""
    a.audit("ticket.answered", f"ticket:{job.number}", key or "-")
    a.send(send, a, job, words, key)


async def send(
    connection: AsyncConnection, a: Answering, job: Work, words: Words, key: str = ""
) -> list[Parcel]:
    """Send an answer to the borrower, in the transaction of the turn."""
    return await passing.answered(
        connection,
        a.context,
        a.person,
        job.borrower,
        job.ticket,
        words,
        a.now,
        key,
        from_thread=job.in_thread,
    )


def _change(a: Answering, job: Work, kind: str, detail: str, **values: Any) -> None:
    """Change a ticket, and enter that."""
    a.write(tickets.change, job.ticket, **values)
    _enter(a, job, kind, detail)


def _enter(a: Answering, job: Work, kind: str, detail: str) -> None:
    """Enter what was done into a ticket, the audit trail and the ticket's topic."""
    a.write(ticket_lines.add, job.borrower, job.number, a.person.handle, kind, a.now, detail)
    a.audit(f"ticket.{kind}", f"ticket:{job.number}", detail or "-")
    if job.ticket.thread is not None and not job.in_thread:
        _echo(a, job, t(f"thread.{kind}", who=a.person.handle, what=_said(kind, detail)))


def _said(kind: str, detail: str) -> Value:
    match kind:
        case "priority":
            return t(f"ticket.priority.{detail}")
        case "closed":
            return t(f"ticket.reason.{detail}")
    return detail or t("ticket.state.free")


def _echo(a: Answering, job: Work, text: T) -> None:
    """Show in the ticket's topic what was done elsewhere."""
    a.send(threads.post, a.context, job.borrower, job.ticket, [Say(text)])


async def _times(a: Answering) -> views.Times:
    """Measure the last week: seconds to the first answer, and to the end."""
    found = await ticketload.courses(a.read, a.now - MEASURED)
    first = sorted(
        (one.first_answer_at - one.opened_at).total_seconds() for one in found if one.first_answer_at
    )
    ended = [(one.closed_at - one.opened_at).total_seconds() for one in found if one.closed_at]
    most = quantiles(first, n=10, method="inclusive")[-1] if len(first) > 1 else first[0] if first else None
    waiting = await ticketload.waiting(a.read)
    return views.Times(
        waiting, len(found), median(first) if first else None, most, median(ended) if ended else None
    )
