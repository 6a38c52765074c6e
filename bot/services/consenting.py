"""Consent: which purposes a person is asked about, what they decided, what follows when they change their mind."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.dialogs.consent import NO, VERSION, YES, Terms, text_hash
from bot.dialogs.reply import Button, Document, Inline, Letter, Reply, Say
from bot.dialogs.step import Answers
from bot.i18n import Joined, T, Value, t
from bot.services import settling
from bot.services.authority import Denied
from bot.services.context import Answering, Context
from bot.services.conversation import drop_questions, start
from bot.views import receipts
from bot.views.menus import action, buttons
from bot.views.receipts import Item, Receipt
from engine import FACTORS, QUESTIONS, Pack
from storage import consents, dialogs, facts, lenders, loans, queries, uploads
from storage.consents import SHARE, WATCH, Decision
from storage.lenders import Lender
from storage.people import Person

USED = ("score", "consumption", "social")
"""Purposes under which answers are used for a score."""

BESIDE = {"consumption": ("essential_share",)}
"""Facts that rest on a purpose and are no answers; see `uploads`."""

BY_NAME = (SHARE, WATCH)
"""Purposes that are asked for each lender by name, when there is one to ask about."""

MONITORING = "monitoring"
"""The purpose under which lenders may ask to watch at all."""

PAST_SHOWN = 25
FILES_OFFERED = 5


def purposes(pack: Pack) -> tuple[str, ...]:
    """List the purposes a country's people are asked about at the start.

    Social only where some factor of it is permitted; what concerns one lender by name is asked when there is one
    that wants it (see `sharing`, `agreeing`).
    """
    used = {factor.purpose for name, factor in FACTORS.items() if pack.permits(name)}
    asked = (c.key for c in pack.consents if c.key not in BY_NAME)
    return tuple(key for key in asked if key != "social" or "social" in used)


async def live(a: Answering) -> dict[str, Decision]:
    """Give the decisions that permit something now."""
    return {purpose: d for purpose, d in (await a.decisions()).items() if d.live(a.now, VERSION)}


async def undecided(a: Answering) -> tuple[str, ...]:
    """List the purposes this person has not decided on under the text in force."""
    made = await a.decisions()
    return tuple(p for p in purposes(a.pack) if p not in made or made[p].version != VERSION)


async def decide(a: Answering, answers: Answers, method: str, lender: Lender | None = None) -> list[Decision]:
    """Record decisions under one new receipt, and show and send that receipt.

    An answer is "yes" or "no", with the language its text was shown in behind an @ where that was stored. `lender` is
    the one they are about, when the purpose is to share a score.
    """
    receipt = str(uuid.uuid4())
    before = await consents.history(a.read, a.person)
    made = []
    for purpose, answer in answers.items():
        word, _, language = str(answer).partition("@")
        made.append(
            decision(
                a.context, a.person, purpose, given=word == YES, language=language, method=method, at=a.now,
                receipt=receipt, lender=lender,
            )
        )  # fmt: skip
    if lender is None:
        await a.decide(made)
    else:
        a.write(consents.record, a.person, made)
    _hand_out(a, made, before, {lender.id: lender.name} if lender else {})
    return made


def _hand_out(
    a: Answering, made: Sequence[Decision], before: Sequence[Decision], names: Mapping[int, str]
) -> None:
    """Enter decisions in the trail, give their receipt, and see to the watches that hang on them."""
    for one in made:
        ended = consents.ended_by([*before, one], one)
        word = "consent.give" if one.given else "consent.withdraw" if ended else "consent.refuse"
        a.audit(word, one.receipt, one.purpose)
    a.say(*receipt_of(a.context, a.person, made, before, names))
    if any(one.purpose == WATCH for one in made):
        a.send(settling.settle, a.context, a.person)


def decision(
    context: Context, person: Person, purpose: str, *, given: bool, method: str, at: dt.datetime,
    receipt: str = "", language: str = "", lender: Lender | None = None,
) -> Decision:  # fmt: skip
    """Build a decision of a person on a purpose, under the text in force."""
    operator = context.settings.config.operator
    shown_in = language or person.language
    asked = context.packs[person.country].consent(purpose)
    terms = Terms.of(purpose, operator.name, operator.contact, asked, lender.name if lender else "")
    days = asked.expiry_days if asked and given else 0
    return Decision(
        receipt=receipt or str(uuid.uuid4()),
        purpose=purpose,
        given=given,
        version=VERSION,
        language=shown_in,
        country=person.country,
        text_hash=text_hash(i18n.locale(shown_in), terms),
        method=method,
        at=at,
        expires_at=at + dt.timedelta(days=days) if days else None,
        lender_id=lender.id if lender else None,
    )


def receipt_of(
    context: Context,
    person: Person,
    made: Sequence[Decision],
    before: Sequence[Decision],
    names: Mapping[int, str],
) -> tuple[Reply, ...]:
    """Give a receipt to read and the same as a file: what was decided, when, under which text, and what it ended.

    `before` are the decisions that came first, oldest first; `names` those of the lenders these are about.
    """
    ends = {one.subject: consents.ended_by([*before, one], one) for one in made}
    lines: list[Value] = []
    for one in made:
        lines.append(_line(one, names))
        if one.expires_at is not None:
            lines.append(t("consent.until", at=one.expires_at))
        if ended := ends[one.subject]:
            lines.append(t("consent.ends", receipt=ended.receipt))
    operator = context.settings.config.operator
    text = t(
        "consent.receipt",
        receipt=made[0].receipt,
        at=made[0].at,
        version=made[0].version,
        operator=operator.name,
        hash=sha256("".join(one.text_hash for one in made).encode()).hexdigest()[:12],
        lines=Joined(tuple(lines)),
    )
    items = tuple(
        Item(
            purpose=one.purpose,
            given=one.given,
            version=one.version,
            language=one.language,
            text_hash=one.text_hash,
            expires_at=one.expires_at,
            lender=names.get(one.lender_id or 0, ""),
            ends=ended.receipt if (ended := ends[one.subject]) else "",
        )
        for one in made
    )
    held = Receipt(made[0].receipt, person.handle, made[0].country, made[0].method, made[0].at, items)
    content = receipts.file(held, operator, context.packs[made[0].country])
    return Say(text, letter=Letter("receipt")), Document(
        f"candor-receipt-{held.id[:8]}.json", content, t("consent.file")
    )


async def overview(a: Answering, note: T | None = None) -> None:
    """List every purpose and every lender with its state, a button that turns it, and the receipts as files."""
    if a.scene.pack is None:
        a.say(Say(t("start.first")))
        return
    alive = await live(a)
    made = await a.decisions()
    lines: list[Value] = []
    rows: list[tuple[Button, ...]] = []
    for purpose in purposes(a.pack):
        on = purpose in alive
        state = t("consent.line.given" if on else "consent.line.refused", purpose=t(f"purpose.{purpose}"))
        lines.append(t("consent.since", line=state, at=made[purpose].at) if purpose in made else state)
        label = t("consent.turn_off" if on else "consent.turn_on", purpose=t(f"purpose.{purpose}"))
        rows.append((Button(label, action("consent", f"{purpose}.{NO if on else YES}")),))
    named = await _by_name(a)
    names = await lender_names(a.read, named)
    for one in named:
        if one.live(a.now, VERSION):
            lines.append(t("consent.since", line=_line(one, names), at=one.at))
            off = t("consent.turn_off", purpose=_named(one, names))
            rows.append((Button(off, action(one.purpose, f"{one.lender_id}.{NO}")),))
        else:  # a loan runs, and it may be watched again
            again = t("consent.turn_on", purpose=_named(one, names))
            rows.append((Button(again, action(one.purpose, f"{one.lender_id}.{YES}")),))
    current = sorted([*made.values(), *named], key=lambda one: one.at, reverse=True)
    dated = {one.receipt: one.at for one in current}
    for receipt, at in list(dated.items())[:FILES_OFFERED]:
        rows.append((Button(t("consent.as_file", at=at), action("receipt", receipt)),))
    rows += buttons("share", "decisions").rows
    text = t("consent.overview", lines=Joined(tuple(lines)))
    a.say(Say(text if note is None else t("dialog.with_note", note=note, question=text), Inline(tuple(rows))))


async def _by_name(a: Answering) -> list[Decision]:
    """List the decisions for lenders that are live, and those that ended but may be made anew for a running loan."""
    made = {one.subject: one for one in await consents.history(a.read, a.person) if one.lender_id is not None}
    lent = {loan.lender_id for loan in await loans.of_person(a.read, a.person)}
    watchable = MONITORING in await live(a)
    return [
        one
        for purpose in BY_NAME
        for one in made.values()
        if one.purpose == purpose
        and (one.live(a.now, VERSION) or (purpose == WATCH and watchable and one.lender_id in lent))
    ]


async def turn(a: Answering, argument: str) -> None:
    """Withdraw a consent at once, or put its text before it is given, from the buttons of /consents.

    Raises Denied for a purpose that this country does not know.
    """
    purpose, _, answer = argument.partition(".")
    if a.scene.pack is None or purpose not in purposes(a.pack) or answer not in {YES, NO}:
        raise Denied("consent", known=True)
    if answer == YES:
        start(a, "consent", {"purposes": [purpose], "alone": True})
        return
    await decide(a, {purpose: NO}, "button")
    await withdraw(a, purpose)
    await overview(a)


async def past(a: Answering) -> None:
    """List every decision ever made, the newest first."""
    made = await consents.history(a.read, a.person)
    if not made:
        a.say(Say(t("consent.none_yet")))
        return
    names = await lender_names(a.read, made)
    lines = tuple(
        t("consent.past_line", line=_line(one, names), at=one.at, receipt=one.receipt[:8])
        for one in made[: -PAST_SHOWN - 1 : -1]
    )
    a.say(Say(t("consent.past", n=len(made), lines=Joined(lines)), buttons("consents", "export")))


async def send_file(a: Answering, receipt: str) -> None:
    """Send one of the person's own receipts once more. Raises Denied for any other."""
    history = await consents.history(a.read, a.person)
    first = next((at for at, one in enumerate(history) if one.receipt == receipt), None)
    if first is None:
        raise Denied("receipt", known=True)
    made = [one for one in history if one.receipt == receipt]
    names = await lender_names(a.read, made)
    _, document = receipt_of(a.context, a.person, made, history[:first], names)
    a.say(document)


async def withdraw(a: Answering, purpose: str) -> None:
    """End the use of what rested on a consent: its answers are erased, a running query goes on without them.

    Without monitoring, every watch ends.
    """
    if purpose == MONITORING:
        await _end_watches(a)
    if purpose not in USED:
        return
    names = tuple(name for name, question in QUESTIONS.items() if question.purpose == purpose)
    beneath = await dialogs.active(a.read, a.person, without="consent")
    if beneath is not None and beneath.dialog in {"whatif", "query", "upload"}:
        a.settled = True  # what this very answer ends, or asks anew, is nothing to go back to
    a.write(dialogs.end, a.person, "whatif")
    if purpose != "score":
        a.write(facts.forget, a.person, (*names, *BESIDE.get(purpose, ())))
        if purpose == "consumption":
            a.write(uploads.drop_rows, a.person)
        await drop_questions(a, names)
        return
    a.write(dialogs.end, a.person, "query")
    a.write(dialogs.end, a.person, "upload")
    a.write(uploads.forget, a.person)
    a.write(queries.stop, a.person, a.now)
    if await dialogs.active(a.read, a.person, among=("query",)) is not None:
        a.say(Say(t("consent.query_ended")))


async def _end_watches(a: Answering) -> None:
    """End the consent to each lender's watch, with a receipt that has a line for each."""
    before, receipt = await consents.history(a.read, a.person), str(uuid.uuid4())
    newest = {one.subject: one for one in before if one.purpose == WATCH}
    on = [one for one in newest.values() if one.live(a.now, VERSION)]
    made = []
    for one in on:
        lender = await lenders.find(a.read, one.lender_id or 0)
        made.append(
            decision(a.context, a.person, WATCH, given=False, method="button", at=a.now, receipt=receipt,
                     language=one.language, lender=lender)
        )  # fmt: skip
    if made:
        a.say(Say(t("watch.all_end")))
        a.write(consents.record, a.person, made)
        _hand_out(a, made, before, await lender_names(a.read, made))


async def lender_names(connection: AsyncConnection, made: Sequence[Decision]) -> dict[int, str]:
    """Give the names of the lenders that some decisions are about."""
    found = [
        await lenders.find(connection, one) for one in {d.lender_id for d in made if d.lender_id is not None}
    ]
    return {lender.id: lender.name for lender in found if lender is not None}


def _named(one: Decision, names: Mapping[int, str]) -> T:
    if one.lender_id is None:
        return t(f"purpose.{one.purpose}")
    key = "consent.watched_by" if one.purpose == WATCH else "consent.shared_with"
    return t(key, lender=names.get(one.lender_id, ""))


def _line(one: Decision, names: Mapping[int, str]) -> T:
    ended = {consents.USED_UP: "used", consents.CLOSED: "closed"}
    state = "given" if one.given else ended.get(one.method, "refused")
    return t(f"consent.line.{state}", purpose=_named(one, names))
