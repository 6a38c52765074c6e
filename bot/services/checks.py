"""Checks: how many of somebody's own are free, and what one more is covered by.

Counted are answered queries of the person's own; a new score that nobody asked for, a what-if and a plan never are.
The period rolls: each check counts for so many days from the moment it was answered.
"""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.query import NONE, PAID, Cover
from bot.dialogs.reply import Say
from bot.i18n import t
from bot.sections import Checks
from bot.services.context import Answering
from bot.views import checks as view
from bot.views.checks import Tally
from storage import payments, queries
from storage.people import Person


async def tally(a: Answering) -> Tally:
    """Count somebody's checks."""
    config = a.context.settings.config.checks
    counted, paid = await _counted(a.read, a.person, config, a.now)
    period = dt.timedelta(days=config.days)
    # of those that count, so many must cease to before the next one is free
    ends = [at + period for at in [*counted, a.now][max(len(counted) - config.free, 0) :]]
    return Tally(
        free=config.free,
        days=config.days,
        left=max(config.free - len(counted), 0),
        back=ends[0] if counted else None,
        after=ends[0],
        paid=paid,
        stars=config.stars,
    )


async def left(a: Answering) -> int:
    """Count the free checks that are left."""
    return (await tally(a)).left


def covers(found: Tally, told: Cover | None) -> bool:
    """Say whether a check may be made as it was announced: what costs more than was said is not."""
    if told is None or told.kind == NONE:
        return False
    return found.left > 0 or (told.kind == PAID and found.paid > 0)


def refuse(a: Answering, found: Tally) -> None:
    """Say that no check is left, when the next one is, and what one more costs where it can be bought."""
    a.say(Say(view.over(found), view.ways_on(found)))


def kept(a: Answering, found: Tally) -> None:
    """Say that answers are kept and nothing was scored, since no check was left for that."""
    text = t("checks.kept_open") if found.open else view.over(found)
    a.say(Say(t("dialog.with_note", note=t("checks.kept"), question=text), view.ways_on(found)))


async def settle(connection: AsyncConnection, config: Checks, person: Person, now: dt.datetime) -> bool:
    """Let the check that was just answered use a paid one where it was not free; False when there is none to use."""
    counted, _ = await _counted(connection, person, config, now)
    return len(counted) <= config.free or await payments.use(connection, person, now)


async def _counted(
    connection: AsyncConnection, person: Person, config: Checks, now: dt.datetime
) -> tuple[list[dt.datetime], int]:
    """Give when the checks were made that still count, and how many paid ones are not used yet."""
    bought = await payments.every(connection, person)
    answered = await queries.finished(connection, person, now - dt.timedelta(days=config.days))
    for one in bought:
        if one.used_at in answered:  # noted with the very time of the check
            answered.remove(one.used_at)
    return answered, sum(one.state == payments.PAID for one in bought)
