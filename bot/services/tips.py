"""The weekly tip: one a week, on Monday at ten where its reader is, to those who asked for it."""

import datetime as dt

from bot.i18n import locale
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.views import bulletins as views
from storage import people, subscriptions
from storage.outbox import CAMPAIGN

TIPS = (
    "pay_first", "codes", "own_number", "apps", "screen", "links", "witness", "repair", "unfreeze", "hurry",
    "statements", "contract", "paid",
)  # fmt: skip
"""The tips in their order: thirteen, so that none comes again within twelve weeks."""

FROM, UNTIL = 10, 20
"""The hours in which one may go out: what was missed on Monday follows on another day, and never at night."""
BATCH = 200
WEEK = 7


async def weekly(context: Context) -> None:
    """Send this week's tip wherever it is time and it has not been sent yet."""
    for country in ("", *context.packs):
        began = _week(context, country)
        while began is not None and await _batch(context, country, began):
            pass
    context.bell.set()


def tip_of(day: dt.date) -> str:
    """Name the tip of the week that a day lies in."""
    return TIPS[(day.toordinal() - 1) // WEEK % len(TIPS)]


def _week(context: Context, country: str) -> dt.datetime | None:
    """Give when the week began in a country; None at hours when nobody is to hear of us."""
    pack = context.packs.get(country)
    here = context.clock().astimezone(locale("en", country, pack.zone if pack else "").zone)
    if not FROM <= here.hour < UNTIL:
        return None
    monday = here.date() - dt.timedelta(days=here.weekday())
    return dt.datetime.combine(monday, dt.time(), here.tzinfo).astimezone(dt.UTC)


async def _batch(context: Context, country: str, began: dt.datetime) -> bool:
    """Send it to some, and note that, together; False when nobody is left."""
    now = context.clock()
    async with context.database.write() as write:
        due = await subscriptions.due(write, subscriptions.TIP, [country], began, BATCH)
        for number in due:
            person = await people.by_id(write, context.vault, number)
            if person is not None and person.sealer.usable:
                said = views.tip(tip_of(context.scene(person).today))
                await tell(context, write, person, [said], now, CAMPAIGN, quiet_until(context, person, now))
        await subscriptions.sent(write, subscriptions.TIP, due, now)
    return len(due) == BATCH
