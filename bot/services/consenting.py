"""Consent: which purposes a person is asked about, what they decided, what follows when they change their mind."""

import datetime as dt
import uuid
from hashlib import sha256

from bot import i18n
from bot.dialogs.consent import NO, VERSION, YES, text_hash
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answers
from bot.i18n import Joined, T, Value, t
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import drop_questions, start
from bot.views.menus import action
from engine import FACTORS, QUESTIONS, Pack
from storage import dialogs, facts, queries
from storage.consents import Decision

USED = ("score", "consumption", "social")
"""Purposes under which answers are used for a score."""


def purposes(pack: Pack) -> tuple[str, ...]:
    """List the purposes a country's people are asked about: social only where some factor of it is permitted."""
    used = {factor.purpose for name, factor in FACTORS.items() if pack.permits(name)}
    return tuple(c.key for c in pack.consents if c.key != "social" or "social" in used)


async def live(a: Answering) -> dict[str, Decision]:
    """Give the decisions that permit something now."""
    return {purpose: d for purpose, d in (await a.decisions()).items() if d.live(a.now, VERSION)}


async def undecided(a: Answering) -> tuple[str, ...]:
    """List the purposes this person has not decided on under the text in force."""
    made = await a.decisions()
    return tuple(p for p in purposes(a.pack) if p not in made or made[p].version != VERSION)


async def decide(a: Answering, answers: Answers, method: str) -> str:
    """Record decisions under one new receipt; gives the receipt's id.

    An answer is "yes" or "no", with the language its text was shown in behind an @ where that was stored.
    """
    receipt = str(uuid.uuid4())
    operator = a.context.settings.config.operator
    days = {str(consent.key): consent.expiry_days for consent in a.pack.consents}
    made = []
    for purpose, answer in answers.items():
        word, _, language = str(answer).partition("@")
        shown_in = language or a.person.language
        made.append(
            Decision(
                receipt=receipt,
                purpose=purpose,
                given=word == YES,
                version=VERSION,
                language=shown_in,
                country=a.person.country,
                text_hash=text_hash(i18n.locale(shown_in), purpose, operator.name, operator.contact),
                method=method,
                at=a.now,
                expires_at=_expiry(days[purpose], a.now),
            )
        )
    await a.decide(made)
    return receipt


async def give_receipt(a: Answering, receipt: str) -> None:
    """Show the receipt: what was decided, when, under which version, and how to change it."""
    made = [d for d in (await a.decisions()).values() if d.receipt == receipt]
    lines: tuple[Value, ...] = tuple(
        t("consent.line.given" if d.given else "consent.line.refused", purpose=t(f"purpose.{d.purpose}"))
        for d in made
    )
    operator = a.context.settings.config.operator
    a.say(
        Say(
            t(
                "consent.receipt",
                receipt=receipt,
                at=a.now,
                version=VERSION,
                operator=operator.name,
                hash=sha256("".join(d.text_hash for d in made).encode()).hexdigest()[:12],
                lines=Joined(lines),
            )
        )
    )


async def overview(a: Answering, note: T | None = None) -> None:
    """List every purpose with its state and a button that turns it."""
    if a.scene.pack is None:
        a.say(Say(t("start.first")))
        return
    alive = await live(a)
    made = await a.decisions()
    lines: list[Value] = []
    rows: list[tuple[Button, ...]] = []
    for purpose in purposes(a.pack):
        on = purpose in alive
        since = made[purpose].at if purpose in made else None
        state = t("consent.line.given" if on else "consent.line.refused", purpose=t(f"purpose.{purpose}"))
        lines.append(t("consent.since", line=state, at=since) if since else state)
        label = t("consent.turn_off" if on else "consent.turn_on", purpose=t(f"purpose.{purpose}"))
        rows.append((Button(label, action("consent", f"{purpose}.{NO if on else YES}")),))
    text = t("consent.overview", lines=Joined(tuple(lines)))
    a.say(Say(text if note is None else t("dialog.with_note", note=note, question=text), Inline(tuple(rows))))


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
    await give_receipt(a, await decide(a, {purpose: NO}, "button"))
    await withdraw(a, purpose)
    await overview(a)


async def withdraw(a: Answering, purpose: str) -> None:
    """End the use of what rested on a consent: its answers are erased, a running query goes on without them."""
    if purpose not in USED:
        return
    names = tuple(name for name, question in QUESTIONS.items() if question.purpose == purpose)
    a.write(dialogs.end, a.person, "whatif")
    if purpose != "score":
        a.write(facts.forget, a.person, names)
        await drop_questions(a, names)
        return
    a.write(dialogs.end, a.person, "query")
    a.write(queries.stop, a.person, a.now)
    if await dialogs.active(a.read, a.person, among=("query",)) is not None:
        a.say(Say(t("consent.query_ended")))


def _expiry(days: int, now: dt.datetime) -> dt.datetime | None:
    return now + dt.timedelta(days=days) if days else None
