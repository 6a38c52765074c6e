"""Why a score moved: the difference between two, exactly, by time, data, rules and model (see engine.monitor.moved)."""

import datetime as dt
from collections.abc import Collection

import msgspec

import engine
from bot.services.context import Answering
from bot.services.scoring import grown, usable
from engine import Result
from engine.monitor.moved import Move, between
from storage.scores import Stored


def moves(a: Answering, then: Stored, now: Result, alive: Collection[str]) -> tuple[Move, ...]:
    """Give every item of at least a point between a stored score and a new one; they sum to the difference."""
    before = msgspec.convert(then.content["result"], Result)
    if before.model_hash != now.model_hash:
        difference = now.score - before.score
        return (Move("base", "model", difference),) if difference else ()
    aged = grown_answers(then, a.now)
    middle = a.context.model.score(engine.record(usable(aged, a.pack, alive), a.pack), a.pack)
    return between(before, middle, now, now)


def grown_answers(then: Stored, now: dt.datetime) -> dict[str, str | int | None]:
    """Give the answers of a stored score as they would be by the mere passing of time."""
    return {name: grown(name, value, then.at, now) for name, value in then.content["answers"].items()}
