"""What the model is, how often it is wrong and what it does not know, told from its own figures."""

from bot.dialogs.reply import Say
from bot.services.context import Answering
from bot.services.conversation import ask_again
from bot.views.menus import HOME
from bot.views.model import card
from storage import dialogs


async def limits(a: Answering) -> None:
    """Tell the limits of the model that decides, and put the open question again."""
    place = await dialogs.active(a.read, a.person)
    a.say(Say(card(a.context.model, a.scene.pack), HOME if place is None else None))
    if place is not None:
        await ask_again(a, place)
