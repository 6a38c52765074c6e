"""Talking: while somebody of support is in a ticket, all they write and send goes to its borrower, until they leave."""

from collections.abc import Mapping
from typing import Any

from bot.dialogs.coaxing import asks_for_secret
from bot.dialogs.event import Contact, File, Media, Text
from bot.dialogs.reply import Say
from bot.dialogs.step import Dialog
from bot.dialogs.ticket import talk
from bot.i18n import t
from bot.letters import looks_signed
from bot.services import deskwork
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import builds
from bot.services.deskwork import TALK, Work
from bot.services.passing import Words, words_of
from bot.views import tickets as views
from storage import dialogs
from storage.dialogs import Place


@builds(TALK)
def _talk(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return talk(of["ticket"])


async def hear(a: Answering, event: Text | Media | File | Contact, place: Place) -> None:
    """Pass on what somebody of support writes, unless the ticket is not theirs any more."""
    number = int(place.content["of"]["ticket"])
    try:
        job = await deskwork.work(a, str(number))
    except Denied:  # its borrower is gone
        job = None
    if job is None or job.ticket.closed_at is not None or job.ticket.assignee != a.person.handle:
        a.write(dialogs.end, a.person, TALK)
        a.say(_over(number, job))
    elif isinstance(event, Contact):
        a.say(Say(t("ticket.no_contact")))
    else:
        pass_on(a, job, words_of(a.person.chat_id, event))


def pass_on(a: Answering, job: Work, words: Words) -> None:
    """Send words or a file to the borrower; words that ask for a secret, or pass for a signed letter, go nowhere."""
    if asks_for_secret(words.text):
        a.audit("ticket.coaxed", f"ticket:{job.number}")
        a.say(Say(t("ticket.coaxing")))
        return
    if looks_signed(words.text):
        a.audit("ticket.forged", f"ticket:{job.number}")
        a.say(Say(t("ticket.forged")))
        return
    a.audit("ticket.answered", f"ticket:{job.number}", "file" if words.file else "-")
    a.send(deskwork.send, a, job, words)
    if not job.borrower.reachable:
        a.say(views.note(t("ticket.unreachable", number=job.number), job.number))
    elif not job.in_thread:
        a.say(views.note(t("ticket.sent", number=job.number), job.number, "leave", "close"))


def _over(number: int, job: Work | None) -> Say:
    if job is None:
        return Say(t("ticket.gone", number=number))
    if job.ticket.closed_at is not None:
        return views.note(t("ticket.talk.closed", number=number), number)
    return views.choose_owner(number, job.ticket.assignee or "–")
