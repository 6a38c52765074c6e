"""Limits: how often somebody may do what. Counted in the transaction of what is counted, so no race gives one more.

Over the limit the whole turn is taken back (see `turns`), and what remains is the count and one plain answer.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.event import Command, Event, Press
from bot.dialogs.reply import Delete, Reply, Say, Toast
from bot.i18n import Span, t
from bot.sections import Limits
from bot.services.context import Answering, Context
from storage import counters, marks
from storage.counters import Spent

DAY = dt.timedelta(days=1)
UPDATES, SCORES, SIGNUPS, EXPORTS, UPLOADS = "updates", "scores", "signups", "exports", "uploads"
TICKETS, REPORTS = "tickets", "reports"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within a span. One that is `silent` says so once, and then nothing until the span is over."""

    name: str
    most: int
    span: dt.timedelta
    silent: bool = False


class Over(Exception):
    """A limit is reached: nothing of this turn may be stored but the count.

    `still` is what is done all the same: secrets are deleted, a button stops spinning.
    """

    def __init__(self, limit: Limit, still: Sequence[Delete | Toast] = ()) -> None:
        super().__init__(limit.name)
        self.limit = limit
        self.still = still


def limit(config: Limits, name: str) -> Limit:
    """Give a limit by its name."""
    if name == UPDATES:
        return Limit(name, config.updates, dt.timedelta(minutes=config.updates_minutes), silent=True)
    most = {
        SCORES: config.scores_a_day, SIGNUPS: config.signups_a_day, EXPORTS: config.exports_a_day,
        UPLOADS: config.uploads_a_day, TICKETS: config.tickets_a_day, REPORTS: config.reports_a_day,
    }  # fmt: skip
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
        return [reply for reply in over.still if isinstance(reply, Delete)]
    return [*over.still, Say(t(f"limit.{limit.name}", most=limit.most, wait=_wait(spent.retry_after)))]


def hush(context: Context, chat_id: int, over: Over, spent: Spent) -> None:
    """Remember that a chat is to be passed over, so that a flood costs next to nothing. A restart may forget it."""
    if over.limit.silent:
        context.hushed[chat_id] = context.clock() + dt.timedelta(seconds=spent.retry_after)


def hushed(context: Context, chat_id: int, event: Event) -> bool:
    """Say whether an event is to be passed over unread. Words never are: a secret among them is to be deleted."""
    bare = isinstance(event, Press) or (
        isinstance(event, Command) and event.name.isalpha() and not event.argument
    )
    return bare and flooding(context, chat_id)


def flooding(context: Context, chat_id: int) -> bool:
    """Say whether a chat went too far lately, so that nothing costly is done for it."""
    if chat_id not in context.hushed:
        return False
    if context.hushed[chat_id] > context.clock():
        return True
    del context.hushed[chat_id]
    return False


async def _spend(connection: AsyncConnection, a: Answering, most: Limit) -> None:
    allowed = (await count(connection, a.person.id, most, a.now)).allowed
    if most.name == SIGNUPS:  # whoever deletes everything and comes back is new, but the chat is the same
        allowed &= await _in_chat(connection, a, most) <= most.most
    if not allowed:
        still = [reply for reply in a.replies if isinstance(reply, Delete | Toast)]
        raise Over(most, [Toast(r.callback_id) if isinstance(r, Toast) else r for r in still])


async def _in_chat(connection: AsyncConnection, a: Answering, most: Limit) -> int:
    """Count by a fingerprint of the chat that nobody can trace back without our key, and that is gone the next day."""
    window = int(a.now.timestamp()) // int(most.span.total_seconds())
    finger = a.context.vault.blind_index(f"{a.person.chat_id}|{window}", f"limits.{most.name}").hex()
    return await marks.more(connection, f"{marks.COUNTED}{finger[:24]}", a.now)


def _wait(seconds: int) -> Span:
    hours, minutes = -(-seconds // 3600), -(-seconds // 60)
    return Span(hours, "hour") if minutes > 90 else Span(minutes, "minute")
