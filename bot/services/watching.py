"""Watching: something happened or time passed, a person is scored anew, and whoever may hear of it is told.

One turn of the person's own does it all: facts, score, alerts, cases and messages commit together, or not at all.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.dialogs.event import Due
from bot.services import alerting, basis, consenting, moving, records, retracting, scoring, warning
from bot.services.context import Answering
from engine import Result
from storage import consents, events, facts, queries, scores, watches
from storage.events import Told
from storage.scores import Origin, Stored

EVENT, TIME = "event", "time"
"""Causes of a score that nobody asked for."""

TREND = 12
"""Scores in the small picture of an alert."""


async def rescore(a: Answering, _due: Due) -> None:
    """Score a person anew, and warn the lenders that watch where that is called for."""
    alive = await consenting.live(a)
    if "score" not in alive or a.scene.pack is None:
        return
    told = await events.every(a.read, a.person)
    standing = await records.standing(a)
    await records.refresh(a, standing)
    answers = scoring.usable(await scoring.known_answers(a, standing), a.pack, alive)
    result = a.context.model.score(engine.record(answers, a.pack), a.pack)
    stored = await scores.recent(a.read, a.person, most=TREND)
    news = _news(told, stored)
    newest = max((one.id for one in told), default=0)
    cause = EVENT if news else TIME
    origin = scoring.origin_of(result, answers, 0, alive["score"].receipt, cause, newest)
    ground = await basis.of(a, answers, standing, result)
    content = scoring.content_of(result, answers, standing.next_change) | basis.stored(ground)
    if stored and not news and _same(stored[-1], origin, content) and not await _told_since(a, stored[-1]):
        return
    a.write(_store, a, origin, content)
    trend = [(one.at, int(one.content["result"]["score"])) for one in stored[1 - TREND :]]
    change = warning.Change(
        then=msgspec.convert(stored[-1].content["result"], Result) if stored else None,
        now=result,
        standing=standing,
        news=news,
        moves=await moving.moves(a, stored[-1], result, scoring.to_json(answers), told) if stored else (),
        trend=(*trend, (a.now, result.score)),
    )
    await _warn(a, change)
    if gone := retracting.taken_back(told, news.values()):
        a.send(retracting.tell, a.context, a.person, gone, a.now)


async def _warn(a: Answering, change: warning.Change) -> None:
    """Look at the new score with the eyes of each lender that watches."""
    raised = []
    for watch in await watches.live(a.read, a.person):
        found = await warning.look(a, watch, change)
        if found is not None:
            raised.append(found)
    told = [one for one in raised if not one.held]
    picture = await asyncio.to_thread(alerting.trend, a.context, a.person, change.trend) if told else b""
    for one in raised:
        a.send(alerting.raise_one, a.context, a.person, one, picture, a.now)
    if told:
        a.send(alerting.tell_borrower, a.context, a.person, told, a.now)


def _news(told: Sequence[Told], stored: Sequence[Stored]) -> Mapping[int, Told]:
    """Give what the newest score does not know of yet."""
    seen = (stored[-1].origin.event_id or 0) if stored else 0
    return {one.id: one for one in told if one.id > seen}


def _same(before: Stored, now: Origin, content: Mapping[str, object]) -> bool:
    """Say whether a new score would say just what the last one says, by the same model and law, for as long."""
    kept = ("model_hash", "pack", "pack_version", "inputs_hash")
    same = all(getattr(before.origin, name) == getattr(now, name) for name in kept)
    return same and before.content.get("next_change") == content["next_change"]


async def _told_since(a: Answering, before: Stored) -> bool:
    """Say whether any fact is newer than a score: one that knows it is stored then, so that no sweep finds it again."""
    return any(fact.at > before.at for fact in await facts.every(a.read, a.person))


async def _store(
    connection: AsyncConnection, a: Answering, origin: Origin, content: Mapping[str, object]
) -> None:
    await consents.hold(connection, a.person)
    query = await queries.watched(connection, a.person, a.now)
    whole = Origin(**{name: getattr(origin, name) for name in Origin.__slots__} | {"query_id": query})
    await scores.add(connection, a.person, whole, content, a.now)
