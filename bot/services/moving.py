"""Why a score moved: the difference between two, exactly, by time, data, rules and model (see engine.monitor.moved).

Old models and packs are kept (`yardsticks`), so an old record is scored again by what it was scored by. Where one is
not there any more, the steps that need it are told together, and the sum is exact all the same.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.dialogs.reply import Say
from bot.dialogs.step import Answer
from bot.i18n import t
from bot.services import records, yardsticks
from bot.services.context import Answering, Context
from bot.services.scoring import grown
from bot.views import moved as views
from bot.views.menus import HOME
from engine import QUESTIONS, Pack, Result, Scorecard
from engine.monitor.moved import Cause, Move, walk
from engine.watch import fold
from storage import events, scores
from storage.events import Told
from storage.people import Person
from storage.scores import Stored

SHOWN = 10
"""Scores to choose from."""

Answers = Mapping[str, Answer]
Steps = list[tuple[Cause, Result]]


@dataclass(frozen=True, slots=True)
class Scored:
    """A score: when, by what answers, and its result. `event_id` is the newest event it knows of."""

    at: dt.datetime
    answers: Answers
    result: Result
    event_id: int = 0

    @classmethod
    def of(cls, stored: Stored) -> "Scored":
        """Read a score on record."""
        result = msgspec.convert(stored.content["result"], Result)
        return cls(stored.at, stored.content["answers"], result, stored.origin.event_id or 0)


async def moves(
    a: Answering, then: Stored, now: Result, answers: Answers, told: Sequence[Told]
) -> tuple[Move, ...]:
    """Give every item of at least a point between a stored score and one just made; they sum to the difference.

    `told` is everything that was told of the person.
    """
    return await between(a.read, a.context, a.person, Scored.of(then), Scored(a.now, answers, now), told)


async def between(
    connection: AsyncConnection, context: Context, person: Person, then: Scored, now: Scored,
    told: Sequence[Told] | None = None,
) -> tuple[Move, ...]:  # fmt: skip
    """Give every item of at least a point between two scores of a person; they sum exactly to the difference.

    `told` is everything that was told of them, read here unless given.
    """
    told = await events.every(connection, person) if told is None else told
    aged = aged_answers(context, person, then, now.at, told)
    old, new = then.result, now.result
    model = await yardsticks.model_of(connection, context, old.model_hash)
    law = await yardsticks.pack_of(connection, context, old.pack_id, old.pack_version)
    later = await yardsticks.model_of(connection, context, new.model_hash)
    later_law = await yardsticks.pack_of(connection, context, new.pack_id, new.pack_version)
    try:
        steps = _steps(then, now, aged, (model, law), (later, later_law))
    except ValueError:  # answers that are none under another law, such as money of another country
        steps = [("mixed", new)]
    return walk(old, steps)


def aged_answers(
    context: Context, person: Person, then: Scored, now: dt.datetime, told: Sequence[Told]
) -> dict[str, Answer]:
    """Give the answers of a score as they would be by the mere passing of time: what was told then, seen from `now`."""
    found = {name: grown(name, value, then.at, now) for name, value in then.answers.items()}
    scene = context.scene(person)
    known = [records.event_of(one) for one in told if one.id <= then.event_id]
    if not known or scene.pack is None:
        return found
    zone = scene.locale.zone
    before, after = (fold(known, at.astimezone(zone).date(), scene.pack).answers for at in (then.at, now))
    for name, value in before.items():
        if name in then.answers and then.answers[name] == records.plain(value):
            found[name] = records.plain(after.get(name))
    return found


async def show(a: Answering) -> None:
    """Say why the newest score differs from the one before it."""
    stored = await scores.recent(a.read, a.person, most=SHOWN)
    if len(stored) < 2:
        a.say(Say(t("moved.one" if stored else "score.none"), HOME))
        return
    await _tell(a, stored, stored[-2], stored[-1])


async def choose(a: Answering, argument: str) -> None:
    """Say why two scores differ that somebody chose, `NUMBER.NUMBER`, or let them choose the second to one."""
    stored = await scores.recent(a.read, a.person, most=SHOWN)
    known = {str(one.id): one for one in stored}
    first, _, second = argument.partition(".")
    if first in known and second in known and first != second:
        then, now = sorted((known[first], known[second]), key=lambda one: one.id)
        await _tell(a, stored, then, now)
    elif first in known and len(stored) > 1:
        a.say(views.second([point(one) for one in stored], point(known[first])))
    else:
        await show(a)


async def _tell(a: Answering, stored: Sequence[Stored], then: Stored, now: Stored) -> None:
    found = await between(a.read, a.context, a.person, Scored.of(then), Scored.of(now))
    a.say(views.moved([point(one) for one in stored], point(then), point(now), found))


def point(stored: Stored, told: Mapping[int, Told] | None = None) -> views.Point:
    """Give a score on record to be shown; `told` are the events that are kept, by number."""
    result, event = stored.content["result"], (told or {}).get(stored.origin.event_id or 0)
    return views.Point(
        id=stored.id,
        at=stored.at.date(),
        score=int(result["score"]),
        band=str(result["band"]),
        cause=stored.origin.cause,
        event=None
        if event is None
        else (str(event.content["kind"]), dt.date.fromisoformat(str(event.content["on"]))),
    )


def _steps(
    then: Scored,
    now: Scored,
    aged: Answers,
    before: tuple[Scorecard | None, Pack | None],
    after: tuple[Scorecard | None, Pack | None],
) -> Steps:
    """Name the steps from one score to another, in an order in which each can be scored."""
    (model, law), (later, later_law) = before, after
    was, new = then.result, now.result
    same_model = was.model_hash == new.model_hash
    same_law = (was.pack_id, was.pack_version) == (new.pack_id, new.pack_version)
    if model is not None and law is not None and (same_law or later_law is not None):
        steps: Steps = [("time", _score(model, law, aged))]
        if not (same_model and same_law):
            steps.append(("data", _score(model, law, now.answers)))
        if not (same_model or same_law or later_law is None):
            steps.append(("rules", _score(model, later_law, now.answers)))
        last: Cause = "model" if not same_model else "data" if same_law else "rules"
        return [*steps, (last, new)]
    if (
        model is not None and later_law is not None
    ):  # the old law is gone: the new one comes first, on old answers
        steps = [("rules", _score(model, later_law, then.answers)), ("time", _score(model, later_law, aged))]
        if not same_model:
            steps.append(("data", _score(model, later_law, now.answers)))
        return [*steps, ("data" if same_model else "model", new)]
    if later is not None and later_law is not None:  # the old model is gone
        first: Cause = "model" if same_law else "both"
        return [
            (first, _score(later, later_law, then.answers)),
            ("time", _score(later, later_law, aged)),
            ("data", new),
        ]
    return [("mixed", new)]


def _score(model: Scorecard, law: Pack, answers: Answers) -> Result:
    return model.score(engine.record(typed(answers), law), law)


def typed(answers: Answers) -> engine.Answers:
    """Give stored answers as the engine takes them: sums and shares as Decimal, nothing that was not answered."""
    return {
        name: Decimal(str(value)) if QUESTIONS[name].kind in ("money", "percent") else value
        for name, value in answers.items()
        if value is not None and name in QUESTIONS
    }
