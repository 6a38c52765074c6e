"""Cases as messages: the list with its filters, and one case with everything that was done and said in it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.i18n import Joined, Percent, Signed, Span, T, Value, t
from bot.views.alerts import cause, grounds, keyboard, scores, short
from bot.views.menus import action
from bot.views.notices import moves, numbered

SHOWN = 8
"""Cases on a page of the list."""
THREAD = 12
"""Entries on a page of a case."""
LONGEST_WORDS = 240
"""Letters of somebody's words in a line of a thread."""

MARKS = {1: "🟡", 2: "🟠", 3: "🔴"}
BORROWERS = frozenset({"said", "paid", "proof", "reschedule", "dispute"})
"""What borrowers put into a case."""
ENTRIES = (
    "alert", "held", "voided", "escalated", "acknowledged", "assigned", "snoozed", "woke", "asked", "note", "offered",
    "closed", "ended", *sorted(BORROWERS),
)  # fmt: skip

OPEN_ROWS = (("ack", "assign"), ("ask", "offer"), ("snooze", "note"), ("close", "why"))
TAKEN_ROWS = (("assign", "snooze"), ("ask", "offer"), ("note", "close"), ("why",))


@dataclass(frozen=True, slots=True)
class Case:
    """How a case stands."""

    id: int
    severity: int
    owner: str | None
    opened_at: dt.datetime
    acknowledged_at: dt.datetime | None
    contacted_at: dt.datetime | None
    snoozed_until: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done or said in a case."""

    actor: str
    kind: str
    detail: str
    words: Any
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert in a case; `held` says why nobody was told."""

    number: str
    held: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list. `handle` is empty where nothing may be told of the borrower any more."""

    case: Case
    handle: str


@dataclass(frozen=True, slots=True)
class Times:
    """What a caseload comes to: hours to the first word with the borrower (median), and the share that was cured."""

    contact: float | None
    cured: float | None
    closed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as its officers may see it, with its thread."""

    case: Case
    lender: str
    handle: str
    loan: str
    alerts: Sequence[Alert]
    thread: Sequence[Entry]


def listed(
    name: str, page: int, lines: Sequence[Line], counts: Mapping[str, int], times: Times, now: dt.datetime
) -> Reply:
    """List the cases of a filter, one page of them, with buttons to the others."""
    text = t(
        "cases.list",
        name=t(f"cases.filter.{name}"),
        n=counts[name],
        lines=Joined(tuple(_line(one, now) for one in lines)) if lines else t("cases.none"),
        times=_times(times),
    )
    rows = [(_open(one.case.id),) for one in lines]
    filters = [Button(t("cases.button", name=t(f"cases.filter.{one}"), count=n), action("cases", f"{one}.0"))
               for one, n in counts.items() if one != name and n]  # fmt: skip
    turns = [Button(t("cases.before"), action("cases", f"{name}.{page - 1}"))] if page else []
    if counts[name] > (page + 1) * SHOWN:
        turns.append(Button(t("cases.after"), action("cases", f"{name}.{page + 1}")))
    pairs = [tuple(filters[at : at + 2]) for at in range(0, len(filters), 2)]
    every = [*rows, *([tuple(turns)] if turns else []), *pairs]
    return Say(text, Inline(tuple(every)) if every else None, protect=True)


def whole(shown: Shown, page: int, now: dt.datetime) -> Reply:
    """Show a case: whom it is about, how it stands, and its thread, of which `page` 0 is the newest part."""
    case, end = shown.case, len(shown.thread) - page * THREAD
    part = shown.thread[max(end - THREAD, 0) : max(end, 0)]
    known = {one.number: one for one in shown.alerts}
    text = t(
        "case.whole",
        number=case.id,
        mark=MARKS[case.severity],
        lender=short(shown.lender),
        handle=shown.handle,
        loan=shown.loan,
        state=state(case, now),
        opened=case.opened_at.date(),
        contact=_contact(case),
        thread=Joined(tuple(_entry(one, shown, known) for one in part)) if part else "–",
    )
    newest = shown.alerts[-1].number if shown.alerts else ""
    rows = () if case.closed_at else TAKEN_ROWS if case.acknowledged_at else OPEN_ROWS
    buttons = keyboard(case.id, newest, rows).rows
    if end > THREAD:
        earlier = Button(t("case.earlier"), action("case", f"{case.id}.look.{page + 1}"))
        buttons = ((earlier,), *buttons)
    return Say(text, Inline(buttons) if buttons else None, protect=True)


def why(alert: Alert, case_id: int) -> Reply:
    """Tell everything that moved the score between the one before an alert and the one with it: it adds up."""
    content = alert.content
    together = sum(int(move["points"]) for move in content["moves"])
    text = t(
        "case.why",
        number=numbered(alert.number),
        scores=scores(content),
        grounds=grounds(content, len(content["grounds"])),
        moves=moves(content["moves"]),
        together=Signed(together),
    )
    return Say(text, Inline(((_look(case_id),),)), protect=True)


def note(text: T, case_id: int) -> Reply:
    """Say something about a case, with a button that opens it."""
    return Say(text, Inline(((_look(case_id),),)), protect=True)


def state(case: Case, now: dt.datetime) -> T:
    """Say how a case stands."""
    if case.closed_at is not None:
        return t("case.state.closed", at=case.closed_at.date(), outcome=t(f"case.outcome.{case.outcome}"))
    if case.snoozed_until is not None and case.snoozed_until > now:
        return t("case.state.snoozed", until=case.snoozed_until, owner=case.owner or "–")
    if case.acknowledged_at is None:
        return t("case.state.given", owner=case.owner) if case.owner else t("case.state.waiting")
    return t("case.state.taken", owner=case.owner or "–", at=case.acknowledged_at)


def _line(one: Line, now: dt.datetime) -> T:
    if not one.handle:
        return t("cases.line.ended", number=one.case.id)
    return t(
        "cases.line",
        mark=MARKS[one.case.severity],
        number=one.case.id,
        handle=one.handle,
        state=state(one.case, now),
    )


def _times(times: Times) -> T:
    contact = t("cases.times.never") if times.contact is None else _span(times.contact)
    if times.cured is None:
        return t("cases.times.open", contact=contact)
    return t("cases.times", n=times.closed, contact=contact, cured=Percent(times.cured))


def _contact(case: Case) -> T:
    if case.contacted_at is None:
        return t("case.contact.none")
    return t("case.contact.after", span=_span((case.contacted_at - case.opened_at).total_seconds() / 3600))


def _span(hours: float) -> T:
    whole = Span(round(hours * 60), "minute") if hours < 1 else Span(round(hours), "hour")
    return t("case.span", span=Span(round(hours / 24), "day") if hours >= 72 else whole)


def _entry(one: Entry, shown: Shown, known: Mapping[str, Alert]) -> T:
    kind, what = one.kind, _what(one, shown, known)
    if kind == "alert" and one.detail in known and known[one.detail].held:
        kind = "held"
    who: Value = t("case.borrower") if one.actor == shown.handle else one.actor
    return T(f"case.entry.{kind}", {"at": one.at, "who": who, "what": what})


def _what(one: Entry, shown: Shown, known: Mapping[str, Alert]) -> Value:
    """Give what an entry says beside its kind: its code in words, or somebody's words."""
    match one.kind:
        case "alert":
            alert = known.get(one.detail)
            return _alert(alert, shown.lender) if alert else numbered(one.detail)
        case "voided":
            return numbered(one.detail)
        case "snoozed":
            days, _, reason = one.detail.partition(".")
            return t("case.put_off", days=Span(int(days), "day"), reason=t(f"case.reason.{reason}"))
        case "asked":
            return t(f"case.asking.{one.detail}")
        case "offered":
            return t(f"measure.{one.detail}")
        case "closed":
            return t(f"case.outcome.{one.detail}")
    return _cut(one.words) if isinstance(one.words, str) and one.words else one.detail


def _alert(alert: Alert, lender: str) -> T:
    said = cause(alert.content, lender)
    return t("case.alert", number=numbered(alert.number), scores=scores(alert.content), cause=said)


def _cut(said: str) -> str:
    return said if len(said) <= LONGEST_WORDS else said[: LONGEST_WORDS - 1] + "…"


def _open(case_id: int) -> Button:
    return Button(t("cases.open", number=case_id), action("case", f"{case_id}.look"))


def _look(case_id: int) -> Button:
    return Button(t("case.do.look"), action("case", f"{case_id}.look"))
