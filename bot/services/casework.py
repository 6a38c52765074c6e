"""Casework: what an officer does about a borrower who got worse, from taking the case up to how it ends.

Every piece of work asks `authorize` whose case it is, and holds it open to the commit. Once the borrower has ended the
watch, a case says that and nothing else.
"""

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

from bot.dialogs.casework import STEPS, casework
from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Span, T, t
from bot.services import alerting, answering
from bot.services.authority import ABSENT, Denied, Role, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.views import cases as views
from bot.views.alerts import allowed
from bot.views.menus import action
from storage import accesses, alerts, caseload, cases, lenders, loans, people, staff
from storage.accesses import Access
from storage.cases import Case
from storage.lenders import Lender
from storage.outbox import Of
from storage.people import Person

Shape = TypeVar("Shape", views.Case, views.Entry, views.Alert)

MEASURED = dt.timedelta(days=90)
ASK_AGAIN = dt.timedelta(days=1)
"""How long a borrower is left in peace after they were asked something."""


@dataclass(frozen=True, slots=True)
class Work:
    """A case that somebody may work on; `alive` says whether its borrower is still watched."""

    case: Case
    borrower: Person
    lender: Lender
    role: str
    alive: bool


async def overview(a: Answering) -> None:
    """List the open cases of the lenders somebody works for."""
    await listed(a, f"{caseload.OPEN}.0")


async def listed(a: Answering, argument: str) -> None:
    """List cases: the name of a filter, and a page of it."""
    name, _, page = argument.lower().partition(".")
    name = name if name in caseload.FILTERS else caseload.OPEN
    at = int(page) if page.isdecimal() and len(page) <= 4 else 0
    own = await _lenders(a)
    counts = await caseload.counts(a.read, own, a.person.handle, a.now)
    found = await caseload.page(a.read, own, name, a.person.handle, a.now, at * views.SHOWN, views.SHOWN)
    lines = [views.Line(_like(views.Case, case), await _handle(a, case)) for case in found]
    times = _times(await caseload.since(a.read, own, a.now - MEASURED))
    a.say(views.listed(name, at, lines, counts, times, a.now))


async def act(a: Answering, argument: str) -> None:
    """Do something about one case: `NUMBER`, `NUMBER.what`, or `NUMBER.what.more`, as its buttons say it."""
    number, what, more = [*argument.split(".", 2), "", ""][:3]
    work = await _work(a, number)
    what = what or "look"
    if what not in ACTS and what not in STEPS:
        raise Denied("case", f"case:{work.case.id}", known=True)
    if not work.alive and what != "close":
        a.say(Say(t("case.ended", number=work.case.id)))
    elif what in ACTS:
        await ACTS[what](a, work, more)
    elif work.case.closed_at is not None:
        a.say(views.note(t("case.closed_before", number=work.case.id), work.case.id))
    else:
        await _begin(a, work, what)


async def wake(context: Context) -> None:
    """Bring back the cases whose time has come."""
    now = context.clock()
    async with context.database.write() as write:
        for case in await caseload.waking(write, now):
            await cases.change(write, case.id, snoozed_until=None, snoozed_at_severity=None)
            borrower = await people.by_id(write, context.vault, case.person_id)
            if borrower is None or not await alerting.alive(write, borrower, case.lender_id, now):
                continue
            await cases.enter(write, borrower, case.id, cases.CLOCK, "woke", now)
            text = t("case.woke", number=case.id, handle=borrower.handle)
            await alerting.tell_team(write, context, case, views.note(text, case.id), now)
    context.bell.set()


async def _look(a: Answering, work: Work, more: str) -> None:
    page = int(more) if more.isdecimal() and len(more) <= 4 else 0
    _seen(a, work)
    found = await alerts.of_case(a.read, work.borrower, work.case.id)
    thread = [
        one for one in await cases.thread(a.read, work.borrower, work.case.id) if one.kind in views.ENTRIES
    ]
    shown = views.Shown(
        case=_like(views.Case, work.case),
        lender=work.lender.name,
        handle=work.borrower.handle,
        loan=", ".join(one.reference for one in await loans.of_person(a.read, work.borrower, work.lender.id))
        or "–",
        alerts=[_like(views.Alert, one) for one in found],
        thread=[_like(views.Entry, one) for one in thread],
    )
    a.say(views.whole(shown, page, a.now))


async def _acknowledge(a: Answering, work: Work, _more: str) -> None:
    case, me = work.case, a.person.handle
    if case.closed_at is not None:
        a.say(views.note(t("case.closed_before", number=case.id), case.id))
    elif case.acknowledged_at is not None:
        mine = "case.taken.you" if case.owner == me else "case.taken.other"
        a.say(views.note(t(mine, number=case.id, owner=case.owner or "–", at=case.acknowledged_at), case.id))
    else:
        a.write(cases.take, case.id, me, a.now)
        _enter(a, work, "acknowledged")
        a.say(views.note(t("case.taken", number=case.id), case.id))


async def _why(a: Answering, work: Work, more: str) -> None:
    found = await alerts.of_case(a.read, work.borrower, work.case.id)
    alert = next((one for one in found if one.number == more), None)
    if alert is None:
        raise Denied("case", f"case:{work.case.id}", known=True)
    _seen(a, work)
    a.say(views.why(_like(views.Alert, alert), work.case.id))


Act = Callable[[Answering, Work, str], Awaitable[None]]
ACTS: Mapping[str, Act] = {"look": _look, "ack": _acknowledge, "why": _why}
"""What is done at once; everything else asks something first (see `STEPS`)."""


async def _begin(a: Answering, work: Work, what: str) -> None:
    """Ask what has to be known for a piece of work, unless nothing can come of it."""
    options: Sequence[str] = ()
    if what == "assign":
        options = await _officers(a, work)
    elif what == "offer":
        options = await _measures(a, work)
    elif what == "close":
        options = cases.OUTCOMES
    elif what == "ask" and (refusal := await _left_in_peace(a, work)) is not None:
        a.say(views.note(refusal, work.case.id))
        return
    start(a, "casework", {"case": work.case.id, "what": what, "options": list(options)})


@builds("casework")
def _casework(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return casework(of["what"], of["options"])


@finishes("casework")
async def done(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Do what was answered, if it can still be done."""
    a.settled = True  # whoever is at work is not asked their own open questions now
    work = await _work(a, str(of["case"]))
    if work.case.closed_at is not None:
        a.say(views.note(t("case.closed_before", number=work.case.id), work.case.id))
    elif not work.alive and of["what"] != "close":
        a.say(Say(t("case.ended", number=work.case.id)))
    else:
        a.write(cases.hold, work.case.id)
        await DONE[of["what"]](a, work, answers)


async def _assigned(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    handle, case = str(answers["who"]), work.case
    officer = await people.by_handle(a.read, a.context.vault, handle)
    if officer is None or handle not in await _officers(a, work):
        a.say(views.note(t("case.nobody", handle=handle), case.id))
        return
    mine = officer.id == a.person.id
    taken = {"acknowledged_at": case.acknowledged_at or a.now} if mine else {}
    a.write(cases.change, case.id, owner=handle, **taken)
    _enter(a, work, "assigned", handle)
    a.say(views.note(t("case.assigned", number=case.id, handle=handle), case.id))
    if not mine:
        told = t("case.yours", number=case.id, handle=work.borrower.handle, by=a.person.handle)
        of = Of(case.lender_id, case.person_id)
        a.send(alerting.notify, a.context, officer, views.note(told, case.id), case.severity, a.now, of)


async def _snoozed(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    case, days = work.case, int(str(answers["days"]))
    until = a.now + dt.timedelta(days=days)
    taken = {"acknowledged_at": case.acknowledged_at or a.now, "owner": case.owner or a.person.handle}
    a.write(cases.change, case.id, snoozed_until=until, snoozed_at_severity=case.severity, **taken)
    _enter(a, work, "snoozed", f"{days}.{answers['reason']}")
    a.say(views.note(t("case.snoozed", number=case.id, until=until), case.id))


async def _asked(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    what, case = str(answers["what"]), work.case
    refusal = await _left_in_peace(a, work)
    if refusal is not None:
        a.say(views.note(refusal, case.id))
        return
    answer = Button(t("alert.tell_us"), action("tell", str(case.id)), "primary")
    letter = Letter("case", work.lender.name, work.lender.id)
    asking = t(f"case.to_borrower.{what}", lender=work.lender.name)
    told = Say(asking, Inline(((answer,),)), protect=True, letter=letter)
    of = Of(case.lender_id, case.person_id)
    a.send(alerting.notify, a.context, work.borrower, told, 0, a.now, of)
    if case.contacted_at is None:
        a.write(cases.change, case.id, contacted_at=a.now)
    _enter(a, work, "asked", what)
    a.say(views.note(t("case.asked", number=case.id), case.id))


async def _noted(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    _enter(a, work, "note", words=str(answers["words"]))
    a.say(views.note(t("case.noted", number=work.case.id), work.case.id))


async def _offered(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    measure = str(answers["what"])
    if measure not in await _measures(a, work):
        a.say(views.note(t("case.not_allowed"), work.case.id))
        return
    _enter(a, work, "offered", measure)
    a.say(views.note(t("case.offered", number=work.case.id, measure=t(f"measure.{measure}")), work.case.id))


async def _closed(a: Answering, work: Work, answers: Mapping[str, Answer]) -> None:
    case, outcome = work.case, str(answers["outcome"])
    a.write(cases.close, case.id, outcome, a.now)
    _enter(a, work, "closed", outcome)
    if work.alive:
        a.send(answering.ended, a.context, work.borrower, work.lender, case)
    a.say(Say(t("case.closed", number=case.id, outcome=t(f"case.outcome.{outcome}"))))


Done = Callable[[Answering, Work, Mapping[str, Answer]], Awaitable[None]]
DONE: Mapping[str, Done] = {
    "assign": _assigned,
    "snooze": _snoozed,
    "ask": _asked,
    "note": _noted,
    "offer": _offered,
    "close": _closed,
}


async def _work(a: Answering, number: str) -> Work:
    """Give a case to work on. Raises Denied for one of another lender, one's own, and one that is not there."""
    known = await cases.find(a.read, int(number)) if number.isdecimal() and len(number) <= 15 else None
    own = known is not None and known.person_id == a.person.id
    whose = ABSENT if known is None or own else Whose(known.person_id, known.lender_id)
    grant = await authorize(a, "case", whose, f"case:{known.id}" if known else "-")
    borrower = await people.by_id(a.read, a.context.vault, known.person_id) if known else None
    lender = await lenders.find(a.read, known.lender_id) if known else None
    if known is None or borrower is None or lender is None:
        raise Denied("case", known=True)
    alive = await alerting.alive(a.read, borrower, known.lender_id, a.now)
    return Work(known, borrower, lender, grant.role, alive)


async def _lenders(a: Answering) -> list[int]:
    held = await staff.grants(a.read, a.person)
    working = {Role.OFFICER, Role.ADMIN}
    return sorted({one.lender_id for one in held if one.role in working and one.lender_id is not None})


async def _handle(a: Answering, case: Case) -> str:
    borrower = await people.by_id(a.read, a.context.vault, case.person_id)
    if borrower is None or not await alerting.alive(a.read, borrower, case.lender_id, a.now):
        return ""
    return borrower.handle


async def _officers(a: Answering, work: Work) -> list[str]:
    serving = await staff.serving(a.read, a.context.vault, [Role.OFFICER], work.lender.id)
    return [one.handle for one in serving if one.id != work.borrower.id]


async def _measures(a: Answering, work: Work) -> tuple[str, ...]:
    """Give the measures that every contract of the borrower with this lender allows."""
    held = [set(one.measures) for one in await loans.of_person(a.read, work.borrower, work.lender.id)]
    return allowed(sorted(set.intersection(*held)) if held else ())


async def _left_in_peace(a: Answering, work: Work) -> T | None:
    """Say why the borrower cannot be asked now; None when they can be."""
    if not work.borrower.reachable:
        return t("case.unreachable")
    asked = [one for one in await cases.thread(a.read, work.borrower, work.case.id) if one.kind == "asked"]
    if asked and a.now - asked[-1].at < ASK_AGAIN:
        return t("case.asked_lately", at=asked[-1].at, wait=Span(1, "day"))
    return None


def _enter(a: Answering, work: Work, kind: str, detail: str = "", words: str | None = None) -> None:
    """Enter something done into the case, and into the audit trail without its words."""
    a.write(cases.enter, work.borrower, work.case.id, a.person.handle, kind, a.now, detail, words)
    a.audit(f"case.{kind}", f"case:{work.case.id}", detail or "-")


def _seen(a: Answering, work: Work) -> None:
    seen = Access(a.person.handle, work.role, "case", "watch", a.now)
    a.write(accesses.note, work.borrower, seen, work.lender.id)
    a.audit("case.look", f"case:{work.case.id}")


def _times(found: Sequence[Case]) -> views.Times:
    """Measure cases: hours from the alert to the first word with the borrower, and how many ended well."""
    waits = [(one.contacted_at - one.opened_at).total_seconds() / 3600 for one in found if one.contacted_at]
    ended = [one for one in found if one.outcome in cases.OUTCOMES]
    cured = sum(one.outcome in cases.CURED for one in ended) / len(ended) if ended else None
    return views.Times(median(waits) if waits else None, cured, len(ended))


def _like(shape: type[Shape], found: Any) -> Shape:
    """Give of something stored what a view shows of it."""
    return shape(**{field.name: getattr(found, field.name) for field in dataclasses.fields(shape)})
