"""Answering: what a borrower says to an alert goes into its case, and at once to the people of that lender who have it.

Borrowers know a lender by its name only. What is open about them, and with whom, they see in /mycases, and when it is
closed they are told.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Copy, Letter, Say
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.tell import DISPUTE, KINDS, PROOF, tell
from bot.i18n import Span, t
from bot.services import alerting, records
from bot.services.authority import ABSENT, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.services.telling import quiet_until
from bot.services.telling import tell as put
from bot.views import cases as of_cases
from bot.views import notices as views
from bot.views.menus import HOME, buttons
from engine import QUESTIONS
from storage import alerts, cases, disputes, facts, lenders
from storage.cases import Case
from storage.lenders import Lender
from storage.outbox import NOTICE, Parcel
from storage.people import Person


async def hear(a: Answering, argument: str) -> None:
    """Hear what a borrower has to say to a case about them: `NUMBER`, or `NUMBER.what`.

    Raises Denied for a case about somebody else, and for none at all.
    """
    number, _, what = argument.partition(".")
    case = await _own(a, number)
    lender = await lenders.find(a.read, case.lender_id)
    if lender is None or not await _open(a, case):
        a.say(Say(t("tell.closed", lender=lender.name if lender else "–"), HOME))
    elif what == DISPUTE:
        await _contest(a, case, lender)
    else:
        start(a, "tell", {"case": case.id, "lender": lender.name, "what": what if what in KINDS else ""})


@builds("tell")
def _tell(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return tell(of["what"], of["lender"])


@finishes("tell")
async def told(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Put what was said into the case, and tell those who have it; nothing, when it was closed meanwhile."""
    case = await _own(a, str(of["case"]))
    lender = await lenders.find(a.read, case.lender_id)
    what = of["what"] or str(answers["what"])
    if lender is None or not await _open(a, case):
        a.say(Say(t("tell.closed", lender=of["lender"]), HOME))
    elif what == DISPUTE:
        await _contest(a, case, lender)
    elif what == PROOF:
        message, _, words = str(answers["file"]).partition(" ")
        _thread(a, case, lender, what, words)
        a.send(_pass_on, a.context, a.person, case, int(message))
    else:
        said = answers.get("words") or answers.get("more")
        _thread(a, case, lender, what, None if said is None else str(said))


async def disputed(a: Answering, case_id: int, number: int, words: str) -> None:
    """Put a dispute that came of a case into it."""
    case = await _own(a, str(case_id))
    lender = await lenders.find(a.read, case.lender_id)
    if lender is not None and await _open(a, case):
        _thread(a, case, lender, DISPUTE, words, f"dispute:{number}")


async def overview(a: Answering) -> None:
    """List what is open about somebody: with which lender, since when, and what was said so far."""
    shown = []
    for case in await cases.about(a.read, a.person):
        lender = await lenders.find(a.read, case.lender_id)
        if lender is None or not await _open(a, case):
            continue
        thread = await cases.thread(a.read, a.person, case.id)
        held = {one.number for one in await alerts.of_case(a.read, a.person, case.id) if one.held}
        said = [
            views.Said(one.kind, one.at, one.detail, one.words if isinstance(one.words, str) else "")
            for one in thread
            if one.kind in views.SEEN and one.detail not in held
        ]
        shown.append(views.Open(case.id, lender.name, case.opened_at.date(), said))
    a.say(views.open_cases(shown) if shown else Say(t("mycases.none"), HOME))


async def ended(
    connection: AsyncConnection, context: Context, borrower: Person, lender: Lender, case: Case
) -> list[Parcel]:
    """Tell a borrower that a lender has closed what was open about them; to be called where that is committed."""
    now = context.clock()
    text = Say(
        t("tell.ended", lender=lender.name, at=case.opened_at.date()),
        buttons("moved", "consents"),
        letter=Letter("notice"),
    )
    return await put(context, connection, borrower, [text], now, NOTICE, quiet_until(context, borrower, now))


def _thread(a: Answering, case: Case, lender: Lender, kind: str, words: str | None, detail: str = "") -> None:
    """Enter what a borrower says, tell those who have the case, and tell the borrower who reads it and by when."""
    a.write(cases.hold, case.id)
    if case.contacted_at is None:
        a.write(cases.change, case.id, contacted_at=a.now)
    a.write(cases.enter, a.person, case.id, a.person.handle, kind, a.now, detail, words)
    a.audit(f"tell.{kind}", f"case:{case.id}", detail or "-")
    text = views.for_officers(case.id, a.person.handle, kind, words or "")
    a.send(alerting.tell_team, a.context, case, of_cases.note(text, case.id), a.now)
    days = Span(a.context.settings.config.watch.answer_days, "day")
    a.say(Say(t("tell.done", lender=lender.name, span=days), buttons("mycases", "improve")))


async def _pass_on(
    connection: AsyncConnection, context: Context, borrower: Person, case: Case, message_id: int
) -> list[Parcel]:
    """Send a proof on to those who have the case. We keep none of it: it stays in the borrower's own chat."""
    copy = Copy(borrower.chat_id, message_id)
    return await alerting.tell_team(connection, context, case, copy, context.clock())


async def _contest(a: Answering, case: Case, lender: Lender) -> None:
    """Open a dispute on what others told because of what a case is about; words, where nothing is stored of it."""
    told = await alerts.of_case(a.read, a.person, case.id)
    kinds = {one.content["event"]["kind"] for one in told if one.content["event"] is not None}
    touched = {name for kind in kinds for name in records.TOUCHED.get(kind, ())}
    contested = await disputes.contested(a.read, a.person)
    found = [
        fact
        for fact in await facts.every(a.read, a.person)
        if fact.source != "self" and fact.name in QUESTIONS and (fact.name, fact.source) not in contested
    ]
    chosen = [fact for fact in found if fact.name in touched] or found
    if not chosen:
        start(a, "tell", {"case": case.id, "lender": lender.name, "what": "said"})
        return
    a.say(Say(t("tell.contest", lender=lender.name)))
    items = [[fact.name, fact.source, fact.value, False] for fact in chosen]
    start(a, "dispute", {"items": items, "case": case.id})


async def _own(a: Answering, number: str) -> Case:
    """Give a case about this very person. Raises Denied for any other."""
    case = await cases.find(a.read, int(number)) if number.isdecimal() and len(number) <= 15 else None
    own = case is not None and case.person_id == a.person.id
    await authorize(a, "tell", Whose(a.person.id) if own else ABSENT, f"case:{number[:15]}" if own else "-")
    if case is None:
        raise LookupError("authorize lets nobody pass to a case that is not there")
    return case


async def _open(a: Answering, case: Case) -> bool:
    return case.closed_at is None and await alerting.alive(a.read, a.person, case.lender_id, a.now)
