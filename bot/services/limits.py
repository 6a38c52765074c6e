"""Limits: how often somebody may do what. Counted in the transaction of what is counted, so no race gives one more.

Over the limit the whole turn is taken back (see `turns`), and what remains is the count and one plain answer.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Delete, Reply, Say
from bot.i18n import Span, t
from bot.services.context import Answering
from bot.settings import Limits
from storage import counters
from storage.counters import Spent

DAY = dt.timedelta(days=1)
UPDATES, SCORES, SIGNUPS, EXPORTS = "updates", "scores", "signups", "exports"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within a span. One that is `silent` says so once, and then nothing until the span is over."""

    name: str
    most: int
    span: dt.timedelta
    silent: bool = False


class Over(Exception):
    """A limit is reached: nothing of this turn may be stored but the count.

    `gone` are the secrets that are to be deleted all the same.
    """

    def __init__(self, limit: Limit, gone: Sequence[Delete] = ()) -> None:
        super().__init__(limit.name)
        self.limit = limit
        self.gone = gone


def limit(config: Limits, name: str) -> Limit:
    """Give a limit by its name."""
    if name == UPDATES:
        return Limit(name, config.updates, dt.timedelta(minutes=config.updates_minutes), silent=True)
    most = {SCORES: config.scores_a_day, SIGNUPS: config.signups_a_day, EXPORTS: config.exports_a_day}
    return Limit(name, most[name], DAY)


def spend(a: Answering, name: str) -> None:
    """Let this turn count against a limit: it commits only within it."""
    a.write(_spend, a, limit(a.context.settings.config.limits, name))
    a.writes.insert(0, a.writes.pop())  # first: what follows may erase the person


async def count(connection: AsyncConnection, person_id: int, over: Limit, now: dt.datetime) -> Spent:
    """Count what was refused, too."""
    return await counters.spend(connection, person_id, over.name, over.most, over.span, now)


def refusal(over: Over, spent: Spent) -> list[Reply]:
    """Say what is too much, why, and when again; not a second time within a window of silence."""
    limit = over.limit
    if limit.silent and spent.used > limit.most + 1:
        return [*over.gone]
    return [*over.gone, Say(t(f"limit.{limit.name}", most=limit.most, wait=_wait(spent.retry_after)))]


async def _spend(connection: AsyncConnection, a: Answering, most: Limit) -> None:
    if not (await count(connection, a.person.id, most, a.now)).allowed:
        raise Over(most, [reply for reply in a.replies if isinstance(reply, Delete)])


def _wait(seconds: int) -> Span:
    hours, minutes = -(-seconds // 3600), -(-seconds // 60)
    return Span(hours, "hour") if minutes > 90 else Span(minutes, "minute")
