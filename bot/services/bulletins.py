"""Bulletins: support writes a fraud warning, sees it as its readers will, and a second person lets it go.

What goes out goes to those who asked for it, a batch at a time; a batch and how far it came are one transaction.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.bulletin import DROP, bulletin, sendback
from bot.dialogs.reply import Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Span, t
from bot.services import foureyes
from bot.services.authority import ABSENT, Role, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.services.telling import quiet_until, tell
from bot.views import bulletins as views
from bot.views.bulletins import Line
from storage import audit, bulletins, outbox, people, staff, subscriptions
from storage.bulletins import ASKED, DONE, DRAFT, REFUSED, SENDING, STATES, STOPPED, Bulletin, Words
from storage.dialogs import Stale
from storage.outbox import CAMPAIGN, Of, Parcel
from storage.people import Person

SHOWN = 8
BATCH = 50
"""Few enough that whoever writes to the bot meanwhile does not wait for it."""
LASTS = dt.timedelta(days=1)
"""So long one that went out can still be stopped."""
WARNS = (Role.SUPPORT, Role.OPERATOR)
OWN = frozenset({"ask", "drop", "change"})
"""What only the author does; `yes` and `no` are for anybody but the author."""
OTHERS = frozenset({"yes", "no"})
OPEN = {DRAFT: ("ask", "change", "drop"), ASKED: ("drop",), REFUSED: ("change", "drop"), SENDING: ("stop",)}
"""What can be done with one by its author, by its state."""
CHECKED = {ASKED: ("yes", "no"), SENDING: ("stop",)}
"""And by the others."""


async def compose(a: Answering) -> None:
    """Begin to write a warning."""
    start(a, "bulletin", {"languages": list(a.context.settings.config.bot.languages)})


@builds("bulletin")
def _bulletin(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return bulletin(of["languages"])


@builds("sendback")
def _sendback(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return sendback()


@finishes("bulletin")
async def composed(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Keep the draft, and show it as its readers will see it."""
    if answers["done"] == DROP:
        a.say(Say(t("bulletins.dropped")))
        return
    texts = {
        one: Words(str(answers[f"text.{one}"]), str(answers[f"example.{one}"])) for one in of["languages"]
    }
    a.send(_drafted, a, str(answers["scam"]), texts)
    a.audit("bulletin.draft", "-", str(answers["scam"]))


async def overview(a: Answering) -> None:
    """List the newest warnings: what waits, what is on its way, what went out."""
    found = await bulletins.listed(a.read, STATES, SHOWN)
    shown = [one for one in found if one.state != DRAFT or one.made_by == a.person.handle]
    readers = await subscriptions.count(a.read, subscriptions.BULLETIN)
    a.say(views.listed([_line(one) for one in shown], readers))


async def act(a: Answering, argument: str) -> None:
    """Look at a warning, or do something with it: `NUMBER`, `NUMBER.what`."""
    if argument == views.SAMPLE:
        a.say(Say(t("bulletins.sample")))
        return
    number, _, what = argument.partition(".")
    found = await _found(a, number)
    if found is None:
        a.say(Say(t("bulletins.gone")))
    elif not what:
        a.say(*await _looks(a, a.read, found))
    elif what in _acts(a, found):
        await DO[what](a, found)
    else:  # nobody agrees to their own, or sends what another still writes
        mine = found.made_by == a.person.handle
        foreign = what in (OTHERS if mine else OWN)
        await authorize(a, "bulletins", ABSENT if foreign else Whose(a.person.id), f"bulletin:{found.id}")
        a.say(Say(t("bulletins.gone")))


@finishes("sendback")
async def refused(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Say no to a warning, and tell its author why."""
    found = await _found(a, str(of["number"]))
    if found is None or "no" not in _acts(a, found):
        a.say(Say(t("bulletins.gone")))
        return
    why = str(answers["why"])
    _move(a, found, REFUSED, decided_by=a.person.handle, decided_at=a.now, reason=why)
    a.say(Say(t("bulletins.sent_back", number=found.id)))
    await _tell_author(a, found, why)


async def deliver(context: Context) -> None:
    """Put what was approved into the outbox, batch after batch."""
    async with context.database.read() as read:
        going = await bulletins.listed(read, [SENDING], SHOWN)
    for one in reversed(going):
        while await _batch(context, one.id):
            pass
    if going:
        context.bell.set()


async def _batch(context: Context, number: int) -> bool:
    """Reach some more readers; False when there is nobody left, or it was stopped."""
    now = context.clock()
    async with context.database.write() as write:
        one = await bulletins.held(write, number)
        if one is None or one.state != SENDING:
            return False
        readers = await subscriptions.after(write, subscriptions.BULLETIN, one.reached, BATCH)
        sent = one.sent
        for person in (await people.several(write, context.vault, readers)).values():
            sent += await _reach(write, context, one, person, now)
        over = len(readers) < BATCH
        ended = {"state": DONE, "done_at": now} if over else {}
        reached = readers[-1] if readers else one.reached
        await bulletins.move(write, number, SENDING, reached=reached, sent=sent, **ended)
        if over:
            await _report(write, context, replace(one, state=DONE, done_at=now, sent=sent), now)
    return not over


async def _reach(
    write: AsyncConnection, context: Context, one: Bulletin, person: Person, now: dt.datetime
) -> bool:
    if not person.sealer.usable:
        return False
    fallback = context.settings.config.bot.fallback_language
    words = one.texts.get(person.language) or one.texts.get(fallback) or next(iter(one.texts.values()))
    said, until = views.bulletin(one.scam, words.text, words.example), quiet_until(context, person, now)
    return bool(await tell(context, write, person, [said], now, CAMPAIGN, until, Of(campaign=_campaign(one))))


async def _report(write: AsyncConnection, context: Context, one: Bulletin, now: dt.datetime) -> None:
    """Tell the author how many their warning went to, while they work here."""
    serving = await staff.serving(write, context.vault, WARNS)
    author = next((each for each in serving if each.handle == one.made_by), None)
    if author is not None:
        await tell(context, write, author, [views.done(_line(one))], now)


async def _drafted(
    write: AsyncConnection, a: Answering, kind: str, texts: Mapping[str, Words]
) -> list[Parcel]:
    """Store a draft, and show it with its number on the buttons."""
    one = await bulletins.draft(write, kind, texts, a.person.handle, a.now)
    return await tell(a.context, write, a.person, await _looks(a, write, one), a.now)


async def _looks(a: Answering, connection: AsyncConnection, one: Bulletin) -> list[Say]:
    """Show a warning as its readers will see it, in every language, and what can be done with it."""
    shown = [
        views.bulletin(one.scam, words.text, words.example, language) for language, words in one.texts.items()
    ]
    readers = await subscriptions.count(connection, subscriptions.BULLETIN)
    below = views.looked_at(_line(one), _acts(a, one), readers, one.reason or "")
    return [views.above(_line(one)), *shown, below]


async def _ask(a: Answering, one: Bulletin) -> None:
    _move(a, one, ASKED)
    others = [each for each in await staff.serving(a.read, a.context.vault, WARNS) if each.id != a.person.id]
    a.say(Say(t("bulletins.waits" if others else "bulletins.nobody", number=one.id)))
    for other in others:
        a.tell(other, views.asked(_line(one)))


async def _change(a: Answering, one: Bulletin) -> None:
    """Write it anew, from what it says now: what was sent back stays as it was read."""
    answers: dict[str, Answer] = {"scam": one.scam}
    for language, words in one.texts.items():
        answers |= {f"text.{language}": words.text, f"example.{language}": words.example}
    start(a, "bulletin", {"languages": list(a.context.settings.config.bot.languages)}, answers)


async def _drop(a: Answering, one: Bulletin) -> None:
    a.write(bulletins.drop, one.id)
    a.audit("bulletin.dropped", f"bulletin:{one.id}")
    a.say(Say(t("bulletins.dropped")))


async def _approve(a: Answering, one: Bulletin) -> None:
    if await _too_new(a, one.made_by):
        a.audit("bulletin.approve", f"bulletin:{one.id}", "newcomer", audit.DENIED)
        a.say(Say(t("bulletins.too_new", span=Span(foureyes.NEWCOMER.days, "day"))))
        return
    _move(a, one, SENDING, decided_by=a.person.handle, decided_at=a.now)
    a.say(Say(t("bulletins.goes", number=one.id)))
    await _tell_author(a, one)


async def _refuse(a: Answering, one: Bulletin) -> None:
    start(a, "sendback", {"number": one.id})


async def _stop(a: Answering, one: Bulletin) -> None:
    _move(a, one, STOPPED, done_at=a.now)
    a.write(_recalled, one)
    a.say(Say(t("bulletins.stopped", number=one.id)))


DO: Mapping[str, Callable[[Answering, Bulletin], Awaitable[None]]] = {
    "ask": _ask,
    "change": _change,
    "drop": _drop,
    "yes": _approve,
    "no": _refuse,
    "stop": _stop,
}


async def _found(a: Answering, number: str) -> Bulletin | None:
    """Give a bulletin that somebody may see: a draft is its author's alone."""
    known = int(number) if number.isdecimal() and len(number) <= 15 else 0
    one = await bulletins.find(a.read, known)
    hidden = one is not None and one.state == DRAFT and one.made_by != a.person.handle
    return None if hidden else one


def _acts(a: Answering, one: Bulletin) -> tuple[str, ...]:
    """Name what this person can do with it now; what went out may still wait for the end of quiet hours."""
    if one.state == DONE and one.done_at is not None and a.now - one.done_at < LASTS:
        return ("stop",)
    return (OPEN if one.made_by == a.person.handle else CHECKED).get(one.state, ())


def _move(a: Answering, one: Bulletin, after: str, **values: Any) -> None:
    a.write(_changed, one, after, values)
    a.audit(f"bulletin.{after}", f"bulletin:{one.id}", f"by {one.made_by}")


async def _changed(connection: AsyncConnection, one: Bulletin, after: str, values: Mapping[str, Any]) -> None:
    if not await bulletins.move(connection, one.id, one.state, state=after, **values):
        raise Stale("bulletin")  # somebody else was faster: look again


async def _recalled(connection: AsyncConnection, one: Bulletin) -> None:
    """Take back what still waits of a warning; it went to fewer, then."""
    gone = await outbox.recall(connection, _campaign(one))
    now = await bulletins.find(connection, one.id)
    if gone and now is not None:
        await bulletins.move(connection, one.id, STOPPED, sent=now.sent - gone)


def _campaign(one: Bulletin) -> str:
    return f"{subscriptions.BULLETIN}.{one.id}"


async def _tell_author(a: Answering, one: Bulletin, why: str = "") -> None:
    author = await people.by_handle(a.read, a.context.vault, one.made_by)
    if author is not None:
        a.tell(author, views.answered(_line(one), a.person.handle, why))


async def _too_new(a: Answering, author: str) -> bool:
    """Say whether one of the two has only just come, where others have been here for longer."""
    serving = [one for one in await staff.members(a.read) if one.grant.role in WARNS]
    settled = {one.handle for one in serving if one.given_at <= a.now - foureyes.NEWCOMER}
    both = {a.person.handle, author} & {one.handle for one in serving}  # an author may have left since
    return bool(settled) and not both <= settled


def _line(one: Bulletin) -> Line:
    at = one.done_at or one.decided_at or one.made_at
    return Line(one.id, one.scam, one.state, one.made_by, at, one.sent)
