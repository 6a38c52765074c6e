"""Digests: once a day, at the hour that is morning where they are, officers hear how their lender's cases stand.

Whoever has nothing to hear of gets no message.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Button, Inline, Letter, Reply, Say
from bot.i18n import Joined, Signed, Value, t
from bot.services import alerting
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.services.warning import reading, rules_of
from bot.views.menus import action
from engine import Result
from engine.watch import Reading, Rules, improved
from storage import caseload, lender_rules, lenders, marks, people, scores, staff
from storage.lenders import Lender
from storage.outbox import CAMPAIGN, Of
from storage.people import Person

DAY = dt.timedelta(days=1)
LOOKED_BACK = 12
"""Scores an improvement is measured against: their worst."""
BETTER_SHOWN = 10
SENT = f"{marks.COUNTED}digest."


@dataclass(frozen=True, slots=True)
class Better:
    """A borrower whose score has risen enough since yesterday to be told of."""

    handle: str
    points: int
    now: Reading


@dataclass(frozen=True, slots=True)
class Day:
    """What is to be told of a lender's cases, the same to each of its officers."""

    lender: Lender
    severities: dict[int, int]
    unacknowledged: int
    waking: int
    held: int
    better: Sequence[Better]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.severities or self.held or self.better)


async def digest(context: Context) -> None:
    """Send their digest to all officers whose morning has come, once a day."""
    now = context.clock()
    async with context.database.read() as read:
        every = await lenders.listed(read)
    for lender in every:
        async with context.database.read() as read:
            serving = await staff.serving(read, context.vault, [Role.OFFICER], lender.id)
            due = [one for one in serving if one.reachable and await _due(read, context, one, lender, now)]
            day = await _day(read, context, lender, now) if due else None
        for officer in due if day is not None else ():
            await _send(context, officer, day, now)  # type: ignore[arg-type]  # there is one where anybody is due
    context.bell.set()


async def _send(context: Context, officer: Person, day: Day, now: dt.datetime) -> None:
    """Send one digest and note that it was, or that there was nothing to send, together."""
    async with context.database.write() as write:
        if not await _due(write, context, officer, day.lender, now):
            return
        today = context.scene(officer).today.isoformat()
        await marks.put(write, _mark(officer, day.lender), today, now)
        if not day.quiet:
            mine = (await caseload.counts(write, [day.lender.id], officer.handle, now))[caseload.MINE]
            of = Of(day.lender.id)
            await tell(context, write, officer, [message(day, mine)], now, CAMPAIGN, of=of)


def message(day: Day, mine: int) -> Reply:
    """Write a digest; `mine` of the open cases are the reader's."""
    lines: list[Value] = []
    if day.severities:
        low, medium, high = (day.severities.get(one, 0) for one in (1, 2, 3))
        lines.append(t("digest.open", high=high, medium=medium, low=low, mine=mine))
    counted = (
        ("digest.unacknowledged", day.unacknowledged),
        ("digest.waking", day.waking),
        ("digest.held", day.held),
    )
    lines += [t(key, n=n) for key, n in counted if n]
    lines += [
        t(
            "digest.better",
            handle=one.handle,
            points=Signed(one.points),
            score=one.now.score,
            band=one.now.band,
        )
        for one in day.better[:BETTER_SHOWN]
    ]
    if len(day.better) > BETTER_SHOWN:
        lines.append(t("digest.more_better", n=len(day.better) - BETTER_SHOWN))
    button = Button(t("digest.cases"), action("cases"))
    text = t("digest.text", lender=day.lender.name, lines=Joined(tuple(lines)))
    return Say(text, Inline(((button,),)), protect=True, letter=Letter("notice"))


async def _day(connection: AsyncConnection, context: Context, lender: Lender, now: dt.datetime) -> Day:
    counts = await caseload.counts(connection, [lender.id], "", now)
    return Day(
        lender=lender,
        severities=await caseload.by_severity(connection, lender.id),
        unacknowledged=counts[caseload.UNACKNOWLEDGED],
        waking=await caseload.coming_back(connection, lender.id, now + DAY),
        held=await caseload.held(connection, lender.id, now - DAY),
        better=await _better(connection, context, lender, now),
    )


async def _better(
    connection: AsyncConnection, context: Context, lender: Lender, now: dt.datetime
) -> list[Better]:
    """Find the borrowers whose score has crossed what is worth telling since yesterday, under a consent that holds."""
    rules = rules_of(context, await lender_rules.find(connection, lender.id))
    found = []
    for number in await caseload.scored_anew(connection, lender.id, now - DAY):
        person = await people.by_id(connection, context.vault, number)
        if person is not None and await alerting.alive(connection, person, lender.id, now):
            points, newest = await _risen(connection, context, person, rules, now - DAY)
            if newest is not None and points:
                found.append(Better(person.handle, points, newest))
    return sorted(found, key=lambda one: (-one.points, one.handle))


async def _risen(
    connection: AsyncConnection, context: Context, person: Person, rules: Rules, since: dt.datetime
) -> tuple[int, Reading | None]:
    """Give the points of an improvement that was not there yet at `since`, and the newest reading."""
    stored = await scores.recent(connection, person, LOOKED_BACK)
    results = [(one.at, msgspec.convert(one.content["result"], Result)) for one in stored]
    same = [(at, reading(context, one)) for at, one in results if one.model_hash == context.model.hash]
    before = [one for at, one in same if at <= since]
    if not before:
        return 0, None
    worst, newest = min(before, key=lambda one: one.score), same[-1][1]
    told = improved(rules, worst, before[-1])
    return (0 if told else improved(rules, worst, newest)), newest


async def _due(
    connection: AsyncConnection, context: Context, officer: Person, lender: Lender, now: dt.datetime
) -> bool:
    here = now.astimezone(context.scene(officer).locale.zone)
    if here.hour < context.settings.config.watch.digest_hour:
        return False
    if quiet_until(context, officer, now) is not None:
        return False  # written when they end: what waits would name whoever withdraws meanwhile
    sent = await marks.find(connection, _mark(officer, lender))
    return sent is None or sent.value != context.scene(officer).today.isoformat()


def _mark(officer: Person, lender: Lender) -> str:
    return f"{SENT}{officer.handle}.{lender.id}"
