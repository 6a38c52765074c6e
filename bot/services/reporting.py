"""Reports: people send us what looks like a scam, support says what it is, and the next one is warned.

What people report together is told to support at once. What support confirmed is known again by its words; by its
numbers and links only where support says that these are the swindler's own, since a scam may quote a true one.
"""

import asyncio
import datetime as dt

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.guard import secret_in
from bot.dialogs.reply import Say
from bot.i18n import t
from bot.letters import without_codes
from bot.services import limits
from bot.services.authority import ABSENT, Role, Whose, authorize
from bot.services.context import Answering
from bot.services.telling import tell
from bot.views import reports as views
from engine import scam
from engine.scam import TYPES
from engine.scam.marks import marks, same
from storage import accesses, clusters, lenders, people, reports, staff
from storage.accesses import Access
from storage.clusters import Cluster
from storage.outbox import Parcel
from storage.reports import Mark, Report

TOGETHER = dt.timedelta(days=14)
SHOWN = 12
LOOKS = (Role.SUPPORT, Role.OPERATOR)


async def send(a: Answering) -> None:
    """Keep the message that a verdict was about, and let support look at it."""
    words = a.about.removeprefix("/scam").strip()
    if not words or secret_in(without_codes(words)):  # a secret is not to be kept anywhere
        a.say(Say(t("report.gone")))
        return
    limits.spend(a, limits.REPORTS)
    finding = await asyncio.to_thread(scam.check, words)
    a.send(_keep, a, words, finding, await _marks(a, words))
    a.audit("report.send", finding.kind or "-")


async def known(a: Answering, words: str) -> Cluster | None:
    """Give what support has confirmed of a message like this one.

    A swindler copies a bank's words and puts another link beneath them: the bank's own message is not like it.
    """
    found = await _marks(a, words)
    led = any(kind != "text" for kind, _ in marks(words))
    if led and all(one.kind == "text" for one in found):  # all it leads to is known to be true
        return None
    return await clusters.known(a.read, found) if found else None


async def overview(a: Answering) -> None:
    """List what waits to those who decide."""
    found = [
        one for one in await reports.queue(a.read, a.context.vault, SHOWN) if one.person_id != a.person.id
    ]
    lines = [(one.id, views.line(one.id, one.verdict, one.scam, one.at)) for one in found]
    a.say(views.queue(lines, await reports.waiting(a.read)))


async def act(a: Answering, argument: str) -> None:
    """Show a report, ask for its type, or decide on it: NUMBER, or NUMBER.yes|marks|as with a type, .no, .which."""
    number, verb, kind = [*argument.split("."), "", ""][:3]
    one, role = await _found(a, number)
    if one is None:
        a.say(Say(t("reports.gone")))
    elif not verb or (verb == views.AS and kind in TYPES):
        await _note(a, one, role)
        a.say(views.one(one.id, one.verdict, kind or one.scam, one.at, one.words, one.others))
    elif verb == views.WHICH:
        a.say(views.which(one.id))
    elif verb == views.NO or (verb in {views.YES, views.MARKS} and kind in TYPES):
        a.send(_decide, a, one, "" if verb == views.NO else kind, verb == views.MARKS)
    else:
        a.say(Say(t("dialog.unknown_button")))


async def _note(a: Answering, one: Report, role: str) -> None:
    """Write down who looked, for the trail and for whoever sent it."""
    a.audit("report.read", f"report:{one.id}")
    person = await people.by_id(a.read, a.context.vault, one.person_id)
    if person is not None:
        a.write(accesses.note, person, Access(a.person.handle, role, "report", "security", a.now))


async def _found(a: Answering, argument: str) -> tuple[Report | None, str]:
    """Give a report that waits, and the role in which somebody may decide on it."""
    number = int(argument) if argument.isdecimal() and len(argument) <= 15 else 0
    one = await reports.find(a.read, a.context.vault, number)
    own = one is not None and one.person_id == a.person.id  # nobody decides on what they sent themselves
    whose = ABSENT if one is None or own else Whose(one.person_id)
    grant = await authorize(a, "reports", whose, f"report:{number}")
    return (one if one is not None and one.state == reports.NEW else None), grant.role


async def _keep(
    write: AsyncConnection, a: Answering, words: str, finding: scam.Finding, found: list[Mark]
) -> list[Parcel]:
    number = await reports.put(write, a.person, finding.verdict, finding.kind, words, found, a.now)
    days = a.context.settings.config.support.report_days
    thanks = Say(t("report.again")) if number is None else Say(t("report.sent", days=days))
    parcels = await tell(a.context, write, a.person, [thanks], a.now)
    return parcels if number is None else parcels + await _raise(write, a, found, finding.kind)


async def _raise(write: AsyncConnection, a: Answering, found: list[Mark], kind: str) -> list[Parcel]:
    """Tell support of the mark that most people share, if they are many enough."""
    counted = await reports.reporters(write, found, a.now - TOGETHER)
    least = a.context.settings.config.support.cluster_people
    told: list[Parcel] = []
    for mark in sorted(found, key=lambda one: -counted.get(one.digest, 0)):
        grown = await clusters.grow(write, mark, kind, counted.get(mark.digest, 0), least, a.now)
        if grown and not told:  # the others are the same people's
            said = views.cluster(mark.kind, kind, counted[mark.digest], TOGETHER.days)
            for person in await staff.serving(write, a.context.vault, LOOKS):
                told += await tell(a.context, write, person, [said], a.now)
    return told


async def _decide(write: AsyncConnection, a: Answering, one: Report, kind: str, theirs: bool) -> list[Parcel]:  # noqa: FBT001 - called through Answering.send
    found = await reports.marks_of(write, one.id)
    state = reports.CONFIRMED if kind else reports.DISMISSED
    done = await reports.decide(write, found, one.id, state, kind or one.scam, a.person.handle)
    if not done:  # a colleague was quicker
        return await tell(a.context, write, a.person, [Say(t("reports.gone"))], a.now)
    a.audit("report.decided", f"report:{one.id}", kind or "dismissed")
    if not kind:
        await clusters.doubt(write, found)
    else:
        sure = [mark for mark in found if theirs or mark.kind == "text"]
        await clusters.confirm(write, sure, kind, a.person.handle, a.now)
    said = Say(t("reports.done", n=len(done), number=one.id))
    parcels = await tell(a.context, write, a.person, [said], a.now)
    for _, person_id in done:
        person = await people.by_id(write, a.context.vault, person_id)
        if person is not None:
            parcels += await tell(a.context, write, person, [views.decided(kind, one.at)], a.now)
    return parcels


async def _marks(a: Answering, words: str) -> list[Mark]:
    """Give what a message can be known by, without what is known to be true: a scam may quote it."""
    found = dict.fromkeys(marks(words))
    true = await _official(a) if any(kind != "text" for kind, _ in found) else set()
    return [reports.mark(a.context.vault, *one) for one in found if not any(same(one, each) for each in true)]


async def _official(a: Answering) -> set[tuple[str, str]]:
    """Give the marks of official channels, and of the lenders in the register: nobody is to be warned of these."""
    packs = [one.contact for pack in a.context.packs.values() for one in pack.scam_channels]
    known_lenders = [one.value for lender in await lenders.listed(a.read) for one in lender.channels]
    return {one for channel in (*packs, *known_lenders) for one in marks(channel)}
