"""A score query from its questions to its card.

Confirming the summary queues the query; the scoring itself is work of its own in the person's order, so that a kill in
between loses nothing and a consent withdrawn in between stops it.
"""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import astuple
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.dialogs.event import Due
from bot.dialogs.query import Cover
from bot.dialogs.reply import EditSent, Photo, Say
from bot.dialogs.step import Answer
from bot.i18n import Locale, t
from bot.services import basis, checks, consenting, limits, records
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from bot.views import cards, pictures
from bot.views.checks import counter
from bot.views.menus import AFTER_SCORE, HOME, rated
from engine import QUESTIONS, Pack, Result, Scorecard
from engine.questions import permitted
from engine.watch import Standing
from storage import consents, disputes, events, facts, queries, scores
from storage.facts import Fact
from storage.scores import Origin, Stored

TENURES = ("employment_months", "residence_months", "credit_history_months")
"""Answers that grow as time passes: three years in a job last spring are more by now."""


class Withdrawn(Exception):
    """The query a score belongs to was stopped while it was being computed."""


async def begin_query(a: Answering, again: str = "") -> None:
    """Ask what the country permits and the consents allow; what is already known stands in the summary.

    `again` names one known answer that is asked for anew: that is open to somebody without a check, too, since what
    is wrong may always be put right.
    """
    standing = await checks.tally(a)
    if not standing.open and not again:
        checks.refuse(a, standing)
        return
    alive = await consenting.live(a)
    limit = a.context.settings.config.scoring.max_questions
    questions = engine.ask(a.pack, alive, limit, model=a.context.model)
    known = await known_answers(a)
    names = [question.name for question in questions]
    # once a query was answered, what was skipped then is shown as skipped, ready to be changed
    answers: dict[str, Answer] = {}
    if known.keys() & set(names):
        # one that hangs on another is left out where it was not answered: should the other change, it is asked
        answers = {
            q.name: known.get(q.name)
            for q in questions
            if q.name in known or (q.only_if is None and not q.required)
        }
        answers.pop(again, None)
    a.write(queries.open_one, a.person, a.now)
    if not answers:
        a.say(Say(t("query.intro", count=len(names))))
    cover = astuple(standing.cover(a.scene.locale.zone))
    start(a, "query", {"questions": names, "cover": list(cover)}, answers)


@finishes("query")
async def confirmed(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store the answers as facts and queue the scoring, where there is a check for it as was said."""
    # what others say of somebody does not become their own word by their having seen it in a summary
    others = {
        name: _aged(fact, a.now)
        for name, fact in facts.first(await _uncontested(a)).items()
        if fact.source != "self"
    }
    given = {name: answers.get(name) for name in of["questions"]}
    given = {name: value for name, value in given.items() if name not in others or others[name] != value}
    # and what grows by itself keeps the day it was told on, or whoever checks often would never get to the next month
    grows = {fact.name: fact for fact in await facts.every(a.read, a.person) if fact.source == "self"}
    for name in (*TENURES, "age"):
        if name in grows and given.get(name) == _aged(grows[name], a.now):
            del given[name]
    a.write(facts.put, a.person, given, "self", a.now)
    found = await checks.tally(a)
    if not checks.covers(found, Cover(*of["cover"]) if "cover" in of else None):
        a.write(queries.stop, a.person, a.now)
        checks.kept(a, found)
        return
    limits.spend(a, limits.SCORES)
    a.write(queries.queue, a.person, a.now)
    a.say(Say(t("score.working")))
    a.work.append({"job": "score", "subject": 0})


async def score(a: Answering, due: Due) -> None:
    """Score a queued query and send the card. Doing it twice is impossible: a query has one score."""
    query = await queries.latest(a.read, a.person)
    if query is None or query.state == queries.DONE:
        return
    alive = await consenting.live(a)
    found = await checks.tally(a)
    if "score" not in alive or query.state != queries.QUEUED or not found.open:
        a.write(queries.stop, a.person, a.now)
        a.say(EditSent(due.subject, t("score.stopped")))
        return
    standing = await records.standing(a)
    answers = usable(await known_answers(a, standing), a.pack, alive)
    result = a.context.model.score(engine.record(answers, a.pack), a.pack)
    newest = await events.newest(a.read, a.person)
    origin = origin_of(result, answers, query.id, alive["score"].receipt, queries.SELF, newest)
    ground = await basis.of(a, answers, standing, result)
    content = content_of(result, answers, standing.next_change) | basis.stored(ground)
    a.write(_store, a, origin, content)
    picture = await asyncio.to_thread(draw_gauge, result, a.context.model, a.scene.locale)
    a.say(
        EditSent(due.subject, t("score.worked")),
        Photo(picture, cards.caption(result)),
        Say(
            cards.card(
                result, a.pack, ground, short=a.person.detail == "short", counter=counter(found.spent())
            ),
            rated("score", AFTER_SCORE),
            protect=True,
        ),
    )


async def known_answers(a: Answering, found: Standing | None = None) -> dict[str, Answer]:
    """Give what is known of the person, aged to today: one value per question, the best source first.

    What others told of is laid over the rest (`found`, folded here unless given). What the person contests is left
    out until that is decided.
    """
    found = found or await records.standing(a)
    told = facts.first(records.beside(await _uncontested(a)))
    known = found.over({name: _aged(fact, a.now) for name, fact in told.items()})
    return {name: records.plain(answer) for name, answer in known.items()}


async def _uncontested(a: Answering) -> list[Fact]:
    contested = await disputes.contested(a.read, a.person)
    return [one for one in await facts.every(a.read, a.person) if (one.name, one.source) not in contested]


def usable(known: Mapping[str, Answer], pack: Pack, alive: Collection[str]) -> engine.Answers:
    """Give the answers a score may rest on: permitted here, consented to now; sums and shares as Decimal."""
    found: dict[str, engine.Answer] = {}
    for name, value in known.items():
        question = QUESTIONS.get(name)
        if question is None or value is None or not permitted(question, pack, alive):
            continue
        number = question.kind == "money" or (isinstance(value, str) and question.kind != "class")
        found[name] = Decimal(str(value)) if number else value
    return found


def draw_gauge(result: Result, model: Scorecard, locale: Locale) -> bytes:
    """Draw the picture of the result card."""
    return pictures.gauge(
        score=result.score,
        band=result.band,
        bands=marks(model, locale),
        low=model.scale.low,
        high=model.scale.high,
        title=locale.plain(t("picture.title")),
        score_label=locale.plain(t("picture.score")),
        footnote=locale.plain(t("picture.footnote")),
    )


def marks(model: Scorecard, locale: Locale) -> list[pictures.BandMark]:
    """Give the bands as the pictures show them."""
    return [
        pictures.BandMark(band.name, band.floor, locale.plain(t(f"band.{band.name}"))) for band in model.bands
    ]


async def last(a: Answering) -> tuple[Stored, Result] | None:
    """Give the newest score on record and its result; None before the first, which is then suggested."""
    stored = await scores.recent(a.read, a.person, most=1)
    if not stored:
        a.say(Say(t("score.none"), HOME))
        return None
    return stored[0], msgspec.convert(stored[0].content["result"], Result)


async def last_answers(a: Answering) -> tuple[engine.Answers, Result] | None:
    """Give what a what-if or a plan starts from: the answers of the newest score that may still be used."""
    found = await last(a)
    if found is None:
        return None
    alive = await consenting.live(a)
    if "score" not in alive:
        a.say(Say(t("consent.score_refused"), HOME))
        return None
    answers = dict(found[0].content["answers"])
    if doubtful := await disputes.doubtful(a.read, a.person, since=found[0].at):
        known = await known_answers(a)
        answers |= {name: known.get(name) for name in doubtful}
    return usable(answers, a.pack, alive), found[1]


def origin_of(
    result: Result, answers: engine.Answers, query_id: int, receipt: str, cause: str, event_id: int
) -> Origin:
    """Say where a score comes from: enough to compute it again."""
    return Origin(
        query_id=query_id,
        receipt=receipt,
        cause=cause,
        model_id=result.model_id,
        model_hash=result.model_hash,
        pack=result.pack_id,
        pack_version=str(result.pack_version),
        inputs_hash=hashlib.sha256(json.dumps(to_json(answers), sort_keys=True).encode()).hexdigest(),
        event_id=event_id,
    )


def content_of(result: Result, answers: engine.Answers, next_change: dt.date | None = None) -> dict[str, Any]:
    """Give what is stored, sealed, of a score: the answers it rests on, the result, and how long they hold.

    `next_change` is the day on which what was told of the person says something else by time alone (None: never).
    """
    return {
        "answers": to_json(answers),
        "result": msgspec.to_builtins(result),
        "next_change": next_change.isoformat() if next_change else None,
    }


def to_json(answers: engine.Answers) -> dict[str, Answer]:
    """Give answers as JSON keeps them: money as text."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in answers.items()}


async def _store(
    connection: AsyncConnection, a: Answering, origin: Origin, content: Mapping[str, Any]
) -> None:
    await consents.hold(connection, a.person)
    if not await queries.finish(connection, origin.query_id, queries.DONE, a.now):
        raise Withdrawn
    if not await checks.settle(connection, a.context.settings.config.checks, a.person, a.now):
        raise Withdrawn
    await scores.add(connection, a.person, origin, content, a.now)


def grown(name: str, value: Answer, then: dt.datetime, now: dt.datetime) -> Answer:
    """Give an answer of `then` as it is `now`: tenures and age have grown by whole months or years."""
    if name not in (*TENURES, "age") or not isinstance(value, int):
        return value
    months = passed(then, now)
    return min(value + (months // 12 if name == "age" else months), QUESTIONS[name].high)


def passed(then: dt.datetime, now: dt.datetime) -> int:
    """Count the whole months from `then` to `now`; 0 when it is not later."""
    return max((now.year - then.year) * 12 + now.month - then.month - (now.day < then.day), 0)


def _aged(fact: Fact, now: dt.datetime) -> Answer:
    return grown(fact.name, fact.value, fact.at, now)
