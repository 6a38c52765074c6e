"""Asking, looked back on: whether answers failed of late, what nothing answered, and what is wrong with the topics."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Letter, Say
from bot.i18n import Joined, T, Written, t
from bot.quoting import anonymous, inert
from bot.retrieval import Index
from bot.services.authority import Role
from bot.services.context import Answering, Context
from bot.services.telling import tell
from bot.topics import Book
from storage import feedback, marks, questions, staff
from storage.outbox import Parcel
from storage.questions import Question

LATELY = dt.timedelta(minutes=30)
WEEK = dt.timedelta(days=7)
MOST, SHOWN, LONGEST = 2000, 10, 120
"""Of a week's questions: those that are grouped, the groups that are told, and the characters of each."""
DIGEST, TROUBLE = "questions.digest", "faq.trouble"


async def failed(a: Answering, but: str = "") -> bool:
    """Say whether the last thing asked failed, a short while ago: no answer, or one that did not help.

    `but` is the topic of an answer that is left out: the one this is said of.
    """
    asked = await questions.recent(a.read, a.person, 3)
    mine = next((one for one in asked if one.topic == but), None)
    things = [(one.at, _failed(one)) for one in asked if one is not mine]
    bad = [one for one in await feedback.every(a.read, a.person) if not one.good and one.subject != but]
    things += [(one.at, True) for one in bad]
    return max((thing for thing in things if a.now - thing[0] <= LATELY), default=(a.now, False))[1]


def _failed(asked: Question) -> bool:
    return asked.topic is None or asked.good is False


async def report_trouble(a: Answering) -> None:
    """Tell operators, once for each mistake, that edited topics were refused and what was good before stays."""
    trouble = a.context.finder.trouble
    if not trouble:
        return
    told = sha256("\n".join(trouble).encode()).hexdigest()[:16]
    known = await marks.find(a.read, TROUBLE)
    if known is None or known.value != told:
        a.send(_report, a.context, trouble, told, a.now)


async def _report(
    write: AsyncConnection, context: Context, trouble: Sequence[str], told: str, now: dt.datetime
) -> list[Parcel]:
    known = await marks.find(write, TROUBLE)
    if known is not None and known.value == told:
        return []
    await marks.put(write, TROUBLE, told, now)
    text = t("faq.refused", mistake=trouble[0], more=len(trouble) - 1)
    return await _to_operators(write, context, text, now)


async def digest(context: Context) -> list[Parcel]:
    """Tell operators what nothing answered since the digest before, or for a week; likeness brings it together."""
    now = context.clock()
    book = await context.finder.book(now)
    async with context.database.read() as read:
        last = await marks.find(read, DIGEST)
        since = max(last.at, now - 2 * WEEK) if last else now - WEEK
        found = await questions.unhelped(read, context.vault, since, now, MOST)
        index = await context.finder.index(read, context.vault, now) if found else None
    text = await asyncio.to_thread(_told, index, book, found) if index else None
    async with context.database.write() as write:
        await marks.put(write, DIGEST, "told", now)
        return await _to_operators(write, context, text, now) if text else []


def _told(index: Index, book: Book, found: Sequence[Question]) -> T:
    lines = []
    for group in index.together([anonymous(one.words) for one in found])[:SHOWN]:
        words = anonymous(found[group[0]].words)[:LONGEST]
        near = t("faq.topic", question=book.question(index.likest(words)))
        lines.append(t("faq.digest.line", count=len(group), words=inert(words), nearest=near))
    return t("faq.digest", n=len(found), lines=Joined(tuple(lines)))


async def _to_operators(write: AsyncConnection, context: Context, text: T, now: dt.datetime) -> list[Parcel]:
    parcels: list[Parcel] = []
    for person in await staff.serving(write, context.vault, {Role.OPERATOR}):
        parcels += await tell(context, write, person, [Say(text, letter=Letter("notice"))], now)
    return parcels


def subject_of(book: Book, subject: str) -> Written:
    """Name what an opinion is about: a topic as its button asks it, or what is a topic no more by its key."""
    if subject in book.topics:
        return book.question(subject)
    return Written(dict.fromkeys(book.entries, subject), literal=True)
