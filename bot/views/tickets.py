"""Tickets as messages: the queue, one ticket with all that was said in it, and what its borrower reads of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, Span, T, Value, t
from bot.quoting import cut, inert, units
from bot.views.menus import action, buttons

SHOWN = 8
"""Tickets on a page of the queue."""
THREAD = 3000
"""Letters on a page of a ticket, and of somebody's words in it; longer ones are copied whole with the files."""
HEAD = 80
"""Letters of a line beside its words."""
MARKS = ("🔴", "🟡", "⚪")
PRIORITIES = ("0", "1", "2")
LINES = ("said", "answered", "file", "note", "assigned", "priority", "closed", "reopened", "overdue", "rated")

TALKING = (("answer", "canned"), ("assign", "priority"), ("note", "files"), ("scam", "close"))
IN_THREAD = (("canned", "assign"), ("priority", "files"), ("scam", "close"))
CLOSED = (("reopen", "files"),)


@dataclass(frozen=True, slots=True)
class Ticket:
    """How a ticket stands."""

    id: int
    about: str
    priority: int
    assignee: str | None
    opened_at: dt.datetime
    promised_at: dt.datetime
    waiting_since: dt.datetime | None
    closed_at: dt.datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """Something said or done in a ticket."""

    actor: str
    kind: str
    detail: str
    words: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Times:
    """How support does: who waits, and in seconds the first answer (median, nine in ten) and the end (median)."""

    waiting: int
    count: int
    first: float | None
    most: float | None
    closed: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket as support may see it: `known` is what its borrower allowed, filled in."""

    ticket: Ticket
    handle: str
    language: str
    known: Sequence[T]
    lines: Sequence[Line]
    files: bool = False
    in_thread: bool = False


def listed(
    name: str, page: int, found: Sequence[Ticket], counts: Mapping[str, int], times: Times, now: dt.datetime
) -> Say:
    """List the tickets of a filter, one page of them, with buttons to the others."""
    lines = tuple(_in_queue(one, now) for one in found)
    text = t(
        "tickets.list",
        name=t(f"tickets.filter.{name}"),
        n=counts[name],
        lines=Joined(lines) if lines else t("tickets.none"),
        times=_times(times),
    )
    rows = [(_open(one.id),) for one in found]
    turns = [Button(t("cases.before"), action("tickets", f"{name}.{page - 1}"))] if page else []
    if counts[name] > (page + 1) * SHOWN:
        turns.append(Button(t("cases.after"), action("tickets", f"{name}.{page + 1}")))
    others = tuple(
        Button(t("tickets.button", name=t(f"tickets.filter.{one}"), count=n), action("tickets", f"{one}.0"))
        for one, n in counts.items() if one != name and n
    )  # fmt: skip
    every = (
        *rows,
        *([tuple(turns)] if turns else []),
        *(others[at : at + 2] for at in range(0, len(others), 2)),
    )
    return Say(text, Inline(every) if every else None, protect=True)


def card(shown: Card, page: int, now: dt.datetime) -> Say:
    """Show a ticket: who asks, as far as they allowed it, how it stands, and its thread, of which 0 is the newest."""
    ticket, pages = shown.ticket, _pages(shown.lines)
    nothing = t("ticket.known.closed") if ticket.closed_at else t("ticket.known.nothing")
    part = pages[page] if page < len(pages) else []
    text = t(
        "ticket.card",
        number=ticket.id,
        mark=MARKS[ticket.priority],
        about=t(f"ticket.about.{ticket.about}"),
        priority=t(f"ticket.priority.{ticket.priority}"),
        state=state(ticket, now),
        handle=shown.handle,
        language=t(f"language.{shown.language}"),
        known=Joined(tuple(shown.known)) if shown.known else nothing,
        thread=Joined(tuple(_line(one, shown.handle) for one in part)) if part else "–",
    )
    rows = CLOSED if ticket.closed_at else IN_THREAD if shown.in_thread else TALKING
    keys = tuple(tuple(_do(ticket.id, one) for one in row if one != "files" or shown.files) for row in rows)
    if page + 1 < len(pages):
        earlier = Button(t("case.earlier"), action("ticket", f"{ticket.id}.look.{page + 1}"))
        keys = ((earlier,), *keys)
    return Say(text, Inline(keys), protect=True)


def choose(number: int, what: str, options: Sequence[tuple[str, Value]], columns: int = 2) -> Say:
    """Offer what a piece of work can be done with: `options` are codes and their labels."""
    made = [
        Button(
            label if isinstance(label, T) else t("ticket.option", name=label),
            action("ticket", f"{number}.{what}.{code}"),
        )
        for code, label in options
    ]
    rows = tuple(tuple(made[at : at + columns]) for at in range(0, len(made), columns))
    return Say(t(f"ticket.choose.{what}", number=number), Inline((*rows, (_back(number),))), protect=True)


def choose_owner(number: int, owner: str) -> Say:
    """Say who has a ticket, and let it be taken over."""
    take = Button(t("ticket.take_over"), action("ticket", f"{number}.assign.me"))
    return Say(
        t("ticket.taken.other", number=number, owner=owner), Inline(((take, _back(number)),)), protect=True
    )


def preview(number: int, key: str, text: str, language: str) -> Say:
    """Show a canned answer as its reader will see it, before it is sent."""
    send = Button(t("ticket.canned.send"), action("ticket", f"{number}.canned.{key}.send"), "primary")
    other = Button(t("ticket.do.canned"), action("ticket", f"{number}.canned"))
    said = t("ticket.canned.preview", number=number, language=t(f"language.{language}"), words=text)
    return Say(said, Inline(((send,), (other, _back(number)))), protect=True)


def note(text: T, number: int, *more: str) -> Say:
    """Say something about a ticket, with a button that opens it, and more beside it."""
    keys = (_back(number), *(_do(number, one) for one in more))  # three beside each other are cut on a phone
    return Say(text, Inline(tuple(keys[at : at + 2] for at in range(0, len(keys), 2))), protect=True)


def heard(ticket_id: int, words: str, *, file: bool = False) -> Say:
    """Show support what a borrower said, with what can be done about it."""
    text = t("ticket.heard.file" if file else "ticket.heard", number=ticket_id, words=inert(words))
    return Say(text, Inline(((_do(ticket_id, "answer"), _back(ticket_id)),)), protect=True)


def answer(number: int, words: str, *, file: bool = False) -> Say:
    """Give a borrower an answer of support's."""
    text = t("ticket.answer.file" if file else "ticket.answer", number=number, words=words)
    solved = Button(t("ticket.solved"), action("mytickets", f"{number}.solved"))
    return Say(text, Inline(((solved,),)), letter=Letter("answer"))


def received(number: int, promised: dt.datetime, *, open_now: bool) -> Say:
    """Tell a borrower the number of their ticket, and when to expect an answer."""
    key = "ticket.received" if open_now else "ticket.received.closed"
    return Say(t(key, number=number, at=promised), buttons("mytickets", "help"))


def passed(number: int, promised: dt.datetime | None, message_id: int, *, words: bool) -> Say:
    """Tell a borrower in a line that what they wrote went to support, and how to ask the bot instead."""
    text = t("ticket.passed", number=number)
    if promised is not None:
        text = t("ticket.passed.by", number=number, at=promised)
    instead = (Button(t("ticket.instead"), action("bot")),) if words else ()
    return Say(text, Inline((instead,)) if instead else None, reply_to=message_id)


def ended(number: int, reason: str) -> Say:
    """Tell a borrower that their ticket was closed and why, and ask whether it helped."""
    rate = tuple(
        Button(t(f"feedback.{one}"), action("mytickets", f"{number}.{one}")) for one in ("good", "bad")
    )
    again = Button(t("ticket.reopen"), action("mytickets", f"{number}.reopen"))
    text = t("ticket.ended", number=number, reason=t(f"ticket.reason.{reason}"))
    return Say(text, Inline((rate, (again,))), letter=Letter("answer"))


def mine(found: Sequence[Ticket], again: Sequence[int]) -> Say:
    """List somebody's own tickets; `again` are those they can still open again."""
    lines = tuple(
        t(
            "mytickets.line",
            number=one.id,
            about=t(f"ticket.about.{one.about}"),
            at=one.opened_at,
            state=_of_own(one),
        )
        for one in found
    )
    rows: list[tuple[Button, ...]] = []
    for one in found:
        if one.closed_at is None:
            rows.append(
                (Button(t("mytickets.close", number=one.id), action("mytickets", f"{one.id}.solved")),)
            )
        elif one.id in again:
            rows.append(
                (Button(t("mytickets.reopen", number=one.id), action("mytickets", f"{one.id}.reopen")),)
            )
    if all(one.closed_at is not None for one in found):
        rows.append((Button(t("button.ask"), action("ask")),))
    return Say(t("mytickets.list", lines=Joined(lines)), Inline(tuple(rows)) if rows else None)


def state(ticket: Ticket, now: dt.datetime) -> T:
    """Say how a ticket stands, to support."""
    if ticket.closed_at is not None:
        return t("ticket.state.closed", at=ticket.closed_at, reason=t(f"ticket.reason.{ticket.reason}"))
    who = t("ticket.state.taken", owner=ticket.assignee) if ticket.assignee else t("ticket.state.free")
    if ticket.waiting_since is None:
        return t("ticket.state.answered", who=who)
    late = ticket.promised_at <= now
    key = "ticket.state.late" if late else "ticket.state.waits"
    waited = lasting((now - ticket.waiting_since).total_seconds())
    return t(key, who=who, span=waited, at=ticket.promised_at)


def lasting(seconds: float) -> T:
    """Give a length of time in the unit that suits it."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 90:
        return t("case.span", span=Span(max(minutes, 1), "minute"))
    return t("case.span", span=Span(hours, "hour") if hours < 72 else Span(round(hours / 24), "day"))


def _of_own(ticket: Ticket) -> T:
    if ticket.closed_at is not None:
        return t("mytickets.closed", reason=t(f"ticket.reason.{ticket.reason}"))
    if ticket.waiting_since is None:
        return t("mytickets.answered")
    return t("mytickets.waits", at=ticket.promised_at)


def _in_queue(one: Ticket, now: dt.datetime) -> T:
    about = t(f"ticket.about.{one.about}")
    return t("tickets.line", mark=MARKS[one.priority], number=one.id, about=about, state=state(one, now))


def _times(times: Times) -> T:
    if times.first is None or times.most is None:
        return t("tickets.times.none", waiting=times.waiting)
    closed = "" if times.closed is None else t("tickets.times.closed", closed=lasting(times.closed))
    first, most = lasting(times.first), lasting(times.most)
    return t("tickets.times", n=times.count, waiting=times.waiting, first=first, most=most, closed=closed)


def _line(one: Line, borrower: str) -> T:
    who: Value = t("ticket.borrower") if one.actor == borrower else one.actor
    return T(f"ticket.line.{one.kind}", {"at": one.at, "who": who, "what": _what(one)})


def _what(one: Line) -> Value:
    match one.kind:
        case "priority":
            return t(f"ticket.priority.{one.detail}")
        case "closed":
            return t(f"ticket.reason.{one.detail}")
        case "rated":
            return t(f"feedback.{one.detail}")
        case "assigned":
            return one.detail or t("ticket.state.free")
    if not one.words:
        return t("ticket.wordless")
    return inert(cut(one.words, THREAD))


def _pages(lines: Sequence[Line]) -> list[list[Line]]:
    """Divide lines into pages that fit into a message, the page of the newest first; each is in order of time."""
    pages: list[list[Line]] = []
    room = 0
    for one in reversed(lines):
        size = min(units(one.words or ""), THREAD) + HEAD
        if size > room:
            pages.append([])
            room = THREAD + HEAD
        pages[-1].insert(0, one)
        room -= size
    return pages


def _do(number: int, what: str) -> Button:
    return Button(
        t(f"ticket.do.{what}"), action("ticket", f"{number}.{what}"), "primary" if what == "answer" else ""
    )


def _open(number: int) -> Button:
    return Button(t("tickets.open", number=number), action("ticket", f"{number}.look"))


def _back(number: int) -> Button:
    return Button(t("ticket.do.look"), action("ticket", f"{number}.look"))
