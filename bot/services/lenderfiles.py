"""Files of a lender in the chat of its officers: events or loans, taken whole or not at all.

A column that holds what every file needs, under a name nobody knows, is asked for once and remembered for the lender.
The file itself is never kept: it is sent again.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.columns import NONE, columns
from bot.dialogs.event import File
from bot.dialogs.reply import Document, Reply, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Joined, T, t
from bot.services import filing, receiving
from bot.services.authority import OF_A_LENDER, Whose, authorize
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.services.telling import tell
from bot.views import files
from engine.feeds import Feed, Told, headers, read
from engine.feeds.read import REQUIRED, guessed, missing
from storage import lenders, marks, outbox, staff
from storage.lenders import Lender
from storage.outbox import Parcel

ACTION = "lenderfile"
SHOWN = 12
"""Refused rows that are named in the message itself; more of them come as a table."""
LONGEST_NAME = 160
_ENOUGH = 2


async def may_send(a: Answering) -> bool:
    """Say whether a file of somebody is looked at: of whoever is registered, or serves."""
    return a.person.registered or bool(await staff.grants(a.read, a.person))


def knows(content: bytes) -> bool:
    """Say whether a file speaks of loans, by at least two of the columns that it needs."""
    kind, found = guessed(headers(content))
    return bool({"loan", "reference"} & set(found)) and len(set(REQUIRED[kind]) & set(found)) >= _ENOUGH


async def take(a: Answering, file: File) -> T | None:
    """Take a file in the name of the lender somebody works for, or ask which column holds what."""
    lender = await _lender(a)
    if lender is None:
        return receiving.refusal(a, "file.unknown")
    await authorize(a, ACTION, Whose(None, lender.id), f"lender:{lender.id}")
    told = Told(columns=await _remembered(a.read, lender.id))
    names = headers(file.content)
    kind, found = guessed(names, told)
    absent = missing(kind, found, told)
    if absent:
        of = {"lender": lender.id, "missing": list(absent), "names": [name[:LONGEST_NAME] for name in names]}
        start(a, ACTION, of)
        return None
    feed = await asyncio.to_thread(read, file.content, a.scene.today, told)
    if not isinstance(feed, Feed):
        return files.refused(feed)
    a.audit("file.sent", f"lender:{lender.id}", feed.kind)
    a.send(_store, a, lender, feed, filing.digest(file.content))
    a.settled = True  # what it comes to is known, and said, in the transaction
    return None


async def _store(
    connection: AsyncConnection, a: Answering, lender: Lender, feed: Feed, known_as: str
) -> list[Parcel]:
    report = await filing.take(a.context, connection, lender, feed, known_as, a.person.handle)
    replies: list[Reply] = [Say(report.words)]
    if report.refusals:
        lines = tuple(t("feed.line", line=one.line, why=one.why) for one in report.refusals[:SHOWN])
        replies = [Say(t("feed.refused_rows", words=report.words, lines=Joined(lines)))]
    if len(report.refusals) > SHOWN:
        table = filing.table(report, a.scene.locale)
        replies.append(Document("refused-rows.csv", table, t("feed.report")))
    answered = await tell(a.context, connection, a.person, replies, a.now, outbox.ANSWER)
    return [*report.parcels, *answered]


@builds(ACTION)
def _columns(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return columns(of["missing"], of["names"])


@finishes(ACTION)
async def _remember(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Remember the columns for the lender, where whoever told still works there."""
    await authorize(a, ACTION, Whose(None, int(of["lender"])), f"lender:{of['lender']}")
    if NONE in answers.values():
        a.say(Say(t("feed.not_remembered")))
        return
    for field, at in answers.items():
        a.write(marks.put, _mark(int(of["lender"]), field), of["names"][int(str(at))], a.now)
    a.audit("columns.told", f"lender:{of['lender']}", " ".join(sorted(answers)))
    a.say(Say(t("feed.remembered")))


async def _remembered(connection: AsyncConnection, lender_id: int) -> dict[str, str]:
    fields = {field for needed in REQUIRED.values() for field in needed}
    found = {field: await marks.find(connection, _mark(lender_id, field)) for field in sorted(fields)}
    return {field: mark.value for field, mark in found.items() if mark is not None}


async def _lender(a: Answering) -> Lender | None:
    held = await staff.grants(a.read, a.person)
    own = [grant.lender_id for grant in held if grant.role in OF_A_LENDER and grant.lender_id is not None]
    return await lenders.find(a.read, own[0]) if own else None


def _mark(lender_id: int, field: str) -> str:
    return f"column.{lender_id}.{field}"


receiving.RECOGNISED["lender"] = receiving.Kind(ACTION, knows, take)
