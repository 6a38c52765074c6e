"""Feedback: a thumb under every score and answer, words if somebody likes, and both back to those who run this."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.dialogs.opinion import OPINION
from bot.dialogs.reply import Document, Letter, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Joined, T, t
from bot.quoting import anonymous
from bot.services import asking
from bot.services.authority import Role
from bot.services.context import Answering, Context
from bot.services.conversation import ask_again, builds, finishes, start
from bot.services.telling import tell
from bot.sheets import csv_of
from bot.topics import Book
from bot.views.menus import BAD, GOOD, buttons
from storage import dialogs, feedback, marks, questions, staff
from storage.feedback import Opinion
from storage.outbox import Parcel

SCORE = "score"
WORST = 5
DIGEST = "feedback.digest"
LATELY = dt.timedelta(days=1)
"""A thumb is about the newest question that its topic answered, unless that is longer ago."""
ASKED = 10


async def rate(a: Answering, argument: str) -> None:
    """Take a thumb, in the place of an earlier one; a thumb down may be explained."""
    subject, _, verdict = argument.rpartition(".")
    book = await a.context.finder.book(a.now)
    if subject not in {SCORE, *book.topics} or verdict not in {GOOD, BAD}:
        a.say(Say(t("dialog.unknown_button")))
        return
    a.write(feedback.put, a.person, Opinion(subject, verdict == GOOD, None, a.now))
    for one in await questions.recent(a.read, a.person, ASKED):
        if one.topic == subject and a.now - one.at <= LATELY:
            a.write(questions.vote, one.id, a.now, good=verdict == GOOD)
            break
    if verdict == BAD:
        start(a, "opinion", {"subject": subject})
        return
    a.say(Say(t("feedback.thanks")))
    place = await dialogs.active(a.read, a.person)
    if place is not None:
        await ask_again(a, place)


@builds("opinion")
def _opinion(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return OPINION


@finishes("opinion")
async def said(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store why something did not help."""
    if answers["words"] is not None:
        a.write(
            feedback.put, a.person, Opinion(of["subject"], good=False, words=str(answers["words"]), at=a.now)
        )
    if of["subject"] != SCORE and await asking.failed(a, but=of["subject"]):
        a.say(Say(t("faq.twice"), buttons("ask", "faq")))
    else:
        a.say(Say(t("feedback.thanks")))


async def export(a: Answering) -> None:
    """Give an operator all opinions as a table, without a name to any of them and with no day but the month."""
    found = await feedback.all_of(a.read, a.context.vault)
    rows = [(o.subject, o.good, anonymous(o.words or ""), f"{o.at:%Y-%m}") for o in found]
    content = csv_of(("subject", "good", "words", "month"), rows)
    a.audit("feedback.export", "feedback")
    a.say(Document(f"feedback-{a.now:%Y-%m-%d}.csv", content, t("feedback.file", n=len(rows))))


async def digest(context: Context) -> list[Parcel]:
    """Tell operators, once, how the month before this one was liked; gives the messages."""
    now = context.clock()
    until = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    since = (until - dt.timedelta(days=1)).replace(day=1)
    parcels: list[Parcel] = []
    async with context.database.write() as write:
        told = await marks.find(write, DIGEST)
        if told is not None and told.value == f"{since:%Y-%m}":
            return []
        await marks.put(write, DIGEST, f"{since:%Y-%m}", now)
        found = [o for o in await feedback.all_of(write, context.vault, since) if o.at < until]
        text = _told(await context.finder.book(now), found, since) if found else None
        if text:
            for person in await staff.serving(write, context.vault, {Role.OPERATOR}):
                parcels += await tell(context, write, person, [Say(text, letter=Letter("notice"))], now)
    return parcels


def _told(book: Book, found: list[Opinion], since: dt.datetime) -> T:
    bad = Counter(o.subject for o in found if not o.good)
    lines = tuple(
        t("feedback.line", subject=_subject(book, subject), bad=count)
        for subject, count in bad.most_common(WORST)
    )
    return t(
        "feedback.digest",
        month=f"{since:%Y-%m}",
        good=sum(o.good for o in found),
        bad=sum(bad.values()),
        lines=Joined(lines) if lines else t("feedback.no_bad"),
    )


def _subject(book: Book, subject: str) -> T:
    if subject == SCORE:
        return t("feedback.score")
    return t("faq.topic", question=asking.subject_of(book, subject))
