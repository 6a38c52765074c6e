"""Subscribing: who wants to be warned of new frauds, and to have a tip every week. Nobody does until they say so."""

from bot.i18n import t
from bot.services.context import Answering
from bot.views import bulletins as views
from storage import outbox, subscriptions
from storage.subscriptions import KINDS

SWITCHES = ("on", "off")


async def show(a: Answering) -> None:
    """Tell somebody what they are warned of, and let them change it."""
    a.say(views.subscribed(await subscriptions.of(a.read, a.person)))


async def turn(a: Answering, argument: str) -> None:
    """Turn something on or off: `bulletin.on`, `tip.off`."""
    kind, _, how = argument.lower().partition(".")
    if kind not in KINDS or how not in SWITCHES:
        await show(a)
    else:
        held = await subscriptions.of(a.read, a.person) - {kind}
        if how == "on":
            a.write(subscriptions.put, a.person, kind, a.now)
        else:
            a.write(subscriptions.end, a.person, kind)
            a.write(outbox.recall, kind, a.person.chat_id)  # what waits for the end of quiet hours
        note = t(f"warnings.now.{kind}.{how}")
        a.say(views.subscribed(held | ({kind} if how == "on" else set()), note))
