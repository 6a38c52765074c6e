"""Disputes: a person says what is wrong, it is left out of everything meanwhile, and somebody decides in time."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.dialogs.dispute import CORRECT, REMOVE, YES, Item, decision, dispute
from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.dialogs.show import shown
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Joined, T, Value, t
from bot.services import answering, consenting, ingest, scoring
from bot.services.authority import ABSENT, Role, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.services.telling import tell
from bot.views.menus import HOME, action
from engine import QUESTIONS, Pack
from storage import accesses, disputes, facts, people, staff, watches
from storage.accesses import Access
from storage.dialogs import Stale
from storage.disputes import OPEN, REJECTED, UPHELD, Dispute, Waiting, Words
from storage.outbox import Parcel
from storage.people import Person

DECIDES = (Role.SUPPORT, Role.OPERATOR)


async def ask(a: Answering) -> None:
    """Offer what is stored of the person, each thing with its source."""
    again = await _answerable(a)
    contested = await disputes.contested(a.read, a.person)
    items = [
        [fact.name, fact.source, fact.value, fact.source == "self" and fact.name in again]
        for fact in await facts.every(a.read, a.person)
        if (fact.name, fact.source) not in contested and fact.name in QUESTIONS
    ]
    if items:
        start(a, "dispute", {"items": items})
    else:
        a.say(Say(t("dispute.nothing"), HOME))


async def correct(a: Answering, name: str) -> None:
    """Put one question again, to be answered better; the rest of the summary stays as it is."""
    if name in await _answerable(a):
        await scoring.begin_query(a, again=name)
    else:
        a.say(Say(t("dialog.already_answered"), HOME))


async def opened(a: Answering) -> T | None:
    """Say which disputes of the person are open, and until when they are to be decided; None when none is."""
    lines: list[Value] = [
        t("dispute.open_line", number=one.id, name=t(f"short.{one.fact}"), due=one.due_at.date())
        for one in await disputes.every(a.read, a.person)
        if one.state == OPEN
    ]
    return t("dispute.open", lines=Joined(tuple(lines))) if lines else None


@builds("dispute")
def _dispute(a: Answering, of: Mapping[str, Any]) -> Dialog:
    return dispute(
        [Item(QUESTIONS[n], source, value, again) for n, source, value, again in of["items"]], a.pack
    )


@builds("decide")
def _decision(a: Answering, of: Mapping[str, Any]) -> Dialog:
    return decision(QUESTIONS[of["fact"]], a.context.packs[of["country"]])


@finishes("dispute")
async def confirmed(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Open the dispute, or offer to answer again what only the person ever said."""
    name, _, source = str(answers["which"]).partition(".")
    if "words" not in answers:
        button = Button(t("dispute.again"), action("correct", name))
        a.say(Say(t("dispute.own", name=t(f"short.{name}")), Inline(((button,),))))
        return
    if answers["sure"] != YES:
        a.say(Say(t("dispute.dropped"), HOME))
        return
    value = next(value for n, s, value, _ in of["items"] if (n, s) == (name, source))
    due = a.now + dt.timedelta(days=a.pack.dispute.days or a.context.settings.config.disputes.days)
    words = Words(str(answers["words"]), value)
    # in a transaction of its own, because its number is to be told; opened twice it is still one and the same
    async with a.context.database.write() as write:
        number = await disputes.start(write, a.person, name, source, words, due, a.now)
    a.audit("dispute", f"dispute:{number}", name)
    a.say(Say(t("dispute.opened", number=number, name=t(f"short.{name}"), due=due.date()), HOME))
    if "case" in of:
        await answering.disputed(a, of["case"], number, words.said)


async def overview(a: Answering) -> None:
    """List the open disputes to those who decide: by due date, with handle and name, without content."""
    waiting = [one for one in await disputes.waiting(a.read) if one.person_id != a.person.id]
    if not waiting:
        a.say(Say(t("disputes.none")))
        return
    rows = tuple(
        (Button(t("disputes.look", number=one.id), action("disputes", str(one.id))),) for one in waiting
    )
    lines = Joined(tuple(_line(one, a.now) for one in waiting[:SHOWN]))
    a.say(Say(t("disputes.overview", n=len(waiting), lines=lines), Inline(rows[:SHOWN])))


async def look(a: Answering, argument: str) -> None:
    """Show one open dispute to whoever is going to decide, and ask for the decision. The person can read who looked."""
    number = int(argument) if argument.isdecimal() and len(argument) <= 15 else 0
    waiting = await disputes.waits(a.read, number)
    # nobody decides on what they themselves contest
    own = waiting is not None and waiting.person_id == a.person.id
    whose = ABSENT if waiting is None or own else Whose(waiting.person_id)
    grant = await authorize(a, "disputes", whose, f"dispute:{number}")
    found = await _found(a, waiting)
    if found is None or waiting is None:
        a.say(Say(t("disputes.gone")))
        return
    person, one = found
    a.write(accesses.note, person, Access(a.person.handle, grant.role, "dispute", "dispute", a.now))
    a.audit("dispute.read", f"dispute:{number}", one.fact)
    a.say(Say(await _case(a, person, one), protect=True))
    start(a, "decide", {"number": number, "fact": one.fact, "country": person.country})


@finishes("decide")
async def decided(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store the decision, put the fact right where it was wrong, and tell the person."""
    waiting = await disputes.waits(a.read, of["number"])
    whose = ABSENT if waiting is None else Whose(waiting.person_id)
    await authorize(a, "decide", whose, f"dispute:{of['number']}")
    found = await _found(a, waiting)
    if found is None:
        a.say(Say(t("disputes.gone")))
        return
    person, one = found
    rejected = answers["what"] not in {CORRECT, REMOVE}
    reason = (
        str(answers["reason"])
        if rejected
        else {CORRECT: "corrected", REMOVE: "removed"}[str(answers["what"])]
    )
    words = disputes.answered(one, reason, answers.get("value") if answers["what"] == CORRECT else None)
    a.send(_settle, person, one, REJECTED if rejected else UPHELD, words, a.person.handle, a.now)
    a.audit("dispute.decide", f"dispute:{one.id}", reason)
    a.say(Say(t("disputes.decided", number=one.id, reason=t(f"dispute.reason.{reason}"))))
    a.tell(
        person,
        Say(_outcome(a, person, one, words, rejected=rejected), HOME, protect=True, letter=Letter("dispute")),
    )


async def remind(context: Context) -> list[Parcel]:
    """Remind those who decide of disputes soon due, once each; gives the messages."""
    now = context.clock()
    soon = now + dt.timedelta(days=context.settings.config.disputes.remind_days)
    async with context.database.write() as write:
        due = [one for one in await disputes.waiting(write) if one.due_at <= soon and one.reminded_at is None]
        deciding = await staff.serving(write, context.vault, DECIDES)
        if not due or not deciding:
            return []
        text = t("disputes.remind", n=len(due), lines=Joined(tuple(_line(one, now) for one in due[:SHOWN])))
        parcels: list[Parcel] = []
        for person in deciding:
            parcels += await tell(context, write, person, [Say(text, letter=Letter("notice"))], now)
        await disputes.reminded(write, [one.id for one in due], now)
    return parcels


SHOWN = 20


async def _answerable(a: Answering) -> set[str]:
    """Name the questions the person is asked in a query, and so can answer again at any time."""
    alive = await consenting.live(a)
    limit = a.context.settings.config.scoring.max_questions
    return {question.name for question in engine.ask(a.pack, alive, limit, model=a.context.model)}


async def _found(a: Answering, waiting: Waiting | None) -> tuple[Person, Dispute] | None:
    person = None if waiting is None else await people.by_handle(a.read, a.context.vault, waiting.handle)
    if person is None or waiting is None:
        return None
    held = await disputes.every(a.read, person)
    return next(((person, one) for one in held if one.id == waiting.id), None)


async def _case(a: Answering, person: Person, one: Dispute) -> T:
    """Say what is contested: the stored value, what the person says, and their own answer where there is one."""
    pack = a.context.packs[person.country]
    own = next(
        (f for f in await facts.every(a.read, person) if (f.name, f.source) == (one.fact, "self")), None
    )
    return t(
        "disputes.case",
        number=one.id,
        handle=person.handle,
        name=t(f"short.{one.fact}"),
        source=t(f"source.{one.source}"),
        value=shown(QUESTIONS[one.fact], one.words.contested, pack),
        own=shown(QUESTIONS[one.fact], own.value if own else None, pack),
        words=one.words.said,
        due=one.due_at.date(),
    )


def _outcome(a: Answering, person: Person, one: Dispute, words: Words, *, rejected: bool) -> T:
    pack: Pack = a.context.packs[person.country]
    values: dict[str, Value] = {
        "number": one.id,
        "name": t(f"short.{one.fact}"),
        "reason": t(f"dispute.reason.{words.reason}"),
        "value": shown(QUESTIONS[one.fact], words.corrected, pack),
        "body": pack.dispute.complain_to.name,
        "contact": pack.dispute.complain_to.contact,
    }
    if rejected:
        return T("dispute.rejected", values)
    return T("dispute.corrected" if words.corrected is not None else "dispute.removed", values)


async def _settle(
    connection: AsyncConnection,
    person: Person,
    one: Dispute,
    state: str,
    words: Words,
    by: str,
    now: dt.datetime,
) -> list[Parcel]:
    if not await disputes.decide(connection, person, one, state, words, by, now):
        raise Stale("dispute")
    if state == UPHELD:
        await facts.put(connection, person, {one.fact: words.corrected}, one.source, now)
        if await watches.live(connection, person):  # whoever is watched is watched by what is right
            await ingest.have_scored(connection, person, now)
    return []


def _line(one: Waiting, now: dt.datetime) -> T:
    values: dict[str, Value] = {
        "number": one.id,
        "handle": one.handle,
        "name": t(f"short.{one.fact}"),
        "source": t(f"source.{one.source}"),
        "due": one.due_at.date(),
    }
    return T("disputes.overdue_line" if one.due_at < now else "disputes.line", values)
