"""A plan as a promise: which model said what would follow, until when; and, later, whether it still holds.

No clock is read here: whoever makes or checks a promise says what time it is.
"""

import datetime as dt
import hashlib
import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from engine import modelfile, strict
from engine.advice.goal import Plan
from engine.countries.pack import Pack
from engine.factors import Record, Value
from engine.model import Model
from engine.questions import Answer
from engine.strict import FileError

_Plain = dict[str, float | str | bool]
_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Time = Annotated[dt.datetime, msgspec.Meta(tz=True)]
_SIZE_LIMIT = 1_000_000


class PromiseError(FileError):
    """A promise that was refused."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step of the plan, in the person's own terms; money as text."""

    name: str
    before: float | int | str | None
    after: float | int | str | None


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was promised: whoever does `steps` and waits `months` will be scored `expected` by this model.

    `start` and `planned` are the records before and after, `record_hash` that of `start`; they are personal data.
    `target` is the score the plan was made for. It holds from `made_at` until `valid_until`, both aware.
    """

    format: Literal[1] = 1
    model_id: str
    model_hash: _Hash
    pack_id: str = ""
    pack_version: int = 0
    made_at: _Time
    valid_until: _Time
    target: int
    before: int
    expected: int
    months: Annotated[int, msgspec.Meta(ge=0)] = 0
    steps: tuple[Kept, ...]
    record_hash: _Hash
    start: _Plain
    planned: _Plain

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.valid_until <= self.made_at:
            raise ValueError("`valid_until` must lie after `made_at`")
        if self.expected < self.target:
            raise ValueError("`expected` is below `target`: nothing was promised")
        if record_hash(self.start) != self.record_hash:
            raise ValueError("`record_hash` is not that of `start`")


Why = Literal["reached", "open", "expired", "model", "pack", "record"]


class Change(NamedTuple):
    """One value that is not as planned; None where it is not there."""

    name: str
    start: float | str | bool | None
    planned: float | str | bool | None
    now: float | str | bool | None


class Check(NamedTuple):
    """Whether a promise still holds, and why.

    `why`: "reached" (the score is there), "open" (not yet, but what is left of the plan leads there), "expired",
    "model" or "pack" (another one decides now; it still holds if that honours the same plan), "record" (something
    else is worse than it was, so that the rest of the plan no longer suffices). `score_now` is the score of the
    record as it is, `score_then` with what is left of the plan done, `score_plan` what the model of now says
    of the plan as it was promised; all are fresh. `changed` has what is not as planned.
    """

    holds: bool
    why: Why
    score_now: int
    score_then: int
    score_plan: int
    changed: tuple[Change, ...]


def promise(
    plan: Plan, start: Record, planned: Record, *, made_at: dt.datetime, valid_until: dt.datetime
) -> Promise:
    """Make a promise of a plan that reaches its target.

    `start` and `planned` are the records that its scores were made of: `engine.record` of the answers before and
    after, or the record and its changes. Raises ValueError for a plan that does not reach its target, naive
    times, and an end before the beginning.
    """
    if not plan.reachable:
        raise ValueError("the plan does not reach its target, so there is nothing to promise")
    for when in (made_at, valid_until):
        _aware(when)
    before = _plain(start)
    return Promise(
        model_id=plan.after.model_id,
        model_hash=plan.after.model_hash,
        pack_id=plan.after.pack_id,
        pack_version=plan.after.pack_version,
        made_at=made_at.astimezone(dt.UTC),
        valid_until=valid_until.astimezone(dt.UTC),
        target=plan.target,
        before=plan.before.score,
        expected=plan.after.score,
        months=plan.months,
        steps=tuple(
            Kept(name=step.question, before=_told(step.before), after=_told(step.after))
            for step in plan.steps
        ),
        record_hash=record_hash(before),
        start=before,
        planned=_plain(planned),
    )


def check(
    promised: Promise, model: Model, record_now: Record, now: dt.datetime, pack: Pack | None = None
) -> Check:
    """Tell whether a promise still holds for the record as it is `now` (aware), by the model that decides now."""
    _aware(now)
    here = _plain(record_now)
    names = [*promised.planned, *(name for name in here if name not in promised.planned)]
    changed = tuple(
        Change(name, promised.start.get(name), promised.planned.get(name), here.get(name))
        for name in names
        if promised.planned.get(name) != here.get(name)
    )
    score_now, score_plan = (model.score(person, pack).score for person in (here, promised.planned))
    score_then = model.score(_rest(promised, here), pack).score
    leads = max(score_now, score_then) >= promised.target

    def told(why: Why, *, holds: bool) -> Check:
        return Check(holds, why, score_now, score_then, score_plan, changed)

    if now > promised.valid_until:
        return told("expired", holds=False)
    if model.hash != promised.model_hash:
        return told("model", holds=score_plan >= promised.target and leads)
    if (promised.pack_id, promised.pack_version) != (("", 0) if pack is None else (pack.id, pack.version)):
        return told("pack", holds=score_plan >= promised.target and leads)
    if score_now >= promised.target:
        return told("reached", holds=True)
    return told("open" if leads else "record", holds=leads)


def _rest(promised: Promise, here: _Plain) -> _Plain:
    """Give the record with what is left of the plan done; what went further than planned stays there."""
    then = dict(here)
    for name, goal in promised.planned.items():
        start, now = promised.start.get(name), here.get(name)
        if goal == start:
            continue
        if not (_number(start) and _number(now) and _number(goal) and _beyond(start, goal, now)):
            then[name] = goal
    return then


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _beyond(start: Any, goal: Any, now: Any) -> bool:
    return bool(now >= goal if goal > start else now <= goal)


def load(path: Path | str) -> Promise:
    """Read a promise; PromiseError (a ValueError) for anything else."""
    path = Path(path)
    data = strict.contents(path, PromiseError, limit=_SIZE_LIMIT, links=False)
    return strict.decode(data, Promise, PromiseError, name=path.name)


def save(promised: Promise, path: Path | str) -> None:
    """Write a promise as JSON, wholly or not at all."""
    text = msgspec.json.format(msgspec.json.encode(promised, order="deterministic"), indent=1)
    modelfile.replace(Path(path), text + b"\n")


def record_hash(person: Mapping[str, Value]) -> str:
    """SHA-256 of a record's canonical JSON, its keys in alphabetical order."""
    return hashlib.sha256(msgspec.json.encode(_plain(person), order="sorted")).hexdigest()


def _plain(person: Mapping[str, Any]) -> _Plain:
    """Give a record as JSON can keep it: numbers as floats, dates as ISO text, what is missing left out."""
    found: _Plain = {}
    for name, value in person.items():
        if value is None or value == "" or value != value:  # noqa: PLR0124 - NaN
            continue
        if isinstance(value, dt.date):
            found[name] = value.isoformat()
        elif isinstance(value, str | bool):
            found[name] = value
        else:
            figure = float(value)
            if not math.isfinite(figure):
                raise ValueError(f"{name}: {value!r} is not finite; accepted: finite numbers")
            found[name] = figure
    return found


def _told(value: Answer | float) -> float | str | None:
    return str(value) if isinstance(value, Decimal) else value


def _aware(when: dt.datetime) -> None:
    if when.tzinfo is None:
        raise ValueError("a time without a zone; accepted: an aware time; for example 2026-03-01T12:00:00Z")
