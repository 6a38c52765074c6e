"""The weekly tip: one a week, on Monday at ten where its reader is, to those who asked for it."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.views import bulletins as views
from engine import Pack
from storage import people, subscriptions
from storage.outbox import CAMPAIGN, Of

TIPS = (
    "pay_first", "codes", "own_number", "apps", "screen", "links", "witness", "repair", "unfreeze", "hurry",
    "statements", "contract", "paid",
)  # fmt: skip
"""The tips in their order: thirteen, so that none comes again within twelve weeks."""

FROM, UNTIL = 10, 18
"""The hours in which one may go out: what was missed on Monday follows on another day, and never at night."""
BETWEEN = dt.timezone(dt.timedelta(hours=-7))
"""The clock for whose country has several: its ten o'clock is morning from New York to San Francisco."""
BATCH = 50
"""Few enough that whoever writes to the bot meanwhile does not wait for it."""
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Turn:
    """A week in a country: its number, and when it is time for its tip."""

    week: int
    at: dt.datetime


async def weekly(context: Context) -> None:
    """Send this week's tip wherever it is time and it has not been sent yet."""
    now = context.clock()
    for country, pack in {"": None, **context.packs}.items():
        turn = turn_of(pack, now)
        while turn is not None and await _batch(context, country, turn, now):
            pass
    context.bell.set()


def turn_of(pack: Pack | None, now: dt.datetime) -> Turn | None:
    """Give the week whose tip goes out now in a country; None at hours when nobody is to hear of us."""
    here = now.astimezone(zone_of(pack))
    if not FROM <= here.hour < UNTIL:
        return None
    monday = here.date() - dt.timedelta(days=here.weekday())
    return Turn(monday.toordinal() // WEEK.days, dt.datetime.combine(monday, dt.time(FROM), here.tzinfo))


def zone_of(pack: Pack | None) -> dt.tzinfo:
    """Give the clock that a country's people go by."""
    return ZoneInfo(pack.zone) if pack is not None and pack.zone else BETWEEN


async def _batch(context: Context, country: str, turn: Turn, now: dt.datetime) -> bool:
    """Send it to some, and note that, together; False when nobody is left."""
    said = views.tip(TIPS[turn.week % len(TIPS)])
    async with context.database.write() as write:
        due = await subscriptions.due(write, country, turn.week, turn.at.astimezone(dt.UTC), BATCH)
        for person in (await people.several(write, context.vault, set(due))).values():
            if person.sealer.usable:
                until = quiet_until(context, person, now)
                await tell(
                    context, write, person, [said], now, CAMPAIGN, until, Of(campaign=subscriptions.TIP)
                )
        await subscriptions.had(write, due, turn.week)
    return len(due) == BATCH
