"""Sweeping: everybody who is watched is looked at once a night, since time moves factors too and news may be missed.

A sweep only finds; whoever is found is scored anew in their own order (`watching.rescore`), so nothing is raised twice.
It reads no events and no facts, only how new they are: the newest score knows its factors, and until when they hold.
It takes many people at once, and notes its place with the work it gives, so that a kill leaves nobody out and finds
nobody twice.
"""

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.services import ingest, settling
from bot.services.context import Context
from bot.services.scoring import TENURES, passed
from engine import FACTORS, QUESTIONS, Pack, Scorecard
from storage import inbox, marks, newest, people
from storage.newest import Newest
from storage.vault import VaultError

PLACE = "sweep.place"
"""The mark of how far the sweep of a day is: the day, a person's number, and what was counted so far."""
DONE = "done"

AT_ONCE = newest.MOST
GENTLY_AT_ONCE = 60
"""People at a step beside the bot's other work: some milliseconds."""
BACKLOG = 4
"""Items waiting beyond which a gentle sweep gives no more work: whoever asks something is to be answered first."""
SECONDS_WAITED = 2.0

MISSED, TOLD, MODEL, TIME, DUE, UNSCORED = "missed", "told", "model", "time", "due", "unscored"
"""Why somebody is scored anew: an event the score does not know, a newer answer, another model or law, aged factors, a
day on which what was told says something else, or no score that can be read."""

_AGEING = {name: min(QUESTIONS[name].high, FACTORS[name].high) for name in (*TENURES, "age")}


@dataclass(slots=True)
class Swept:
    """How far a sweep is, or what it came to: people looked at of `total`, those found by why.

    `ended` counts people who had agreed to be watched up to a day that is past now.
    """

    total: int = 0
    looked: int = 0
    found: Counter[str] = field(default_factory=Counter)
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sweep is: the value of its mark, and the number of the last person looked at."""

    value: str
    after: int


class _Point(msgspec.Struct):
    factor: str
    value: float | str


class _Result(msgspec.Struct):
    score: int
    points: list[_Point]


class _Content(msgspec.Struct):
    """As much of a score's content as a sweep needs; the rest is not even read."""

    result: _Result
    next_change: dt.date | None = None


_read = msgspec.json.Decoder(_Content).decode


async def nightly(context: Context) -> Swept:
    """Sweep beside the bot's other work, pausing as long as it works."""
    return await sweep(context, gently=True)


async def sweep(
    context: Context, told: Callable[[Swept], None] = lambda _: None, *, gently: bool = False
) -> Swept:
    """Look at everybody who is watched, from where a sweep of today was cut off; `told` hears of each step.

    Two at once share the work.
    """
    now = context.clock()
    done = Swept()
    place: _Place | None = await _begin(context, now, done)
    while place is not None:
        told(done)
        began = time.perf_counter()
        async with context.database.read() as read:
            most = GENTLY_AT_ONCE if gently else AT_ONCE
            page = await newest.page(read, context.vault, place.after, most)
        found = await asyncio.to_thread(look, context, page, now) if page else {}
        place = await _commit(context, place, page, found, now, done)
        if found:
            context.bell.set()
        if gently:
            await asyncio.sleep(time.perf_counter() - began)
            await _wait_for_room(context)
    told(done)
    return done


def look(context: Context, page: Sequence[Newest], now: dt.datetime) -> dict[int, str]:
    """Say who of a page is to be scored anew, and why. Takes no notice of anybody whose key is no more."""
    found: dict[int, str] = {}
    whole: dict[str, list[tuple[Newest, _Content]]] = {}
    days = {code: now.astimezone(_zone(pack)).date() for code, pack in context.packs.items()}
    for one in page:
        if one.country not in days or one.sealer is None or not one.sealer.usable:
            continue
        why, content = _plainly(context, one, days[one.country])
        if why:
            found[one.person_id] = why
        elif content is not None:
            whole.setdefault(one.country, []).append((one, content))
    for country, scored in whole.items():
        again = scores_now(context.model, context.packs[country], scored, now)
        for (one, content), score in zip(scored, again, strict=True):
            if score != content.result.score:
                found[one.person_id] = TIME
    return found


def _plainly(context: Context, one: Newest, today: dt.date) -> tuple[str, _Content | None]:
    """Say what can be said without scoring; else give the score's content."""
    score, pack = one.score, context.packs[one.country]
    if score is None:
        return UNSCORED, None
    if one.event_id > (score["event_id"] or 0):
        return MISSED, None
    if one.fact_at is not None and one.fact_at > score["at"]:
        return TOLD, None
    law = (score["model_hash"], score["pack"], score["pack_version"])
    if law != (context.model.hash, pack.id, str(pack.version)):
        return MODEL, None
    try:
        content = _read(one.content())
    except (VaultError, msgspec.MsgspecError):
        return UNSCORED, None
    due = content.next_change is not None and content.next_change <= today
    return (DUE, None) if due else ("", content)


def scores_now(
    model: Scorecard, pack: Pack, scored: Sequence[tuple[Newest, _Content]], now: dt.datetime
) -> Iterable[int]:
    """Score people of one country as they are now: each gets the very score that `model.score` gives.

    What a score rests on stands in it, factor by factor; tenures and age have grown by the months since.
    """
    from engine.batch import Scorer  # noqa: PLC0415 - numpy and Arrow, which answering nobody needs
    from engine.typed import typed  # noqa: PLC0415 - as above

    scorer = Scorer(model, pack)
    columns: dict[str, list[float | str | None]] = {need.name: [None] * len(scored) for need in scorer.needs}
    for at, (one, content) in enumerate(scored):
        assert one.score is not None  # noqa: S101 - it was read  # nosec B101
        months = passed(one.score["at"], now)
        for point in content.result.points:
            value = point.value
            if months and point.factor in _AGEING and not isinstance(value, str):
                added = months // 12 if point.factor == "age" else months
                value = min(value + added, _AGEING[point.factor])
            columns[point.factor][at] = None if value == "" else value
    table = typed(scorer.needs, columns)
    return [int(score) for score in scorer(table, len(scored)).score]


async def _begin(context: Context, now: dt.datetime, done: Swept) -> _Place:
    """Find where a sweep of today stopped, or note that one begins."""
    async with context.database.write() as write:
        mark = await marks.find(write, PLACE)
        if mark is None or not _goes_on(mark.value, now):
            place = _Place(_value(now, 0, done), 0)
            await marks.put(write, PLACE, place.value, now)
        else:
            place = _place(mark.value, done)
        done.total = done.looked + await newest.count(write, place.after)
    return place


async def _commit(
    context: Context, place: _Place, page: Sequence[Newest], found: Mapping[int, str],
    now: dt.datetime, done: Swept,
) -> _Place | None:  # fmt: skip
    """Give the work a page leads to, end watches and note the place: all of it or nothing.

    Gives where to go on, None at the end. When somebody else has gone on from here, that is their place, and nothing
    is given.
    """
    ahead = Swept(done.total, done.looked + len(page), done.found + Counter(found.values()), done.ended)
    further = _Place(_value(now, page[-1].person_id, ahead), page[-1].person_id) if page else None
    async with context.database.write() as write:
        value = further.value if further else f"{now.date()} {DONE}"
        if not await marks.move(write, PLACE, place.value, value, now):
            mark = await marks.find(write, PLACE)
            return _place(mark.value, done) if mark is not None and _goes_on(mark.value, now) else None
        if page:
            done.ended += await _let_lapse(write, context, page, now)
        await _have_scored(write, context, list(found), now)
    done.looked, done.found = ahead.looked, ahead.found
    return further


async def _let_lapse(
    write: AsyncConnection, context: Context, page: Sequence[Newest], now: dt.datetime
) -> int:
    """End the watches whose consent has run out; gives how many people that were."""
    over = await newest.lapsed(write, page[0].person_id, page[-1].person_id, VERSION, now)
    whose = await people.several(write, context.vault, over) if over else {}
    for number in over:
        await settling.lapse(write, context, whose[number])
    return len(over)


async def _have_scored(
    write: AsyncConnection, context: Context, found: Sequence[int], now: dt.datetime
) -> None:
    whose = await people.several(write, context.vault, found) if found else {}
    for number in sorted(whose):
        if whose[number].sealer.usable:
            await ingest.have_scored(write, whose[number], now)


async def _wait_for_room(context: Context) -> None:
    """Wait until the worker has done what it was given, but not for ever: something may be stuck."""
    until = time.perf_counter() + SECONDS_WAITED
    while time.perf_counter() < until:
        async with context.database.read() as read:
            if len(await inbox.own(read, BACKLOG + 1)) <= BACKLOG:
                return
        await asyncio.sleep(0.02)


def _zone(pack: Pack) -> dt.tzinfo:
    return ZoneInfo(pack.zone) if pack.zone else dt.UTC


def _goes_on(value: str, now: dt.datetime) -> bool:
    """Say whether a mark is of a sweep of today that has not come to its end."""
    day, _, rest = value.partition(" ")
    return day == now.date().isoformat() and rest != DONE


def _value(now: dt.datetime, after: int, done: Swept) -> str:
    counts = ",".join(f"{why}={number}" for why, number in sorted(done.found.items()))
    return f"{now.date()} {after} {done.looked} {done.ended} {counts}"


def _place(value: str, done: Swept) -> _Place:
    """Read a mark back, with what was counted up to it."""
    _, after, looked, ended, counts = value.split(" ")
    done.looked, done.ended = int(looked), int(ended)
    done.found = Counter(
        {why: int(n) for why, _, n in (one.partition("=") for one in counts.split(",") if one)}
    )
    return _Place(value, int(after))
